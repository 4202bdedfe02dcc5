"""What is said to an action that waits, from outside."""

from typing import Any

import pytest

from codeact_tui.protocol.events import ActionApproved, ApprovalRequested, Failed, TurnFinished
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.ops import EditAction, Reject, SubmitPrompt
from tests.session.bench import act, bench


@pytest.mark.parametrize("change", [{"revision": 1}, {"sha256": "0" * 64}, {"action": ActionId("a9")}])
async def test_an_approval_of_anything_else_runs_nothing(change: dict[str, Any]) -> None:
    async with bench([act("print 1")]) as it:
        it.send(SubmitPrompt("go"))
        await it.until(ApprovalRequested)
        it.approve(**change)
        assert (await it.until(Failed)).error == "OpRefused"
        assert (it.kernel.ran, it.last.state) == ([], "waiting")


async def test_an_edit_runs_as_edited_and_reaches_the_model_as_a_diff() -> None:
    async with bench([act("print 1"), "Done."]) as it:
        it.send(SubmitPrompt("go"))
        first = await it.until(ApprovalRequested)
        it.send(EditAction(first.action, 0, "print 2"))
        await it.until(ApprovalRequested, 2)
        it.send(EditAction(first.action, 0, "print 3"))
        assert "edited" in (await it.until(Failed)).message or it.last.code == "print 2"
        it.approve()
        await it.until(TurnFinished)
    assert it.kernel.ran == ["print 2"]
    seen = it.seen_by_model()
    assert "The user changed the action before running it" in seen
    assert "-print 1\n+print 2" in seen
    assert seen.endswith("Execution Output:\n2")


async def test_a_rejection_reaches_the_model_with_its_reason() -> None:
    async with bench([act("print 1"), "Then not."]) as it:
        it.send(SubmitPrompt("go"))
        asked = await it.until(ApprovalRequested)
        it.send(Reject(asked.action, "too  dangerous"))
        await it.until(TurnFinished)
    assert it.kernel.ran == []
    assert it.seen_by_model() == "The user rejected this action; it did not run. Reason: too  dangerous"


async def test_allowing_the_turn_lasts_for_the_turn() -> None:
    async with bench([act("print 1"), act("print 2"), "Done.", act("print 3")]) as it:
        it.send(SubmitPrompt("go"))
        await it.until(ApprovalRequested)
        it.approve(scope="turn")
        await it.until(TurnFinished)
        assert [approval.by for approval in it.all(ActionApproved)] == ["user", "turn"]
        it.send(SubmitPrompt("more"))
        await it.until(ApprovalRequested, 2)
        assert it.kernel.ran == ["print 1", "print 2"]
