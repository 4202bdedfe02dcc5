"""What a cell would do, in a few words for the person who decides."""

from collections.abc import Callable, Sequence
from itertools import product

from msgspec import Struct
from msgspec.structs import replace

from codeact_tui.effects.base import Analysis, EffectKind

__all__ = ["EARLY", "Phrase", "phrases", "phrases_that_fit"]

EARLY = "asked since the session has just begun"
"""Said where an automatic policy is a step stricter for a session's first actions."""
_SHOWN = 3
_TARGET_CHARS = 60
_STEPS = ((2, _TARGET_CHARS), (1, _TARGET_CHARS), (1, 24), (0, 0))
"""How many names are left, and how many characters of each, where there is less and less room."""


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
    ("environment", "uses the environment's", "uses the environment", 1),
    ("dynamic", "runs code that can't be seen here by", "runs code that can't be seen here", 2),
    ("loop", "may take long:", "may never end", 1),
    ("lookalike", "has letters that look like others:", "has letters that look like others", 2),
    ("unknown", "does what can't be told:", "does what can't be told", 1),
)


def phrases(analysis: Analysis) -> tuple[Phrase, ...]:
    """Write what was found, the gravest first; one phrase for each kind, and one when there is nothing."""
    if analysis.problem:
        return (Phrase("unknown", "does what can't be told: the code can't be read", 2),)
    found = tuple(
        Phrase(kind, _phrase(verb, plain, _targets(analysis, kind)), danger)
        for kind, verb, plain, danger in _KINDS
        if analysis.has(kind)
    )
    return found or (Phrase("read", "only computes", 0),)


def phrases_that_fit(analysis: Analysis, fits: Callable[[Sequence[Phrase]], bool]) -> tuple[Phrase, ...]:
    """Write what was found in as many words as there is room for; names go first, and those of what is harmless.

    Args:
        analysis: What was found.
        fits: Says whether there is room. What does not even fit without names is counted.
    """
    found = list(phrases(analysis))
    kinds = {kind: (verb, plain) for kind, verb, plain, _ in _KINDS}
    for danger, step in () if analysis.problem else product((0, 1, 2), _STEPS):
        for index in reversed(range(len(found))):
            if fits(found):
                return tuple(found)
            kind = found[index].kind
            if found[index].danger == danger and analysis.has(kind):
                found[index] = replace(found[index], text=_phrase(*kinds[kind], _targets(analysis, kind), *step))
    left_out: list[Phrase] = []
    kept = found
    while not fits(kept) and len(found) > 1:
        least = min(reversed(found), key=lambda phrase: phrase.danger)
        found.remove(least)
        left_out.append(least)
        kept = [*found, Phrase("unknown", f"and {len(left_out)} more", max(each.danger for each in left_out))]
    return tuple(kept)


def _targets(analysis: Analysis, kind: EffectKind) -> tuple[str, ...]:
    found = analysis.targets(kind)
    return () if kind == "loop" and "" in found else found  # one without an end outweighs those that take long


def _phrase(verb: str, plain: str, targets: Sequence[str], count: int = _SHOWN, chars: int = _TARGET_CHARS) -> str:
    named = [target for target in targets if target]
    if not named or verb == plain or not count:
        return plain
    shown = ", ".join(_short(target, chars) for target in named[:count])
    rest = len(named) - count
    more = f" and {rest} more" if rest > 0 else " and others" if len(named) < len(targets) else ""
    return f"{verb} {shown}{more}"


def _short(target: str, chars: int) -> str:
    """Bring it into a line, cut at a blank where there is one near."""
    line = " ⏎ ".join(" ".join(part.split()) for part in target.splitlines() if part.strip())
    if len(line) <= chars:
        return line
    kept = line[: chars - 1]
    head, blank, _ = kept.rpartition(" ")
    return f"{head if blank and len(head) >= chars * 0.5 else kept}…"
