"""What becomes of collected trajectories: which are kept, and what is told of the whole. Pure.

Source: CodeAct (arXiv:2402.01030), CodeActInstruct: trajectories that end well are kept, those first in which the agent
errs and mends itself.
"""

import hashlib
import json
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

from codeact_tui.evals.actions import find_answer
from codeact_tui.evals.checking import is_right
from codeact_tui.evals.instructions import Instruction

__all__ = [
    "Attempt",
    "Chosen",
    "Datasheet",
    "Filters",
    "Spread",
    "choose",
    "datasheet",
    "datasheet_page",
    "why_turned_down",
]


class Attempt(Struct, frozen=True):
    """One instruction, asked once: a session and what was made of it."""

    instruction: str
    """Its id."""
    asked: str
    """A hash of all of it: an instruction that was changed is asked anew."""
    model: str
    attempt: int
    """Counted from 1."""
    accepted: bool
    why: str = ""
    """What turned it down."""
    line: str = ""
    """The trajectory as a line of CodeActInstruct, redacted; empty when it was turned down."""
    mended: bool = False
    """A cell failed, and a later one of the turn ran."""
    turns: int = 0
    """Replies of the model."""
    actions: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    seconds: float = 0.0
    replaced: tuple[str, ...] = ()
    """What was taken out because it must not be shared."""


class Filters(Struct, frozen=True):
    """What is kept of what was accepted."""

    mended_only: bool = False
    min_turns: int = 1
    per_instruction: int = 1
    """At most so many trajectories of one instruction: those that were mended first, then the shortest."""


class Chosen(Struct, frozen=True):
    """What is written."""

    attempts: tuple[Attempt, ...]
    not_mended: int = 0
    too_short: int = 0
    duplicates: int = 0
    surplus: int = 0
    """Good, but there was a better one of the same instruction."""


class Spread(Struct, frozen=True):
    """How a figure is spread over trajectories."""

    total: float
    mean: float
    least: float
    median: float
    most: float


class Datasheet(Struct, frozen=True):
    """What there is to know of a data set."""

    written: int
    mended: int
    instructions: int
    asked: int
    """Attempts in all."""
    accepted: int
    turned_down: dict[str, int]
    """By why."""
    filters: Filters
    left_out: dict[str, int]
    """Of what was accepted, by the filter that did it."""
    models: dict[str, int]
    """Trajectories written, by model."""
    turns: Spread | None
    actions: Spread | None
    tokens: Spread | None
    characters: Spread | None
    """Of the conversations as they are written."""
    cost_usd: float | None
    """Of all attempts; None where one is unknown."""
    replaced: dict[str, int]
    version: str
    when: str


def why_turned_down(instruction: Instruction, answer: str, end: str) -> str:
    """Say what speaks against a trajectory before its own check is run; empty when nothing does.

    Args:
        instruction: What was asked.
        answer: The model's last words.
        end: How the turn ended: `answer`, or what kept it from one.
    """
    if end != "answer":
        return f"no answer: {end}"
    if not instruction.expected:
        return ""
    found = find_answer(answer)
    if found is None:
        return "no line with the answer"
    right = is_right(found, instruction.expected, instruction.compare, instruction.tolerance)
    return "" if right else "wrong answer"


def choose(attempts: Iterable[Attempt], filters: Filters) -> Chosen:
    """Choose what is written, in the order of instructions; does not depend on the order in which attempts ended."""
    accepted = sorted((each for each in attempts if each.accepted), key=_rank)
    mended = [each for each in accepted if each.mended or not filters.mended_only]
    long_enough = [each for each in mended if each.turns >= filters.min_turns]
    seen, counts, kept = set[str](), Counter[str](), list[Attempt]()
    duplicates = surplus = 0
    for each in long_enough:
        mark = _content(each.line)
        if mark in seen:
            duplicates += 1
        elif counts[each.instruction] >= filters.per_instruction:
            surplus += 1
        else:
            kept.append(each)
            counts[each.instruction] += 1
        seen.add(mark)
    return Chosen(
        tuple(sorted(kept, key=lambda each: (each.instruction, *_rank(each)))),
        len(accepted) - len(mended),
        len(mended) - len(long_enough),
        duplicates,
        surplus,
    )


