"""What really happened while a cell ran, and whether it was foretold."""
