"""What is said of variables that came back: to the user, and to the model. Pure."""

from collections.abc import Sequence

from codeact_tui.effects.base import Analysis
from codeact_tui.effects.words import phrases
from codeact_tui.model.phrases import VARIABLES_LOST, VARIABLES_RESTORED
from codeact_tui.protocol.ids import action_number
from codeact_tui.protocol.resuming import MissingVariable, RerunOffer, VariablesRestored

__all__ = ["restored_for_model", "restored_sentences"]

_NAMES = 12
_NAMES_FOR_MODEL = 200
_REASONS = 6


def restored_sentences(event: VariablesRestored) -> list[str]:
    """Say to the user what is back, what is not and why, and what can be done."""
    said: list[str] = []
    if event.back:
        said.append(f"Back from disk: {_listed(event.back, _NAMES)}.")
    if event.problem:
        said.append(event.problem)
    if event.missing:
        said.append(f"Not back: {_reasons(event.missing, _REASONS)}.")
    if event.offers:
        cells = "; ".join(_offer(offer) for offer in event.offers)
        many = len(event.offers) != 1
        said.append(f"/rerun-missing runs the cell{'s' if many else ''} that made {_them(event)} again: {cells}.")
    return said


def restored_for_model(event: VariablesRestored) -> str:
    """Say the same to the model; empty when there is nothing to say."""
    said: list[str] = []
    if event.back:
        said.append(f"{VARIABLES_RESTORED}: {_listed(event.back, _NAMES_FOR_MODEL)}.")
    if event.missing:
        lost = "These are not" if event.back else VARIABLES_LOST
        said.append(f"{lost}: {_reasons(event.missing, _NAMES_FOR_MODEL)}.")
    return f"[{' '.join(said)}]" if said else ""


def _them(event: VariablesRestored) -> str:
    return "these" if event.missing else "the variables"


def _offer(offer: RerunOffer) -> str:
    words = ", ".join(phrase.text for phrase in phrases(Analysis(offer.effects)))
    return f"[{action_number(offer.action)}] {words}"


def _listed(names: Sequence[str], most: int) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _reasons(missing: Sequence[MissingVariable], most: int) -> str:
    """Name what is missing, one reason for all that share it."""
    by_reason: dict[str, list[str]] = {}
    for each in missing:
        by_reason.setdefault(each.why, []).append(each.name)
    parts = [f"{_listed(names, most)} ({why.rstrip('.')})" for why, names in list(by_reason.items())[:most]]
    left = sum(len(names) for names in list(by_reason.values())[most:])
    return "; ".join([*parts, *([f"{left} more"] if left else [])])
