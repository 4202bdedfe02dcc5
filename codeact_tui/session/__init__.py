"""The session: the turn loop, approval, the transcript and what the model is shown of it."""
