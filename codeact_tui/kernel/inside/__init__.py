"""What runs inside the kernel's process: in the user's Python (3.9 or later), with its ipykernel (6.29 or later).

`launch.py` is started as a script and loads this folder under a private package name, so that neither the folder nor
`codeact_tui` is on the user's `sys.path`. Hence the relative imports here, and nothing but the standard library and
ipykernel. The reading of variables (`objects`, `summaries`, `libraries`, `details`, `namespace`) needs only the
standard library.
"""
