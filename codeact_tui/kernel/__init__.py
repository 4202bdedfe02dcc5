"""The kernel: a port, the Jupyter adapter, and what is sent inside."""
