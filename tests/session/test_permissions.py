"""Rules, grants and questions about hosts, from outside: Ops in, Events out."""

from typing import Any

import msgspec
import pytest

from codeact_tui.protocol.events import (
    ActionApproved,
    ActionProposed,
    ApprovalRequested,
    CellFinished,
    Failed,
    Noted,
    TurnFinished,
)
from codeact_tui.protocol.ops import Interrupt, RestartKernel, RunUserCode, SubmitPrompt
from codeact_tui.protocol.permissions import (
    AddRules,
    AllowRefused,
    AnswerHost,
    Grant,
    HostAnswer,
    HostAnswered,
    HostAsked,
    ListPermissions,
    Permission,
    PermissionScope,
    PermissionsListed,
    RemovePermission,
    Rule,
    RulesAdded,
    SandboxGranted,
    SandboxRevoked,
)
from codeact_tui.protocol.refusals import Refusal
from codeact_tui.session.host_questions import HostQuestions
from codeact_tui.session.transcript import replay
from codeact_tui.store.memory import MemoryCatalog
from tests.session.bench import Bench, ToyKernel, act, bench
from tests.session.book import Book

READS = Rule("read", "./data")
HOST = Grant("network", "example.org")
HOST_B = Grant("network", "b.example")


def always(it: Bench, *rules: Rule, scope: PermissionScope = "project") -> None:
    record = it.last
    it.send(AddRules(rules, scope, record.action, record.revision, record.sha256))


# -- rules


@pytest.mark.parametrize("scope", ["project", "session"])
async def test_a_rule_runs_the_cell_that_waits_and_those_like_it(scope: PermissionScope) -> None:
    book = Book()
    replies = [act("open('data/x')"), act("open('data/y')"), act("open('other')")]
    async with bench(replies, book=book) as it:
        it.send(SubmitPrompt("go"))
        await it.until(ApprovalRequested)
        always(it, READS, scope=scope)
        await it.until(ApprovalRequested, 2)
        assert [(event.by, event.rules) for event in it.all(ActionApproved)] == [("rule", (READS,))] * 2
        assert it.kernel.ran == ["open('data/x')", "open('data/y')"]
        assert it.last.code == "open('other')"
        assert book.items == ([READS] if scope == "project" else [])
        assert it.controller.transcript.actions["a2"].by_rules == (READS,)  # pyright: ignore[reportArgumentType]
        assert f"Always allow reading ./data in this {scope}." in [event.text for event in it.all(Noted)]


async def test_a_rule_that_does_not_cover_the_cell_leaves_it_waiting() -> None:
    async with bench([act("open('data/x', 'w')")], book=Book()) as it:
        it.send(SubmitPrompt("go"))
        await it.until(ApprovalRequested)
        always(it, READS)
        await it.until(RulesAdded)
        assert (it.last.state, it.all(ActionApproved)) == ("waiting", [])


@pytest.mark.parametrize("change", [{"revision": 1}, {"sha256": "0" * 64}, {"action": "a9"}])
async def test_a_rule_given_for_another_cell_is_not_taken(change: dict[str, Any]) -> None:
    book = Book()
    async with bench([act("open('data/x')")], book=book) as it:
        it.send(SubmitPrompt("go"))
        await it.until(ApprovalRequested)
        op = AddRules((READS,), "project", it.last.action, 0, it.last.sha256)
        it.send(msgspec.structs.replace(op, **change))
        assert (await it.until(Failed)).error == "OpRefused"
        assert (book.items, it.last.state) == ([], "waiting")


async def test_a_rule_that_can_t_be_kept_runs_nothing() -> None:
    async with bench([act("open('data/x')")], book=Book(broken=True)) as it:
        it.send(SubmitPrompt("go"))
        await it.until(ApprovalRequested)
        always(it, READS)
        assert (await it.until(Failed)).message == "It can't be kept."
        assert it.last.state == "waiting"


