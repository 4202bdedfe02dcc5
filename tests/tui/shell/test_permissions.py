"""Rules, hosts and grants, on the screen, by key and by mouse."""

import pytest
from textual.events import Key

from codeact_tui.config.schema import Config, SessionConfig
from codeact_tui.kernel.fake_script import Hang, Raise
from codeact_tui.protocol.ops import AddRules, AllowRefused, AnswerHost, Approve, RestartKernel, SubmitPrompt
from codeact_tui.protocol.permissions import Grant, HostAnswer, Rule
from codeact_tui.sandbox.policy import SandboxPolicy
from codeact_tui.tui.screens.permissions import PermissionsScreen
from codeact_tui.tui.screens.pick import PickScreen
from codeact_tui.tui.screens.rules import RuleScreen
from tests.session.book import Book
from tests.tui.shell.stage import Stage, StageDesk, cell, interface, stage

READS = "open('data/x')"


def desk(*scripts: str, book: Book | None = None) -> StageDesk:
    return StageDesk(Config(), list(scripts), book=book or Book())


def sent(play: Stage, kind: type) -> list[object]:
    return [op for op in play.ops if isinstance(op, kind)]


async def offered(play: Stage) -> RuleScreen:
    """Press `a`, and wait for the rules."""
    await play.ask()
    await play.pilot.press("a")
    await play.until(lambda: isinstance(play.app.screen, RuleScreen), "rules are offered")
    assert isinstance(play.app.screen, RuleScreen)
    return play.app.screen


# -- rules


async def test_a_offers_the_rule_in_plain_words_and_enter_keeps_it() -> None:
    book = Book()
    async with stage(desk=desk(cell(READS), cell(READS), "Done.", book=book)) as play:
        screen = await offered(play)
        await play.shows("always allow reading ./data in this project", "enter keep", "esc back")
        assert play.kernel.executed == []
        await play.pilot.press("enter")
        await play.idle()
        assert book.items == [Rule("read", "./data")]
        assert play.kernel.executed == [READS, READS]
        assert not screen.is_attached
        await play.shows("Always allow reading ./data in this project.")


async def test_keys_that_come_at_once_change_the_rule_in_their_order() -> None:
    async with stage(desk=desk(cell(READS), cell(READS))) as play:
        screen = await offered(play)
        [field] = screen.fields
        for key in ("ctrl+u", *"reading"):
            field.post_message(Key(key, key if len(key) == 1 else None))
        await play.until(lambda: field.value == "reading", "the text is what was typed after the line was emptied")


async def test_a_card_says_that_it_asks_since_the_session_has_just_begun() -> None:
    config = Config(session=SessionConfig(policy="safe"))
    async with stage(desk=StageDesk(config, [cell(READS), cell(READS)], book=Book())) as play:
        await play.ask()
        await play.shows("reads data/x", "asked since the session has")


async def test_the_rule_is_changed_before_it_is_kept() -> None:
    book = Book()
    async with stage(desk=desk(cell(READS), cell(READS), book=book)) as play:
        screen = await offered(play)
        screen.fields[0].value = "always allow everything"
        await play.shows("A rule begins with reading")
        await play.pilot.press("enter")
        assert play.app.screen is screen
        screen.fields[0].value = "reading ./other in this session"
        await play.pilot.press("enter")
        await play.until(lambda: sent(play, AddRules))
        assert (book.items, play.screen.transcript.rules) == ([], [Rule("read", "./other")])
        await play.question()  # it does not cover the cell, which still waits
        assert play.kernel.executed == []


async def test_each_effect_has_its_rule_and_an_empty_one_is_left_out() -> None:
    book = Book()
    async with stage(desk=desk(cell("open('data/x')\nopen('out/y', 'w')"), book=book)) as play:
        screen = await offered(play)
        assert [field.value for field in screen.fields] == [
            "always allow reading ./data in this project",
            "always allow writing ./out in this project",
        ]
        screen.fields[1].value = ""
        await play.pilot.press("enter")
        await play.until(lambda: book.items)
        assert book.items == [Rule("read", "./data")]
        assert play.kernel.executed == []


async def test_leaving_keeps_and_runs_nothing() -> None:
    book = Book()
    async with stage(desk=desk(cell(READS), book=book)) as play:
        await offered(play)
        await play.pilot.press("escape")
        await play.question()
        assert (book.items, play.kernel.executed, sent(play, Approve)) == ([], [], [])


