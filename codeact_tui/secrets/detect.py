"""Finds secrets in text and masks them: text as a whole, or as it comes. Pure."""

import re
from collections.abc import Iterator, Sequence

from codeact_tui.secrets.chance import looks_random
from codeact_tui.secrets.patterns import KINDS, Kind, own_kind

__all__ = ["MASK", "Detector", "Masker", "whole_lines"]

MASK = "[masked]"
_SHOWN_CHARS = 4
_EXACT_CHARS_MIN = 8
_LINE_CHARS = 1 << 16
"""A longer line is taken in pieces of that length."""
_PEM_BEGIN = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_CHARS = 20_000
_BLOCK = 1 << 18

Span = tuple[int, int]


class Detector:
    """Knows what to look for.

    Args:
        patterns: Regular expressions of the user's own.
        exact: Values that are secret, masked wherever they stand; shorter than eight characters none.

    Raises:
        re.error: A pattern is none.
    """

    def __init__(self, patterns: Sequence[str] = (), exact: Sequence[str] = ()) -> None:
        own = own_kind(patterns)
        self._kinds = (*KINDS, own) if own else KINDS
        self._exact = sorted({value for value in exact if len(value) >= _EXACT_CHARS_MIN}, key=len, reverse=True)

    def find(self, text: str) -> list[Span]:
        """Give where secrets stand, in order, none in another."""
        found: list[Span] = []
        for start, end in _blocks(text):
            found += ((start + low, start + high) for low, high in self._find_in_block(text[start:end]))
        return _merged([*found, *_private_keys(text)])

    def mask(self, text: str) -> str:
        """Put `[masked]` in the place of each; of a long one its first characters stay, so that one knows which."""
        spans = self.find(text)
        if not spans:
            return text
        pieces: list[str] = []
        at = 0
        for start, end in spans:
            pieces += [text[at:start], masked(text[start:end])]
            at = end
        return "".join([*pieces, text[at:]])

    def _find_in_block(self, text: str) -> Iterator[Span]:
        lowered = text.lower()
        for kind in self._kinds:
            if not kind.literals or any(literal in lowered for literal in kind.literals):
                yield from _matches(kind, text)
        for value in self._exact:
            at = text.find(value)
            while at >= 0:
                yield at, at + len(value)
                at = text.find(value, at + len(value))


class Masker:
    """Masks text that comes in pieces: whatever the cuts, the same comes out. A line is given when it has ended.

    Args:
        detector: What to look for.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._held = ""

    def feed(self, text: str) -> str:
        """Take a piece; give what can be given."""
        text = self._held + text
        end = whole_lines(text)
        self._held = text[end:]
        return self._detector.mask(text[:end])

    def finish(self) -> str:
        """Give the rest."""
        rest, self._held = self._held, ""
        return self._detector.mask(rest)


def masked(secret: str) -> str:
    """Write what stands in a secret's place."""
    shown = secret[:_SHOWN_CHARS] if len(secret) >= 5 * _SHOWN_CHARS and "\n" not in secret else ""
    return f"{shown}{MASK}"


def _matches(kind: Kind, text: str) -> Iterator[Span]:
    group = "secret" if "secret" in kind.pattern.groupindex else 0
    for match in kind.pattern.finditer(text):
        if match.end() > match.start() and (not kind.judged or looks_random(match[group])):
            yield match.span(group)


def _blocks(text: str) -> Iterator[Span]:
    """Cut text into pieces that end with a line, so that a literal in one does not slow down all."""
    start = 0
    while start < len(text):
        end = len(text) if len(text) - start <= _BLOCK else text.rfind("\n", start, start + _BLOCK) + 1
        end = end if end > start else min(start + _BLOCK, len(text))
        yield start, end
        start = end


def _private_keys(text: str) -> Iterator[Span]:
    if "-----BEGIN" not in text:
        return
    for match in _PEM_BEGIN.finditer(text):
        end = _PEM_END.search(text, match.end(), match.end() + _PEM_CHARS)
        yield match.end(), end.start() if end else min(len(text), match.end() + _PEM_CHARS)


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def whole_lines(text: str, start: int = 0) -> int:
    """Say up to where text can be masked without knowing what follows: whole lines, and no private key begun.

    Args:
        text: From its beginning.
        start: Up to where that was so before.
    """
    end = max(text.rfind("\n") + 1, start)
    if len(text) - end > _LINE_CHARS:
        end = len(text)
    begun = [match.start() for match in _PEM_BEGIN.finditer(text, start)] if "-----BEGIN" in text else []
    for at in reversed(begun):
        if not _PEM_END.search(text, at) and len(text) - at < _PEM_CHARS:
            end = min(end, at)
    return end
