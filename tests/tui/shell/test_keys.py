"""Every key of the registry, pressed where it applies: what is seen to happen is what the registry says."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from codeact_tui.model.scripted import Script
from codeact_tui.protocol.ops import (
    AnswerHost,
    Approve,
    CommitDryRun,
    DiscardDryRun,
    DryRun,
    Interrupt,
    Op,
    Reject,
    Rerun,
    RestartKernel,
    RunUserCode,
    SetPolicy,
    SubmitPrompt,
)
from codeact_tui.protocol.outputs import StreamOutput
from codeact_tui.secrets.veil import default_veil
from codeact_tui.tui.action_table import ACTIONS
from codeact_tui.tui.app import CodeActApp
from codeact_tui.tui.rendering.outputs import outputs_text
from codeact_tui.tui.screens.cell_history import CellHistoryScreen
from codeact_tui.tui.screens.help import HelpScreen
from codeact_tui.tui.screens.jump import JumpScreen
from codeact_tui.tui.screens.pick import PickScreen
from codeact_tui.tui.screens.rules import RuleScreen
from codeact_tui.tui.screens.sessions import SessionsScreen
from codeact_tui.tui.screens.travel import TravelScreen
from tests.tui.shell.stage import Stage, cell, stage
from tests.tui.shell.test_registry import SITUATIONS, busy, editing, empty, ran, typed

KEYS = [(action.id, key) for action in ACTIONS for key in action.keys]
LONG = "\n\n".join(f"Paragraph {number}." for number in range(60))


@dataclass(frozen=True)
class Row:
    """Where a key is pressed, and what is seen then."""

    seen: Callable[[Stage], object]
    situation: Callable[[Stage], Awaitable[None]] = empty
    scripts: tuple[Script, ...] = (cell("x = 1"), "Done.", "More.")


def sent(kind: type[Op], **wanted: object) -> Callable[[Stage], object]:
    """Say whether such an Op was sent."""

    def fits(op: Op) -> bool:
        return isinstance(op, kind) and all(getattr(op, name) == value for name, value in wanted.items())

    return lambda play: any(map(fits, play.ops))


def opened(kind: type[object]) -> Callable[[Stage], object]:
    """Say whether such a screen is open."""
    return lambda play: isinstance(play.app.screen, kind)


def row(name: str, seen: Callable[[Stage], object], **more: tuple[Script, ...]) -> tuple[str, Row]:
    """Make a row whose situation the registry's own test knows."""
    return name, Row(seen, SITUATIONS[name], **more)


def unfolded(play: Stage) -> object:
    return any(getattr(block, "unfolded", False) for block in play.screen.conversation.blocks)


KEY = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eFabcd"


def outputs_of(play: Stage) -> list[str]:
    return [outputs_text(record.outputs) for record in play.screen.transcript.actions.values()]


async def veiled(play: Stage) -> None:
    """A cell has put a key out, and it is masked."""
    play.screen.transcript.veil = default_veil()
    play.kernel.on("tell()", StreamOutput("stdout", f"it is {KEY}\n"))
    play.screen.send(RunUserCode("tell()"))
    await play.until(lambda: "it is ghp_[masked]\n" in "\n".join([*outputs_of(play), ""]))


async def ran_and_left(play: Stage) -> None:
    await ran(play)
    await play.pilot.press("f4")


async def two_lines(play: Stage) -> None:
    await play.type("a")


async def talked(play: Stage) -> None:
    for _ in range(2):
        await play.say("go on")
        await play.idle()


async def went_up(play: Stage) -> None:
    await talked(play)
    await play.pilot.press("alt+up")
    await play.until(lambda: not play.screen.conversation.following)


async def in_bottom_pane(play: Stage) -> None:
    await play.pilot.press("f4")
    await play.until(lambda: play.screen.variables.has_focus)


