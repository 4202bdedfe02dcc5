"""codeact: a terminal agent whose actions are Python cells."""

__all__ = ["__version__"]

__version__ = "0.1.0"
