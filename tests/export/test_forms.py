"""Each form of an export: valid, whole, and harmless."""

import itertools
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest

from codeact_tui.errors import CodeActError
from codeact_tui.export.files import export_to_file, export_to_text
from codeact_tui.export.markdown import harmless
from codeact_tui.export.material import gather
from codeact_tui.export.notebook import notebook
from codeact_tui.export.page import page
from codeact_tui.export.safe_html import cleaned_html, terminal_html
from codeact_tui.export.wish import ExportWish, format_of, parse_wish
from codeact_tui.protocol.codec import decode_event, encode
from codeact_tui.protocol.events import KernelStarted, OutputTruncated
from codeact_tui.protocol.ids import action_id
from codeact_tui.protocol.outputs import DisplayData, ErrorOutput, ExecuteResult, StreamOutput
from tests.export.sessions import Story, printed

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \x1b]0;x\x07 & ]]> ``` \u202e javascript:alert(3)"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="


def exported(story: Story, form: str, **wishes: Any) -> str:
    return export_to_text([story.envelopes], ExportWish(format=form, **wishes), {})[0]  # pyright: ignore[reportArgumentType]


def full() -> Story:
    """A session with everything in it."""
    story = Story("Everything").prompt("Do it all.\n\nPlease.")
    story.does("print('one')", printed("one\n"), StreamOutput("stderr", "careful\n"), words="First **this**.")
    story.fails("1/0").edited("x = 1", "x = 2").rejected("rm()", "no")
    story.does("x", ExecuteResult({"text/plain": "2", "text/html": "<b>2</b>", "application/json": '{"a": NaN}'}))
    story.does("plot()", DisplayData({"image/png": PNG, "text/plain": "<Figure>"}, {"image/png": '{"width": 3}'}))
    story.own("%pip install x\n!ls\nfor i in y:\n    !echo {i}", printed("ok\n"))
    story.add(OutputTruncated(action_id(story.actions), 9_999, 9_000, "the end"))
    story.add(KernelStarted("/usr/bin/python3", "3.11.7", restarted=True))
    return story.answer("All done: `x` is 2.")


def hostile() -> Story:
    story = Story(HOSTILE, folder=HOSTILE).prompt(HOSTILE)
    story.does(
        f"x = '''{HOSTILE}'''",
        printed(HOSTILE),
        ErrorOutput(HOSTILE, HOSTILE, (HOSTILE,)),
        DisplayData({"text/html": f"<table onclick=x><td style='a'>{HOSTILE}</table>", "text/plain": HOSTILE}),
        DisplayData({"text/markdown": f"[x](javascript:alert(1)) ![y](http://evil/pixel) {HOSTILE}"}),
        DisplayData({"image/svg+xml": f"<svg onload='alert(1)'>{HOSTILE}</svg>"}),
        DisplayData({"image/png": '"><script>alert(4)</script>'}),
        words=HOSTILE,
    )
    return story.rejected(HOSTILE, HOSTILE).answer(f"{HOSTILE}\n\n[a](javascript:alert(1)) ![b](http://evil/p.png)")


def test_a_notebook_is_valid_and_holds_all_that_was_said_and_put_out() -> None:
    for story in (full(), hostile(), Story()):
        for live_only in (False, True):
            book = json.loads(exported(story, "ipynb", redact=False, live_only=live_only))
            nbformat.validate(book)
    book = notebook(gather(full().envelopes, None))
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert [cell["source"] for cell in code[:3]] == ["print('one')", "1/0", "x = 2"]
    assert [output["output_type"] for output in code[0]["outputs"]] == ["stream", "stream"]
    assert code[1]["outputs"][0]["ename"] == "ZeroDivisionError"
    assert code[3]["outputs"][0]["data"]["application/json"] == {"a": "NaN"}
    assert code[4]["outputs"][0]["data"]["image/png"] == PNG
    assert code[4]["outputs"][0]["metadata"] == {"image/png": {"width": 3}}
    assert "9,000 bytes left out" in code[5]["outputs"][-1]["text"]
    about = code[2]["metadata"]["codeact"]
    assert (about["origin"], about["approved_by"], about["proposed"]) == ("model", "user", "x = 1")
    assert book["metadata"]["codeact"]["model"] == "demo"
    assert book["metadata"]["language_info"]["version"] == "3.11.7"
    said = "\n".join(cell["source"] for cell in book["cells"] if cell["cell_type"] == "markdown")
    assert "> Do it all." in said
    assert "rejected: no" in said


def test_a_script_is_python_whatever_was_said() -> None:
    for story in (full(), hostile()):
        for live_only in (False, True):
            text = exported(story, "py", redact=False, live_only=live_only)
            compile(text, "script.py", "exec")
    text = exported(full(), "py")
    assert "# %pip install x" in text
    assert "    pass  # !echo {i}" in text
    assert "\n# 1/0" in text
    said = exported(Story().prompt("a\u2028print('escaped')\x0cprint(1)\rprint(2)"), "py")
    assert not any(line.startswith("print") for line in said.splitlines())


def test_a_script_goes_as_far_as_a_cell_that_failed_did(capsys: pytest.CaptureFixture[str]) -> None:
    code = """part = [1,
2]
words = \'\'\'a
  b\'\'\'
for each in part:

    print(each / 0)"""
    story = Story().fails(code).fails("other = 1\n1/0").does("print(part, repr(words))")
    for live_only in (False, True):
        text = exported(story, "py", live_only=live_only)
        assert "except Exception:  # as in the session: ZeroDivisionError: division by zero\n    pass\n" in text
        assert "\nother" not in text
        exec(compile(text, "script.py", "exec"), {})
        assert capsys.readouterr().out == "[1, 2] 'a\\n  b'\n"


class Tags(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_a_page_needs_nothing_and_obeys_nothing_that_it_shows() -> None:
    html = page(gather(hostile().envelopes, None))
    tags = Tags()
    tags.feed(html)
    names = {tag for tag, _ in tags.seen}
    assert names.isdisjoint({"script", "iframe", "object", "embed", "link", "form", "base", "svg"})
    for tag, attributes in tags.seen:
        assert not any(name.startswith("on") for name in attributes), tag
        for name in ("src", "href"):
            address = attributes.get(name) or "data:"
            assert address.startswith(("data:image/", "data:")), address
    policy = next(attributes["content"] for _, attributes in tags.seen if "http-equiv" in attributes)
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "\x1b" not in html
    assert "\u202e" not in html


def test_a_page_shows_everything_and_folds_its_cells() -> None:
    html = exported(full(), "html")
    assert html.count('<details class="cell') == 7
    assert '<details class="cell rejected"><summary>' in html
    assert "What the user changed" in html
    assert f'src="data:image/png;base64,{PNG}"' in html
    assert "<strong>this</strong>" in html
    assert "9,000 bytes left out" in html


def test_terminal_colours_become_classes_or_checked_colours() -> None:
    assert terminal_html("\x1b[1;31mbad\x1b[0m <ok>") == '<span class="tb f1">bad</span> &lt;ok&gt;'
    assert terminal_html("\x1b[38;2;1;2;999mx") == '<span style="color:rgb(1,2,255)">x</span>'
    assert terminal_html("\x1b[48;5;208mx\x1b[49my") == '<span style="background:rgb(255,135,0)">x</span>y'
    assert terminal_html("10%\r100%") == "100%"


def test_html_of_a_cell_keeps_tables_and_loses_what_does_something() -> None:
    assert cleaned_html('<table class=x><tr><td colspan="2" onclick=a>1 & 2') == (
        '<table><tr><td colspan="2">1 &amp; 2</td></tr></table>'
    )
    assert cleaned_html("<style>a{}</style><p>x<script>y</script></p></div><a href=javascript:x>z</a>") == "<p>x</p>z"


def test_markdown_has_no_html_and_no_fence_that_text_can_close() -> None:
    for story in (full(), hostile()):
        text = exported(story, "md", redact=False)
        fence = ""
        for line in text.splitlines():
            if line.startswith("```") and not fence:
                fence = line[: len(line) - len(line.lstrip("`"))]
            elif fence and line.strip() == fence:
                fence = ""
            elif not fence:
                assert "<script" not in line
                assert "![b](http" not in line
        assert fence == ""
    assert harmless("`<b>` <b>\n```html\n<b>\n```\n~~~\n<b>") == "`<b>` &lt;b>\n```html\n<b>\n```\n~~~\n<b>\n~~~"