@pytest.mark.parametrize("code", ["eval('1')", "def", "open(name)"])
async def test_for_what_can_t_be_told_no_rule_is_offered(code: str) -> None:
    async with stage(desk=desk(cell(code))) as play:
        await play.ask()
        await play.pilot.press("a")
        await play.shows("No rule can say what this cell does")
        assert play.app.screen is play.screen


async def test_an_enter_typed_ahead_keeps_no_rule() -> None:
    book = Book()
    settings = interface(approval_delay_ms=60_000)
    async with stage(desk=desk(cell(READS), book=book), settings=settings) as play:
        await play.say("go")
        await play.until(lambda: play.screen.situation().question)
        play.screen.action_do("always")
        await play.until(lambda: isinstance(play.app.screen, RuleScreen))
        await play.pilot.press("enter", "enter")
        assert isinstance(play.app.screen, RuleScreen)
        assert book.items == []


@pytest.mark.parametrize(("key", "scope"), [("t", "turn"), ("c", "careful")])
async def test_the_rest_of_the_turn_is_allowed_with_and_without_care(key: str, scope: str) -> None:
    async with stage(cell("x = 1"), "Done.") as play:
        await play.ask()
        await play.pilot.press(key)
        await play.idle()
        assert [op.scope for op in play.ops if isinstance(op, Approve)] == [scope]


# -- hosts


async def host_asked(play: Stage, host: str = "api.example.org", port: int = 443) -> None:
    """Have a cell ask for a host, and wait until that can be answered."""
    play.kernel.on("fetch()", Hang())
    await play.ask()
    await play.pilot.press("y")
    await play.until(lambda: play.screen.live.running)
    assert play.kernel.on_host is not None
    play.kernel.on_host(host, port)
    await play.until(lambda: play.screen.situation().host and play.screen.situation().answerable, "a host is asked")


@pytest.mark.parametrize(
    ("key", "answer"), [("o", "once"), ("s", "session"), ("p", "project"), ("n", "refuse"), ("v", "never")]
)
async def test_a_host_is_answered_by_key(key: str, answer: HostAnswer) -> None:
    async with stage(desk=desk(cell("fetch()"), "Done.")) as play:
        await host_asked(play)
        await play.shows("[1] wants to reach api.example.org at port 443", "o once", "v never", "refused in ")
        await play.pilot.press(key)
        await play.until(lambda: sent(play, AnswerHost))
        assert sent(play, AnswerHost) == [AnswerHost("api.example.org", 443, answer)]
        assert play.kernel.answered_hosts == [("api.example.org", 443, answer in {"once", "session", "project"})]
        await play.until(lambda: not play.screen.host.display)
        assert play.screen.focused is play.screen.prompt


async def test_a_host_is_answered_by_mouse() -> None:
    async with stage(desk=desk(cell("fetch()"), "Done.")) as play:
        await host_asked(play)
        lines = play.lines()
        y = next(at for at, line in enumerate(lines) if "this session" in line)
        await play.pilot.click(offset=(lines[y].index("this session"), y))
        await play.until(lambda: sent(play, AnswerHost))
        assert sent(play, AnswerHost) == [AnswerHost("api.example.org", 443, "session")]


async def test_what_is_typed_into_the_prompt_answers_no_host() -> None:
    async with stage(desk=desk(cell("fetch()"))) as play:
        play.kernel.on("fetch()", Hang())
        await play.ask()
        await play.pilot.press("y")
        await play.until(lambda: play.screen.live.running and play.screen.focused is play.screen.prompt)
        await play.type("so")
        assert play.kernel.on_host is not None
        play.kernel.on_host("api.example.org", 443)
        await play.shows("wants to reach api.example.org", "the prompt takes the letters")
        await play.type("psv")
        assert play.screen.prompt.text == "sopsv"
        assert (sent(play, AnswerHost), play.kernel.answered_hosts) == ([], [])
        await play.pilot.press("enter")
        assert sent(play, AnswerHost) == []
        assert isinstance(play.ops[-1], SubmitPrompt)


