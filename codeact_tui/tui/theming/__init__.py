"""How themes become colours: the file's format, the styles made of it, and how many colours the terminal has."""