def test_lines_are_the_stored_events() -> None:
    lines = [json.loads(line) for line in exported(full(), "jsonl").splitlines()]
    assert [line["sequence"] for line in lines] == [envelope.sequence for envelope in full().envelopes]
    for line in lines:
        assert json.loads(encode(decode_event(json.dumps(line["event"]).encode()))) == line["event"]


def test_a_line_of_codeact_instruct_is_the_published_form() -> None:
    line = json.loads(exported(full(), "codeact-instruct"))
    assert set(line) == {"id", "conversations"}
    messages = line["conversations"]
    roles = [message["role"] for message in messages]
    assert roles[:3] == ["system", "user", "assistant"]
    assert all(before != after for before, after in itertools.pairwise(roles))
    assert messages[2]["content"] == "First **this**.\n<execute>\nprint('one')\n</execute>"
    assert messages[3]["content"].startswith("Execution Output:\none")
    said = json.dumps(messages)
    assert "x = 2" in said
    assert "x = 1" not in said, "what was edited stands as it ran"
    assert "rm()" not in said, "what was rejected is no example"
    shared = json.loads(exported(full(), "sharegpt"))["conversations"]
    assert [message["from"] for message in shared[:3]] == ["system", "human", "gpt"]
    assert [message["value"] for message in shared] == [message["content"] for message in messages]


