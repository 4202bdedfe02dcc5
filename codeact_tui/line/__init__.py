"""The line front end: plain terminals, pipes and screen readers."""
