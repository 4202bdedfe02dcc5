"""What a cell would do, in a few words for the person who decides."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from codeact_tui.effects.base import Analysis, EffectKind

__all__ = ["Phrase", "phrases"]

_SHOWN = 3
_TARGET_CHARS = 60


class Phrase(Struct, frozen=True):
    """A few words about one kind of effect."""

    kind: EffectKind
    text: str
    danger: int
    """0 harmless, 1 to be looked at, 2 dangerous or not to be told."""


_KINDS: tuple[tuple[EffectKind, str, str, int], ...] = (
    ("delete", "deletes", "deletes files", 2),
    ("write", "writes", "writes files", 1),
    ("install", "installs", "installs packages", 2),
    ("process", "runs", "runs other programs", 2),
    ("network", "asks", "uses the network", 2),
    ("read", "reads", "reads files", 0),
    ("environment", "reads the environment's", "reads the environment", 1),
    ("dynamic", "runs code that can't be seen here by", "runs code that can't be seen here", 2),
    ("loop", "may never end", "may never end", 1),
    ("lookalike", "has letters that look like others:", "has letters that look like others", 2),
    ("unknown", "does what can't be told:", "does what can't be told", 1),
)


def phrases(analysis: Analysis) -> tuple[Phrase, ...]:
    """Write what was found, the gravest first; one phrase for each kind, and one when there is nothing."""
    if analysis.problem:
        return (Phrase("unknown", "does what can't be told: the code can't be read", 2),)
    found = tuple(
        Phrase(kind, _phrase(verb, plain, analysis.targets(kind)), danger)
        for kind, verb, plain, danger in _KINDS
        if analysis.has(kind)
    )
    return found or (Phrase("read", "only computes", 0),)


def _phrase(verb: str, plain: str, targets: Sequence[str]) -> str:
    named = [target for target in targets if target]
    if not named or verb == plain:
        return plain
    shown = ", ".join(_short(target) for target in named[:_SHOWN])
    rest = len(named) - _SHOWN
    more = f" and {rest} more" if rest > 0 else " and others" if len(named) < len(targets) else ""
    return f"{verb} {shown}{more}"


def _short(target: str) -> str:
    line = " ".join(_words(target))
    return line if len(line) <= _TARGET_CHARS else line[: _TARGET_CHARS - 1] + "…"


def _words(target: str) -> Iterable[str]:
    return target.split()
