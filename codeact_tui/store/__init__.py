"""What is kept: events, sessions, search, blobs, in SQLite."""
