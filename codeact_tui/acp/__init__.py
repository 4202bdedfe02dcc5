"""Sessions for editors, by the Agent Client Protocol."""
