"""Which variables are shown: what one types to find some among many. Pure."""

import re
from typing import Protocol

from msgspec import Struct

from codeact_tui.protocol.variables import Variable

__all__ = ["Filter", "Sought"]

_MOST_CHARS = 200
_MOST_TERMS = 12
_SIZE = re.compile(r"([<>])(\d{1,12}(?:\.\d{1,6})?)(b|kb?|mb?|gb?|tb?)?")
_UNITS = {"": 1, "b": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


class Sought(Protocol):
    """What is looked through."""

    variable: Variable

    @property
    def words(self) -> str:
        r"""Name and type in one case, with a `\n` between."""
        ...


class _Sized(Struct, frozen=True):
    sign: str
    size_bytes: float

    def fits(self, size_bytes: int | None) -> bool:
        if size_bytes is None:
            return False
        return size_bytes > self.size_bytes if self.sign == ">" else size_bytes < self.size_bytes


class Filter:
    """Words that all have to stand in name or type; `type:frame` in the type; `>1mb` and `<10k` compare the size.

    What is not whole yet (`type:`, `>`) lets everything through. Case counts for nothing.

    Args:
        text: As it was typed.
    """

    def __init__(self, text: str = "") -> None:
        self._words: list[str] = []
        self._types: list[str] = []
        self._sizes: list[_Sized] = []
        for term in text[:_MOST_CHARS].casefold().split()[:_MOST_TERMS]:
            self._take(term)

    def _take(self, term: str) -> None:
        kind, colon, wanted = term.partition(":")
        if sized := _SIZE.fullmatch(term):
            self._sizes.append(_Sized(sized[1], float(sized[2]) * _UNITS[(sized[3] or "")[:1]]))
        elif kind == "type" and colon:
            self._types += [wanted] if wanted else []
        elif term not in {"<", ">"}:
            self._words.append(term)

    @property
    def active(self) -> bool:
        """It may leave something out."""
        return bool(self._words or self._types or self._sizes)

    def fits(self, row: Sought) -> bool:
        """Say whether the variable is shown."""
        if self._sizes and not all(each.fits(row.variable.size_bytes) for each in self._sizes):
            return False
        if not self._words and not self._types:
            return True
        words = row.words
        if not all(word in words for word in self._words):
            return False
        return not self._types or all(word in words.rpartition("\n")[2] for word in self._types)
