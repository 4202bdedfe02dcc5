"""Deciding about a cell with the keyboard."""

from codeact_tui.protocol.ids import ActionId, code_sha256
from codeact_tui.protocol.ops import Approve, EditAction, Reject, Rerun
from codeact_tui.tui.widgets.cell_words import cell_state
from tests.tui.shell.stage import cell, interface, stage

A1 = ActionId("a1")


async def test_y_runs_exactly_what_is_shown() -> None:
    async with stage(cell("print(6 * 7)"), "It is 42.") as play:
        await play.ask("six times seven")
        await play.pilot.press("y")
        await play.idle()
        assert Approve(A1, 0, code_sha256("print(6 * 7)")) in play.ops
        assert play.kernel.executed == ["print(6 * 7)"]
        await play.shows("It is 42.")


async def test_enter_runs_it_too() -> None:
    async with stage(cell("1 + 1"), "Two.") as play:
        await play.ask()
        await play.pilot.press("enter")
        await play.idle()
        assert play.kernel.executed == ["1 + 1"]


async def test_n_rejects_and_the_model_goes_on() -> None:
    async with stage(cell("1 / 0"), "Then not.") as play:
        await play.ask()
        await play.pilot.press("n")
        await play.idle()
        assert Reject(A1) in play.ops
        assert play.kernel.executed == []
        await play.shows("Then not.")


async def test_f_rejects_with_a_reason_typed_in_place() -> None:
    async with stage(cell("import os"), "As you like.") as play:
        await play.ask()
        await play.pilot.press("f")
        await play.until(lambda: play.screen.cell.reason is not None)
        await play.type("use pathlib")
        assert play.screen.prompt.empty
        await play.pilot.press("enter")
        await play.idle()
        assert Reject(A1, "use pathlib") in play.ops
        assert play.screen.cell.reason is None


async def test_escape_takes_the_reason_back_and_the_question_stays() -> None:
    async with stage(cell("import os"), "Done.") as play:
        await play.ask()
        await play.pilot.press("f")
        await play.until(lambda: play.screen.cell.reason is not None)
        await play.pilot.press("escape")
        await play.question()
        assert play.screen.live.waiting == A1
        await play.pilot.press("y")
        await play.idle()
        assert play.kernel.executed == ["import os"]


async def test_a_runs_the_rest_of_the_turn() -> None:
    async with stage(cell("x = 1"), cell("x + 1"), "Two.") as play:
        await play.ask()
        await play.pilot.press("t")
        await play.idle()
        assert Approve(A1, 0, code_sha256("x = 1"), scope="turn") in play.ops
        assert play.kernel.executed == ["x = 1", "x + 1"]


async def test_e_edits_in_place_and_f5_runs_the_edited_code() -> None:
    async with stage(cell("print(1)"), "Done.") as play:
        await play.ask()
        await play.pilot.press("e")
        await play.until(lambda: play.screen.cell.editor is not None and play.screen.cell.editor.has_focus)
        await play.pilot.press("end", *"#y")
        assert play.ops[-1].__class__.__name__ == "SubmitPrompt"
        await play.pilot.press("f5")
        await play.idle()
        code = "print(1)#y"
        assert play.ops[-2:] == [EditAction(A1, 0, code), Approve(A1, 1, code_sha256(code))]
        assert play.kernel.executed == [code]
        assert play.screen.cell.editor is None


async def test_escape_keeps_the_original() -> None:
    async with stage(cell("print(1)"), "Done.") as play:
        await play.ask()
        await play.pilot.press("e")
        await play.until(lambda: play.screen.cell.editor is not None and play.screen.cell.editor.has_focus)
        await play.pilot.press("x", "escape")
        await play.question()
        await play.pilot.press("y")
        await play.idle()
        assert play.kernel.executed == ["print(1)"]


async def test_an_edit_that_changes_nothing_approves_the_original() -> None:
    async with stage(cell("print(1)"), "Done.") as play:
        await play.ask()
        await play.pilot.press("e")
        await play.until(lambda: play.screen.cell.editor is not None and play.screen.cell.editor.has_focus)
        await play.pilot.press("ctrl+s")
        await play.idle()
        assert Approve(A1, 0, code_sha256("print(1)")) in play.ops


async def test_r_runs_a_past_cell_again() -> None:
    async with stage(cell("print(1)"), "Done.") as play:
        await play.ask()
        await play.pilot.press("y")
        await play.idle()
        await play.pilot.press("f2")
        await play.pilot.press("r")
        await play.until(lambda: len(play.kernel.executed) == 2)
        assert Rerun(A1) in play.ops


