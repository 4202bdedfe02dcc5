"""Whole sessions over real kernels, and what ought to become of them: the property tests of time travel."""
