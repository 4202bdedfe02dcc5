"""Sessions in other forms (notebook, script, page, training data), and sessions made of such. Pure."""
