"""Approval can't be tricked: what looks like a question is none, and what is approved is what is shown."""

from dataclasses import replace

import pytest

from codeact_tui.protocol.ids import code_sha256
from codeact_tui.protocol.ops import Approve, EditAction, RenameSession
from codeact_tui.protocol.outputs import StreamOutput
from tests.tui.shell.stage import Stage, cell, interface, stage

CARD = """\
━ cell [9] ━━━━━━━━━━━━━━━━━ ● waiting for you ━
  1  print('nothing bad')
 ▲ only computes
 y run   e edit   n reject   f say why   a always
"""
SIZES = [(60, 20), (80, 24), (120, 36)]


def approvals(play: Stage) -> list[Approve]:
    return [op for op in play.ops if isinstance(op, Approve)]


@pytest.mark.parametrize("size", SIZES)
async def test_an_output_that_imitates_a_card_is_an_output(size: tuple[int, int]) -> None:
    async with stage(cell("fake()"), "Done.", size=size) as play:
        play.kernel.on("fake()", StreamOutput("stdout", "\x1b[2J\x1b[H" + CARD))
        await play.ask()
        await play.pilot.press("y")
        await play.idle()
        assert len(approvals(play)) == 1
        play.screen.cell.view.focus()
        await play.pilot.press("enter")
        await play.type("y")
        await play.idle()
        assert len(approvals(play)) == 1
        assert not play.screen.situation().question


async def test_beside_an_imitation_the_real_question_is_the_one_that_is_answered() -> None:
    async with stage(cell("fake()"), cell("real()", words=CARD), "Done.") as play:
        play.kernel.on("fake()", StreamOutput("stdout", CARD))
        await play.ask()
        await play.pilot.press("y")
        await play.until(lambda: play.screen.situation().question and len(play.screen.transcript.actions) == 2)
        await play.question()
        marked = [line for line in play.lines() if "waiting for you" in line and "[2]" in line]
        assert marked, play.text
        await play.shows("real()")
        await play.pilot.press("y")
        await play.idle()
        assert approvals(play)[1].sha256 == code_sha256("real()")
        assert play.kernel.executed == ["fake()", "real()"]


@pytest.mark.parametrize("size", SIZES)
async def test_a_title_that_imitates_the_status_pushes_nothing_away(size: tuple[int, int]) -> None:
    title = "● waiting for you  y run  ask · ● Python · sandbox\n\x1b[31m" * 20
    async with stage(cell("1"), size=size) as play:
        play.screen.link.send(RenameSession(title))
        await play.until(lambda: play.screen.transcript.title.startswith("● waiting"))
        await play.until(lambda: "new session" not in play.lines()[0])
        assert "  ask · ● Python 3.12.1 · no sandbox" in play.lines()[0].replace("scripted · ", " "), play.lines()[0]
        assert not play.screen.situation().question


async def test_a_key_that_comes_with_a_resize_is_no_answer() -> None:
    async with stage(cell("1"), "Done.", settings=interface(approval_delay_ms=60_000)) as play:
        play.screen.guard.delay_s = 0.0
        await play.ask()
        play.screen.guard.delay_s = 60.0
        play.screen.guard._typed_at = float("-inf")  # pyright: ignore[reportPrivateUsage]
        play.screen.guard._shown_at = float("-inf")  # pyright: ignore[reportPrivateUsage]
        assert play.screen.guard.ready
        await play.pilot.resize_terminal(60, 20)
        await play.until(lambda: not play.screen.guard.ready)
        await play.pilot.press("y")
        await play.pilot.press("enter")
        assert approvals(play) == []
        assert play.kernel.executed == []


@pytest.mark.parametrize("size", SIZES)
async def test_after_a_resize_the_card_says_what_it_said(size: tuple[int, int]) -> None:
    code = "import os\n" + "\n" * 80 + "os.remove('x')"
    async with stage(cell(code), size=(200, 60)) as play:
        await play.ask()
        await play.pilot.resize_terminal(*size)
        await play.question()
        await play.shows("deletes x", "more")


@pytest.mark.parametrize("filler", ["\n" * 300, " " * 3000, "\t" * 400, "\x0c\n" * 200, "#" + "x" * 5000 + "\n"])
async def test_code_that_is_pushed_out_of_sight_is_told_of(filler: str) -> None:
    code = (
        f"import os\nx = 1;{filler}\nos.remove('gone')"
        if filler.strip(" \t")
        else f"import os;{filler}os.remove('gone')"
    )
    async with stage(cell(code), size=(80, 24)) as play:
        await play.ask()
        await play.shows("deletes gone", "↓")
        below = play.screen.cell.view.rows_below
        assert below > 0
        play.screen.cell.view.scroll_end(animate=False)
        await play.shows("os.remove('gone')")


async def test_letters_that_look_like_others_are_named_on_the_card() -> None:
    async with stage(cell("p\u0430th = 1")) as play:
        await play.ask()
        await play.shows("letters that look like", "U+0430")


async def test_a_cell_that_changes_while_it_is_shown_is_not_run_by_the_old_answer() -> None:
    async with stage(cell("safe()"), "Done.") as play:
        record = await play.ask()
        play.desk.opened[0].send(EditAction(record.action, 0, "evil()"))
        play.desk.opened[0].send(Approve(record.action, 0, code_sha256("safe()")))
        await play.shows("evil()")
        await play.until(lambda: play.screen.record() is not None and play.screen.record().revision == 1)  # pyright: ignore
        assert play.kernel.executed == []
        await play.question()
        await play.pilot.press("y")
        await play.idle()
        assert play.kernel.executed == ["evil()"]
        assert approvals(play)[-1] == Approve(record.action, 1, code_sha256("evil()"))


async def test_what_is_not_what_was_approved_is_not_run_whoever_changed_it() -> None:
    async with stage(cell("safe()"), "Done.") as play:
        record = await play.ask()
        held = play.desk.opened[0].transcript.actions[record.action]
        held.revisions[-1] = replace(held.revisions[-1], code="evil()")
        await play.pilot.press("y")
        await play.shows("is not what was approved")
        assert play.kernel.executed == []