async def test_the_session_s_rules_come_back_with_it_and_the_project_s_do_in_another() -> None:
    catalog, book = MemoryCatalog(), Book(Rule("compute"))
    async with bench([act("open('data/x')")], catalog=catalog, book=book) as it:
        it.send(SubmitPrompt("go"))
        await it.until(ApprovalRequested)
        always(it, READS, scope="session")
        await it.until(CellFinished)
        told = replay(envelope for envelope in it.envelopes if envelope.sequence)
        assert told.rules == it.controller.transcript.rules == [READS]
        session = it.controller.id
    journal = await catalog.open(session)
    replies = [act("open('data/x')"), act("1 + 1"), "Done."]
    async with bench(replies, catalog=catalog, journal=journal, book=book) as it:
        it.send(SubmitPrompt("again"))
        await it.until(TurnFinished)
        assert [event.rules for event in it.all(ActionApproved)] == [(READS,), (Rule("compute"),)]
    async with bench(replies, catalog=catalog, book=book) as it:
        it.send(SubmitPrompt("new"))
        await it.until(ApprovalRequested)
        assert it.last.code == "open('data/x')"


async def test_what_is_allowed_is_listed_and_taken_back() -> None:
    book = Book(READS, HOST)
    async with bench([act("open('data/x')")], book=book) as it:
        it.send(ListPermissions())
        listed = await it.until(PermissionsListed)
        assert listed.permissions == (Permission(READS, "project"), Permission(HOST, "project"))
        assert it.kernel.grants == (HOST,)
        it.send(*(RemovePermission(each) for each in listed.permissions), RemovePermission(Permission(HOST, "session")))
        assert (await it.until(Failed)).message == "That is not allowed any more."
        assert (book.items, it.kernel.grants) == ([], ())
        assert it.all(SandboxRevoked) == [SandboxRevoked(HOST, "project")]
        it.send(SubmitPrompt("go"))
        await it.until(ApprovalRequested)


# -- what the sandbox has refused


def refusing(kernel: ToyKernel) -> ToyKernel:
    kernel.refusals = [Refusal("writing /data/x", "writable", "/data"), Refusal("reaching b", "network", "b.example")]
    return kernel


@pytest.mark.parametrize("scope", ["session", "project", "user"])
async def test_what_was_refused_is_granted_where_the_user_wants_it(scope: PermissionScope) -> None:
    book, grant = Book(), Grant("writable", "/data")
    async with bench(book=book, kernel=refusing(ToyKernel())) as it:
        it.send(RunUserCode("fail /data"))
        await it.until(CellFinished)
        it.send(AllowRefused(it.last.action, grant, scope))
        granted = await it.until(SandboxGranted)
        assert granted == SandboxGranted(grant, scope, restart=True)
        assert it.kernel.grants == (grant,)
        assert (book.items, book.users) == ([grant] if scope == "project" else [], [grant] if scope == "user" else [])
        assert it.controller.transcript.grants == ([grant] if scope == "session" else [])
        assert "/restart" in it.all(Noted)[-1].text


@pytest.mark.parametrize(
    ("value", "grant", "again", "said"),
    [
        ("b.example", HOST_B, ["a1"], "1 cell was rerun; its variables are back."),
        ("/data", Grant("writable", "/data"), ["a1", "a2"], "Stopped at [2]."),
    ],
)
async def test_when_all_is_rerun_for_what_was_allowed_the_cell_that_was_refused_it_comes_last(
    value: str, grant: Grant, again: list[str], said: str
) -> None:
    async with bench(book=Book(), kernel=refusing(ToyKernel())) as it:
        it.send(RunUserCode("make a"))
        await it.until(CellFinished)
        it.send(RunUserCode(f"fail {value}"))
        await it.until(CellFinished, 2)
        it.send(AllowRefused(it.last.action, grant, "session"))
        await it.until(SandboxGranted)
        it.send(RestartKernel(rerun=True))
        await it.until(CellFinished, 2 + len(again))
        await it.until(lambda: it.all(Noted)[-1].text == said)
        assert [each.rerun_of for each in it.all(ActionProposed)] == [None, None, *again]


@pytest.mark.parametrize("grant", [Grant("writable", "/"), Grant("readable", "/data"), Grant("network", "c.example")])
async def test_nothing_is_granted_that_was_not_offered(grant: Grant) -> None:
    async with bench(book=Book(), kernel=refusing(ToyKernel())) as it:
        it.send(RunUserCode("fail /data"))
        await it.until(CellFinished)
        it.send(AllowRefused(it.last.action, grant, "session"))
        assert (await it.until(Failed)).error == "OpRefused"
        assert (it.all(SandboxGranted), it.kernel.grants) == ([], ())


# -- hosts


async def asked(it: Bench, host: str = "example.org", port: int = 443, count: int = 1) -> HostAsked:
    it.send(RunUserCode("hang"))
    await it.kernel.began.wait()
    assert it.kernel.on_host is not None
    it.kernel.on_host(host, port)
    return await it.until(HostAsked, count)