def test_filters_leave_sessions_out() -> None:
    plain = Story().prompt("a").does("1").answer("one")
    unmended = Story().prompt("a").fails("1/0").prompt("b").does("2").answer("two")
    failed = Story().prompt("a").does("1").fails("1/0").answer("no")
    for story, wishes in (
        (plain, {"mended_only": True}),
        (unmended, {"mended_only": True}),
        (failed, {"success_only": True}),
        (plain, {"min_turns": 3}),
        (Story(), {}),
    ):
        assert exported(story, "codeact-instruct", **wishes) == ""
    mended = Story().prompt("a").fails("1/0").does("1/1").answer("one")
    wishes = {"mended_only": True, "success_only": True, "min_turns": 3}
    assert len(exported(mended, "sharegpt", **wishes).splitlines()) == 1


def test_edits_and_rejections_become_pairs() -> None:
    story = Story().prompt("a").edited("x = 1", "x = 2").rejected("rm()", "too much").does("ls()").answer("b")
    story.prompt("c").rejected("never()").answer("d").prompt("e").does("later()")
    pairs = [json.loads(line) for line in exported(story, "preference").splitlines()]
    assert [(pair["id"], pair["kind"], pair["reason"]) for pair in pairs] == [
        ("00aaaaaaaaaaaa-a1", "edit", ""),
        ("00aaaaaaaaaaaa-a2", "rejection", "too much"),
    ]
    assert pairs[0]["chosen"] == [{"role": "assistant", "content": "I act.\n<execute>\nx = 2\n</execute>"}]
    assert pairs[0]["rejected"] == [{"role": "assistant", "content": "I act.\n<execute>\nx = 1\n</execute>"}]
    assert "ls()" in pairs[1]["chosen"][0]["content"]
    assert [message["role"] for message in pairs[1]["prompt"]] == ["system", "user", "assistant", "user"]


def test_words_after_the_command_are_a_wish() -> None:
    assert parse_wish("") == ExportWish("ipynb")
    assert parse_wish("html 'my page.html' --force") == ExportWish("html", "my page.html", force=True)
    assert parse_wish("talk.md --redact a.b --redact c") == ExportWish("md", "talk.md", patterns=("a.b", "c"))
    assert parse_wish("codeact-instruct --mended-only --min-turns 4 --no-redact") == ExportWish(
        "codeact-instruct", mended_only=True, min_turns=4, redact=False
    )
    assert format_of("x.codeact-instruct.jsonl") == "codeact-instruct"
    for wrong in ("html a b", "--nothing", "--min-turns", "--min-turns x", "'", "--format doc"):
        with pytest.raises(CodeActError):
            parse_wish(wrong)


def test_a_file_is_written_whole_and_overwrites_nothing_unasked(tmp_path: Path) -> None:
    sessions = [full().envelopes]
    done = export_to_file(sessions, ExportWish("html"), {}, tmp_path)
    assert done.path == str(tmp_path / "everything.html")
    with pytest.raises(CodeActError, match="is there already"):
        export_to_file(sessions, ExportWish("html"), {}, tmp_path)
    assert export_to_file(sessions, ExportWish("html", force=True), {}, tmp_path).path
    with pytest.raises(CodeActError, match="can't be written"):
        export_to_file(sessions, ExportWish("html", "nowhere/x.html"), {}, tmp_path)
    with pytest.raises(CodeActError, match="holds one session"):
        export_to_file([*sessions, *sessions], ExportWish("html", "x.html"), {}, tmp_path)
    assert export_to_file([*sessions, *sessions], ExportWish("jsonl"), {}, tmp_path).path.endswith("sessions.jsonl")
    done = export_to_file(sessions, ExportWish("sharegpt", min_turns=99), {}, tmp_path)
    assert (done.path, done.notes) == ("", ("Nothing was written: no session has anything of this kind.",))
    assert export_to_file([hostile().envelopes], ExportWish("md"), {}, tmp_path).path.startswith(str(tmp_path))
    assert sorted(path.name[:1] for path in tmp_path.iterdir()) == ["e", "s", "s"]