_ROWS: dict[str, Row] = dict(
    [
        row("approve", sent(Approve, scope="once")),
        row("dry_run", sent(DryRun, network=False)),
        row("commit_dry_run", sent(CommitDryRun, dry_run="d1")),
        row("discard_dry_run", sent(DiscardDryRun, dry_run="d1")),
        row("edit", lambda play: play.screen.cell.editor),
        row("reject", sent(Reject, reason="")),
        row("reject_reason", lambda play: play.screen.cell.reason),
        row("always", opened(RuleScreen)),
        row("allow_turn", sent(Approve, scope="turn")),
        row("allow_careful", sent(Approve, scope="careful")),
        row("host_once", sent(AnswerHost, answer="once")),
        row("host_session", sent(AnswerHost, answer="session")),
        row("host_project", sent(AnswerHost, answer="project")),
        row("host_refuse", sent(AnswerHost, answer="refuse")),
        row("host_never", sent(AnswerHost, answer="never")),
        row("allow_refused", opened(PickScreen)),
        row("rerun", sent(Rerun)),
        row("run_edited", lambda play: play.screen.cell.editor is None and play.kernel.executed),
        row("changes", lambda play: play.screen.cell.body is not play.screen.cell.view),
        row("history", opened(CellHistoryScreen)),
        row("to_question", lambda play: play.screen.cell.body.has_focus),
        row("continue", lambda play: play.screen.live.busy or "Done." in play.text),
        row("send", sent(SubmitPrompt, text="some words", when="steer")),
        row("queue", sent(SubmitPrompt, text="some words", when="queue")),
        row("rerun_cells", sent(RestartKernel, rerun=True)),
    ]
)
_MORE: dict[str, Row] = {
    "stop": Row(sent(Interrupt), busy),
    "fold": Row(unfolded, ran),
    "secrets": Row(lambda play: KEY in "\n".join(outputs_of(play)), veiled),
    "find": Row(lambda play: play.screen.focused is not play.screen.prompt),
    "previous_prompt": Row(lambda play: not play.screen.conversation.following, talked, (LONG, LONG)),
    "next_prompt": Row(lambda play: play.screen.conversation.following, went_up, (LONG, LONG)),
    "newline": Row(lambda play: play.screen.prompt.text == "a\n", two_lines),
    "editor": Row(lambda play: "can't be handed to an editor" in play.text, typed),
    "undo": Row(lambda play: play.screen.prompt.text != "some words", typed),
    "interrupt": Row(lambda play: "Ctrl+C again quits" in play.text),
    "help": Row(opened(HelpScreen)),
    "palette": Row(opened(PickScreen)),
    "timeline": Row(opened(TravelScreen)),
    "jump": Row(opened(JumpScreen)),
    "resume": Row(opened(SessionsScreen)),
    "next_pane": Row(lambda play: play.screen.conversation.has_focus),
    "previous_pane": Row(lambda play: play.screen.variables.has_focus),
    "show_cell": Row(lambda play: play.screen.cell.body.has_focus, ran_and_left),
    "show_output": Row(lambda play: play.screen.output.has_focus),
    "show_variables": Row(lambda play: play.screen.variables.has_focus),
    "maximise": Row(lambda play: play.screen.has_class("-max-variables"), in_bottom_pane),
    "restart": Row(sent(RestartKernel, rerun=False)),
    "cycle_policy": Row(sent(SetPolicy)),
    "quit": Row(lambda play: play.app.return_code == 0),
    "quit_empty": Row(lambda play: play.app.return_code == 0),
}
ROWS = _ROWS | _MORE
CALLED = {"suspend": "action_suspend_process", "redraw": "refresh"}
"""These do something to the terminal only: what is called is looked at."""


def test_every_action_with_a_key_has_a_row() -> None:
    assert {action.id for action in ACTIONS if action.keys} == set(ROWS) | set(CALLED)


@pytest.mark.parametrize(("name", "key"), [pair for pair in KEYS if pair[0] in ROWS], ids=str)
async def test_a_key_has_its_effect(name: str, key: str) -> None:
    found = ROWS[name]
    async with stage(*found.scripts) as play:
        await found.situation(play)
        assert not found.seen(play), "seen before the key was pressed"
        await play.pilot.press(key)
        await play.until(lambda: found.seen(play), f"{key} does {name}")


@pytest.mark.parametrize(("name", "key"), [pair for pair in KEYS if pair[0] in CALLED], ids=str)
async def test_a_key_speaks_to_the_terminal(name: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []

    def note(*_arguments: object, **_named: object) -> None:
        called.append(name)

    async with stage() as play:
        with monkeypatch.context() as patch:
            patch.setattr(CodeActApp, CALLED[name], note)
            await play.pilot.press(key)
            await play.until(lambda: called, f"{key} does {name}")


async def test_while_a_cell_is_edited_suspend_leaves_its_key_to_undo() -> None:
    async with stage(cell("x = 1")) as play:
        await editing(play)
        editor = play.screen.cell.editor
        assert editor is not None
        await play.type("zz")
        await play.pilot.press("ctrl+z")
        await play.until(lambda: editor.text == "x = 1")
