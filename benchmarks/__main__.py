"""`python -m benchmarks [names…] [--json]`: measure, and print one table of ratios against bare programs."""

import argparse
import importlib
import json
import sys
from dataclasses import asdict

from benchmarks.report import Row, table

__all__ = ["main"]

_NAMES = (
    "start",
    "actions",
    "screen",
    "stream",
    "cells",
    "resume",
    "keeping",
    "output",
    "tables",
    "checkpoints",
    "files",
    "dry_runs",
    "store",
    "network",
    "sandbox",
    "through_litellm",
)


def main() -> int:
    """Run what was named, or all, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(_NAMES)}; all when none is given")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in _NAMES]
    if unknown:
        parser.error(f"There is no benchmark {unknown[0]!r}. There are {', '.join(_NAMES)}.")
    rows: list[Row] = []
    for name in asked.names or _NAMES:
        print(f"{name} …", file=sys.stderr)
        rows += importlib.import_module(f"benchmarks.{name}").run()
    print(json.dumps([{**asdict(row), "ratio": row.ratio} for row in rows], indent=2) if asked.json else table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
