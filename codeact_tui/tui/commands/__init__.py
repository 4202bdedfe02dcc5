"""What the actions of the registry do. Each takes the screen, and what followed the slash command."""
