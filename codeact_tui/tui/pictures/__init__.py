"""Pictures that cells draw: decoded in a process of their own, drawn in characters or by the terminal's own means."""
