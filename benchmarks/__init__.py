"""Measurements of codeact as ratios to bare programs in the same run; each module has `run() -> list[Row]`."""
