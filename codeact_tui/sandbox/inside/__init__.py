"""What runs as the sandbox's first process: self-contained, standard library only, Python 3.9 or later.

It is loaded by path in the interpreter that the kernel runs in, so it may import nothing of codeact's.
"""