@pytest.mark.parametrize(
    ("answer", "allowed", "kept"),
    [
        ("once", True, []),
        ("refuse", False, []),
        ("session", True, []),
        ("project", True, [HOST]),
        ("never", False, [Grant("never", "example.org")]),
    ],
)
async def test_a_host_is_asked_about_while_the_cell_waits(answer: HostAnswer, allowed: bool, kept: list[Grant]) -> None:
    book = Book()
    async with bench(book=book) as it:
        question = await asked(it)
        assert (question.action, question.host, question.port) == (it.last.action, "example.org", 443)
        assert it.controller.transcript.host == question
        it.send(AnswerHost("example.org", 443, answer))
        assert await it.until(HostAnswered) == HostAnswered(it.last.action, "example.org", 443, answer)
        assert it.kernel.answers == [("example.org", 443, allowed)]
        assert book.items == kept
        assert it.controller.transcript.grants == ([HOST] if answer == "session" else [])
        assert it.controller.transcript.host is None


async def test_an_answer_about_another_host_answers_nothing() -> None:
    async with bench(book=Book()) as it:
        await asked(it)
        it.send(AnswerHost("example.net", 443, "project"), AnswerHost("example.org", 80, "once"))
        await it.until(Failed, 2)
        assert (it.kernel.answers, it.kernel.grants) == ([], ())


async def test_each_host_is_asked_about_once_one_after_the_other_and_not_without_end() -> None:
    async with bench() as it:
        await asked(it, "h0.example.org")
        on_host = it.kernel.on_host
        assert on_host is not None
        for number in range(9):
            on_host(f"h{number}.example.org", 443)
            on_host(f"h{number}.example.org", 443)
        assert len(it.all(HostAsked)) == 1
        assert set(it.kernel.answers) == {(f"h{number}.example.org", 443, False) for number in (6, 7, 8)}
        for number in range(6):
            it.send(AnswerHost(f"h{number}.example.org", 443, "refuse"))
        await it.until(HostAnswered, 6)
        assert [event.host for event in it.all(HostAsked)] == [f"h{number}.example.org" for number in range(6)]


@pytest.mark.parametrize(("host", "port"), [("localhost", 80), ("10.0.0.1", 80), ("x", 443), ("exa mple.org", 443)])
async def test_what_no_setting_could_open_is_refused_unasked(host: str, port: int) -> None:
    async with bench() as it:
        it.send(RunUserCode("hang"))
        await it.kernel.began.wait()
        assert it.kernel.on_host is not None
        it.kernel.on_host(host, port)
        assert it.kernel.answers == [(host, port, False)]
        assert it.all(HostAsked) == []


async def test_between_cells_nobody_is_asked() -> None:
    async with bench() as it:
        assert it.kernel.on_host is not None
        it.kernel.on_host("example.org", 443)
        assert it.kernel.answers == [("example.org", 443, False)]


async def test_the_question_goes_with_the_cell() -> None:
    async with bench(book=Book()) as it:
        await asked(it)
        forgotten = it.kernel.forgotten
        it.send(Interrupt())
        answered = await it.until(HostAnswered)
        assert (answered.answer, answered.by) == ("refuse", "end")
        await it.until(CellFinished)
        assert it.kernel.forgotten > forgotten
        it.send(AnswerHost("example.org", 443, "project"))
        assert (await it.until(Failed)).error == "OpRefused"
        assert it.kernel.grants == ()


async def test_a_question_that_nobody_answers_counts_as_refused() -> None:
    async with bench() as it:
        it.send(RunUserCode("hang"))
        await it.kernel.began.wait()
        ledger = it.controller._ledger  # pyright: ignore[reportPrivateUsage]
        questions = HostQuestions(ledger, it.kernel, lambda: it.last.action, seconds=0.01)
        questions.on_host("example.org", 443)
        answered = await it.until(HostAnswered)
        assert (answered.answer, answered.by) == ("refuse", "time")
        assert it.kernel.answers == [("example.org", 443, False)]


async def test_an_answer_that_can_t_be_kept_leaves_the_question_open() -> None:
    async with bench(book=Book(broken=True)) as it:
        await asked(it)
        it.send(AnswerHost("example.org", 443, "project"))
        await it.until(Failed)
        assert it.kernel.answers == []
        it.send(AnswerHost("example.org", 443, "once"))
        await it.until(HostAnswered)
