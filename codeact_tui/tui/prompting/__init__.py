"""What the prompt knows without a screen: history, folded pastes, fuzzy completion, files. Pure, but for the disk."""