async def test_keys_pressed_before_the_question_can_be_read_answer_nothing() -> None:
    settings = interface(approval_delay_ms=60_000)
    async with stage(desk=desk(cell("fetch()")), settings=settings) as play:
        play.kernel.on("fetch()", Hang())
        await play.say("go")
        await play.until(lambda: play.screen.live.waiting)
        play.screen.action_do("approve")
        await play.until(lambda: play.screen.live.running)
        assert play.kernel.on_host is not None
        play.kernel.on_host("api.example.org", 443)
        await play.until(lambda: play.screen.host.display)
        play.screen.host.focus()
        await play.pilot.press("p")
        play.screen.action_click("host_project")
        await play.pilot.pause()
        assert sent(play, AnswerHost) == []
        assert play.screen.prompt.text == "p"


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36)])
async def test_the_whole_of_a_host_is_shown_however_long(size: tuple[int, int]) -> None:
    host = ".".join(["pypi", "org"] + ["a" * 40] * 5 + ["evil", "example"])
    async with stage(desk=desk(cell("fetch()")), size=size) as play:
        await host_asked(play, host)
        shown = "".join(line.strip() for line in play.lines())
        assert host in shown
        await play.shows("never")


async def test_a_host_in_other_letters_is_shown_as_it_is_sent() -> None:
    async with stage(desk=desk(cell("fetch()"))) as play:
        await host_asked(play, "xn--pple-43d.com")
        await play.shows("xn--pple-43d.com at port 443", "is not written in Latin letters")


# -- what the sandbox refused


async def refused(play: Stage, message: str = "[Errno 30] Read-only file system: '/data/x'") -> None:
    play.kernel.sandbox = SandboxPolicy("/home/ada/sales", homes=("/home/ada",))
    play.kernel.on("save()", Raise("OSError", message))
    await play.ask()
    await play.pilot.press("y")
    await play.idle()


async def test_what_was_refused_is_granted_by_key_and_python_is_started_anew() -> None:
    book, grant = Book(), Grant("writable", "/data")
    async with stage(desk=desk(cell("save()"), "I see.", book=book)) as play:
        await refused(play)
        await play.shows("The sandbox refused [1] writing /data/x.", "f12 allow it")
        await play.pilot.press("f12")
        await play.until(lambda: isinstance(play.app.screen, PickScreen))
        await play.shows("Cells may write /data", "Not now", "In this session", "In this project", "In every project")
        await play.pilot.press("down", "down", "enter")
        await play.until(lambda: sent(play, AllowRefused))
        assert book.items == [grant]
        await play.shows("What you have allowed needs Python to be started anew", "restart Python")
        await play.pilot.press("f7")
        await play.until(lambda: sent(play, RestartKernel) and not play.screen.transcript.waits_for_restart)
        assert play.kernel.grants == (grant,)
        await play.until(lambda: "needs Python to be started anew" not in play.text)


async def test_what_was_refused_is_granted_by_mouse_and_enter_grants_nothing() -> None:
    async with stage(desk=desk(cell("save()"), "I see.")) as play:
        await refused(play)
        await play.shows("allow it")
        lines = play.lines()
        y = next(at for at, line in enumerate(lines) if "allow it" in line)
        await play.pilot.click(offset=(lines[y].index("allow it"), y))
        await play.until(lambda: isinstance(play.app.screen, PickScreen))
        await play.pilot.press("enter")  # "Not now" comes first
        await play.until(lambda: play.app.screen is play.screen)
        assert sent(play, AllowRefused) == []


async def test_what_is_not_offered_can_t_be_granted() -> None:
    async with stage(desk=desk(cell("save()"), "I see.")) as play:
        await refused(play, "[Errno 30] Read-only file system: '/home/ada/.ssh/x'")
        assert not play.screen.situation().refused
        await play.pilot.press("f12")
        assert play.app.screen is play.screen


# -- the list


async def test_what_is_allowed_is_listed_and_taken_back() -> None:
    book = Book(Rule("read", "./data"), Grant("network", "example.org"))
    async with stage(desk=desk(book=book)) as play:
        await play.say("/rules")
        await play.until(lambda: isinstance(play.app.screen, PermissionsScreen))
        await play.shows("reading ./data runs unasked", "cells may reach example.org", "in this project")
        await play.pilot.press("d")
        await play.until(lambda: book.items == [Grant("network", "example.org")])
        await play.until(lambda: "reading ./data runs unasked" not in play.text)
        await play.pilot.press("d")
        await play.shows("Nothing is allowed for longer than once.")
        await play.pilot.press("escape")
        assert play.app.screen is play.screen
