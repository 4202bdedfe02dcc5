"""Snapshots of the workspace's files: `files.py` is the way in."""
