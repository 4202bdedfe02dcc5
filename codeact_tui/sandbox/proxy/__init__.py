"""The only way from a sandbox to the network: a proxy that lets through what the user has listed.

It runs in a process of its own, outside the sandbox, standard library only: what the cells send it is read where
neither keys nor the session are.
"""
