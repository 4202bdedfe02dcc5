"""What follows `/explore`, read in any front end. Pure."""

import re

from codeact_tui.protocol.dry_runs import MOST_CANDIDATES, Explore

__all__ = ["parse_explore"]

_USUAL = 3
_USAGE = f'Say how many ways, 2 to {MOST_CANDIDATES}, and what for: /explore 3 --check "assert x > 0" plot the trend'
_HEAD = re.compile(r"(\d{1,3})?(?:\s+|$)")
_OPTION = re.compile(r"--(check|network)(?:\s+|=|$)")
_QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(?:\s+|$)""", re.DOTALL)


def parse_explore(text: str) -> Explore | str:
    """Read it: `[number] [--check "code"] [--network] [prompt]`; give what to ask for, or what is wrong."""
    rest, count = text.strip(), _USUAL
    check, network = "", False
    if head := _HEAD.match(rest):
        count, rest = int(head[1]) if head[1] else _USUAL, rest[head.end() :]
    while option := _OPTION.match(rest):
        rest = rest[option.end() :]
        if option[1] == "network":
            network = True
            continue
        quoted = _QUOTED.match(rest)
        if quoted is None:
            return 'Write the check in quotes: --check "assert x > 0"'
        quote, rest = quoted[1][0], rest[quoted.end() :]
        check = quoted[1][1:-1].replace(f"\\{quote}", quote)
    if not 2 <= count <= MOST_CANDIDATES:
        return _USAGE
    return Explore(count, rest.strip(), check, network)
