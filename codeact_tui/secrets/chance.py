"""Tells what looks like chance from words, numbers, paths and identifiers. Pure."""

import math
import re
from collections import Counter

__all__ = ["looks_random"]

_SHORTEST = 12
_BITS = 2.9
_HEX_BITS = 2.4
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]+\Z", re.IGNORECASE)
_WORD = r"(?:[A-Za-z]{0,20}[0-9]{0,3}|[0-9]{4})"
_WORDS = re.compile(rf"{_WORD}(?:[._/ -]{_WORD}){{0,60}}\Z")
_MASKED = re.compile(r"(.)\1{5}|\*{3}|\.\.\.|<|\$\{|xxxx", re.IGNORECASE)


def looks_random(text: str) -> bool:
    """Say whether a value that stands where a secret would is one: not a word, a number, a UUID, a placeholder."""
    if len(text) < _SHORTEST or _UUID.match(text) or _MASKED.search(text) or _WORDS.match(text):
        return False
    kinds = sum(bool(re.search(kind, text)) for kind in ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]"))
    if kinds < 2:
        return False
    return _bits(text) >= (_HEX_BITS if _HEX.match(text) else _BITS)


def _bits(text: str) -> float:
    """Give the entropy of a character, in bits."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)