async def test_r_runs_the_cell_that_is_chosen_in_the_conversation() -> None:
    async with stage(cell("x = 1"), cell("x = 2"), "Done.") as play:
        await play.ask()
        await play.pilot.press("t")
        await play.idle()
        play.screen.conversation.focus()
        await play.pilot.press("up", "up")
        await play.until(lambda: play.screen.cell.shown is not None and play.screen.cell.shown.action == A1)
        await play.pilot.press("r")
        await play.until(lambda: len(play.kernel.executed) == 3)
        assert play.kernel.executed[-1] == "x = 1"


async def test_a_past_cell_is_edited_and_run_again() -> None:
    async with stage(cell("print(1)"), "Done.") as play:
        await play.ask()
        await play.pilot.press("y")
        await play.idle()
        await play.pilot.press("f2", "e")
        await play.until(lambda: play.screen.cell.editor is not None and play.screen.cell.editor.has_focus)
        await play.pilot.press("end", "#", "f5")
        await play.until(lambda: len(play.kernel.executed) == 2)
        assert Rerun(A1, "print(1)#") in play.ops


async def test_escape_at_a_question_stops_the_turn() -> None:
    async with stage(cell("print(1)")) as play:
        await play.ask()
        await play.pilot.press("escape")
        await play.idle()
        assert play.kernel.executed == []
        record = play.screen.transcript.actions[A1]
        assert record.rejected_by == "interrupt"
        assert cell_state(record)[1] == "stopped"


async def test_invisible_characters_are_shown_and_written_out_for_editing() -> None:
    code = 'x = "a\u202eb"'
    async with stage(cell(code), "Done.") as play:
        await play.ask()
        await play.shows("⟨U+202E⟩")
        await play.pilot.press("e")
        await play.until(lambda: play.screen.cell.editor is not None)
        assert play.screen.cell.editor is not None
        assert play.screen.cell.editor.text == 'x = "a\\u202eb"'


async def test_what_is_pasted_invisibly_into_the_editor_is_written_out_before_it_runs() -> None:
    async with stage(cell("x = 1"), "Done.") as play:
        await play.ask()
        await play.pilot.press("e")
        await play.until(lambda: play.screen.cell.editor is not None and play.screen.cell.editor.has_focus)
        editor = play.screen.cell.editor
        assert editor is not None
        editor.text = "x = 1 # \u202e"
        await play.pilot.press("f5")
        await play.until(lambda: editor.text == "x = 1 # \\u202e")
        assert play.kernel.executed == []
        await play.pilot.press("f5")
        await play.idle()
        assert play.kernel.executed == ["x = 1 # \\u202e"]


async def test_two_answers_to_one_question_send_one() -> None:
    async with stage(cell("1"), "Done.") as play:
        await play.ask()
        await play.pilot.press("enter", "enter")
        await play.idle()
        assert sum(isinstance(op, Approve) for op in play.ops) == 1


async def test_keys_do_not_answer_before_the_delay() -> None:
    async with stage(cell("1"), "Done.", settings=interface(approval_delay_ms=60_000)) as play:
        await play.say("go")
        await play.until(lambda: play.screen.situation().question)
        play.screen.cell.view.focus()
        await play.pilot.press("enter")
        await play.pilot.press("y")
        assert not any(isinstance(op, Approve) for op in play.ops)
        assert play.screen.prompt.text == "y"


MUCH = """import os, shutil, subprocess, requests, pickle
requests.get("https://api.github.com/repos/x/y")
shutil.rmtree("/srv/old-results")
os.remove("notes.txt")
open("results/table-of-everything.csv", "w").write("x")
open("/etc/passwd").read()
subprocess.run(["git", "push", "--force"])
exec(input())
pickle.load(open("model.pkl", "rb"))
!pip install seaborn
while True: pass
"""


async def test_all_that_a_cell_would_do_is_told_at_every_size() -> None:
    told = ("deletes", "writes", "installs seaborn", "runs", "reads", "code that can't be seen here", "may never end")
    async with stage(cell(MUCH)) as play:
        await play.ask()
        for size in ((200, 60), (60, 20), (80, 24), (120, 36)):
            await play.pilot.resize_terminal(*size)
            await play.until(lambda: all(words in card(play.lines()) for words in told), f"all of it at {size}")


def card(lines: list[str]) -> str:
    """Give the text of the cell pane, rows joined."""
    return " ".join(" ".join(line.rpartition("│")[2].split()) for line in lines)
