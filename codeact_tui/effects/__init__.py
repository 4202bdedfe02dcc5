"""What a cell would do, told from its code before it runs. Advice: the sandbox is the boundary. Pure."""
