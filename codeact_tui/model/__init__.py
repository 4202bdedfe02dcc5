"""The model: a port, its adapters, and the parser of code actions."""
