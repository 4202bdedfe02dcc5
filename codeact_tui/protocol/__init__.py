"""Ops go in, events come out: the only language spoken between front ends and core, and the format on disk."""
