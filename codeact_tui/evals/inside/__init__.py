"""What is run inside a kernel for a trial. Standard library only, Python 3.9 or later; sent as source."""
