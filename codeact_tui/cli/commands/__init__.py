"""The shape of each command: what may be typed after its name. Parsing only: it imports what it needs when it runs."""
