"""Sessions without a screen: what a program, a script or an editor asks for, and what becomes of it."""
