"""Finds what looks like a key or a password in text, and masks it. Pure, linear, standard library alone."""