def _rank(attempt: Attempt) -> tuple[bool, int, str, int, str]:
    return (not attempt.mended, attempt.turns, attempt.model, attempt.attempt, attempt.instruction)


def _content(line: str) -> str:
    """Hash what is said in a trajectory, whatever its id, its folder and its blanks."""
    conversations = json.loads(line)["conversations"]
    said = [[each["role"], " ".join(each["content"].split())] for each in conversations if each["role"] != "system"]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def datasheet(attempts: Sequence[Attempt], chosen: Chosen, filters: Filters, *, version: str, when: str) -> Datasheet:
    """Sum up a data set."""
    written, costs = chosen.attempts, [each.cost_usd for each in attempts]
    known = [cost for cost in costs if cost is not None]
    tokens = [(each.input_tokens or 0) + (each.output_tokens or 0) for each in written]
    return Datasheet(
        len(written),
        sum(each.mended for each in written),
        len({each.instruction for each in attempts}),
        len(attempts),
        sum(each.accepted for each in attempts),
        dict(sorted(Counter(each.why for each in attempts if not each.accepted).items())),
        filters,
        {
            "not mended": chosen.not_mended,
            "too few turns": chosen.too_short,
            "duplicates": chosen.duplicates,
            "a better one of the same instruction": chosen.surplus,
        },
        dict(sorted(Counter(each.model for each in written).items())),
        _spread([each.turns for each in written]),
        _spread([each.actions for each in written]),
        _spread(tokens) if all(each.output_tokens is not None for each in written) else None,
        _spread([len(each.line) for each in written]),
        sum(known) if len(known) == len(costs) else None,
        dict(sorted(Counter(note for each in written for note in each.replaced).items())),
        version,
        when,
    )


def _spread(values: Sequence[float]) -> Spread | None:
    if not values:
        return None
    return Spread(sum(values), round(statistics.fmean(values), 2), min(values), statistics.median(values), max(values))


def datasheet_page(sheet: Datasheet, name: str) -> str:
    """Write a datasheet as Markdown."""
    parts = [
        f"# {name}",
        "Trajectories of a model that acts by Python cells, one a line: "
        '`{"id": …, "conversations": [{"role": …, "content": …}]}`, the form of CodeActInstruct.',
        _table(
            "What there is",
            {
                "trajectories": sheet.written,
                "of them with an error that was mended": sheet.mended,
                "instructions": sheet.instructions,
                "attempts": sheet.asked,
                "accepted": sheet.accepted,
                "cost of all attempts": "unknown" if sheet.cost_usd is None else f"${sheet.cost_usd:.4f}",
            },
        ),
        _spreads(sheet),
        _table("Models", sheet.models),
        _table("Turned down", sheet.turned_down),
        _table("Accepted, and left out", {key: count for key, count in sheet.left_out.items() if count}),
        _table(
            "Filters",
            {
                "only with an error that was mended": "yes" if sheet.filters.mended_only else "no",
                "least turns": sheet.filters.min_turns,
                "trajectories of one instruction, at most": sheet.filters.per_instruction,
            },
        ),
        _table("Taken out before writing", sheet.replaced),
        f"Collected by codeact {sheet.version}, {sheet.when}.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _spreads(sheet: Datasheet) -> str:
    figures = {
        "turns": sheet.turns, "actions": sheet.actions, "tokens": sheet.tokens, "characters": sheet.characters,
    }  # fmt: skip
    rows = [
        f"| {name} | {found.total:,.0f} | {found.mean:,.1f} | {found.least:,.0f} | {found.median:,.1f} "
        f"| {found.most:,.0f} |"
        for name, found in figures.items()
        if found is not None
    ]
    head = "## Figures\n\n| | in all | mean | least | median | most |\n|---|---|---|---|---|---|\n"
    return head + "\n".join(rows) if rows else ""


def _table(title: str, rows: dict[str, int] | dict[str, str] | dict[str, int | str]) -> str:
    if not rows:
        return ""
    lines = "\n".join(f"| {_cell(str(name))} | {_cell(str(value))} |" for name, value in rows.items())
    return f"## {title}\n\n| | |\n|---|---|\n{lines}"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
