import pytest

from codeact_tui.config.schema import Config, SessionConfig
from codeact_tui.effects.analysis import analyse
from codeact_tui.protocol.events import ActionApproved, ApprovalRequested
from codeact_tui.protocol.ops import Approve, Policy, SubmitPrompt
from codeact_tui.session.approvals import Allowance, decider
from tests.session.bench import act, bench

COMPUTES, READS, READS_AWAY = "1 + 1", "open('data/x')", "open('/etc/passwd')"
READS_UP, WRITES, UNKNOWN, BROKEN = "open('../x')", "open('x', 'w')", "clean(df)", "def"


def decide(
    policy: Policy, code: str, *, allowance: Allowance = "", confined: bool = True, earlier: int | None = None
) -> str:
    return decider(policy, allowance, analyse(code), folder="/work/here", confined=confined, earlier_actions=earlier)


@pytest.mark.parametrize(
    ("policy", "code", "by"),
    [
        ("ask", COMPUTES, "user"),
        ("safe", COMPUTES, "safe"),
        ("safe", READS, "safe"),
        ("safe", "open('/work/here/x')", "safe"),
        ("safe", "open('/work/hereabouts/x')", "user"),
        ("safe", READS_AWAY, "user"),
        ("safe", READS_UP, "user"),
        ("safe", "open('~/x')", "user"),
        ("safe", "open(name)", "user"),
        ("safe", WRITES, "user"),
        ("safe", UNKNOWN, "user"),
        ("safe", BROKEN, "user"),
        ("sandbox", WRITES, "sandbox"),
        ("sandbox", BROKEN, "sandbox"),
        ("turn", WRITES, "turn"),
        ("all", WRITES, "all"),
    ],
)
def test_who_decides(policy: Policy, code: str, by: str) -> None:
    assert decide(policy, code) == by


def test_without_a_sandbox_only_what_is_harmless_runs() -> None:
    assert decide("sandbox", WRITES, confined=False) == "user"
    assert decide("sandbox", READS, confined=False) == "safe"


def test_the_first_actions_are_judged_a_step_stricter() -> None:
    assert [decide("safe", COMPUTES, earlier=count) for count in range(4)] == ["user", "user", "user", "safe"]
    assert decide("sandbox", WRITES, earlier=2) == "user"
    assert decide("sandbox", READS, earlier=2) == "safe"
    assert decide("sandbox", WRITES, earlier=3) == "sandbox"
    assert decide("all", WRITES, earlier=0) == "all"


@pytest.mark.parametrize("code", [WRITES, UNKNOWN, BROKEN, "!ls", "import os\nos.remove('x')", "eval('1')"])
def test_a_careful_turn_stops_where_something_may_change(code: str) -> None:
    assert decide("ask", code, allowance="careful") == "user"
    assert decide("ask", READS_AWAY, allowance="careful") == "careful"
    assert decide("ask", code, allowance="turn") == "turn"


async def test_a_policy_lets_harmless_actions_run_once_the_session_is_warm() -> None:
    config = Config(session=SessionConfig(policy="safe"))
    async with bench([act("x = 1")] * 3 + [act("print(x)"), act(WRITES)], config=config) as it:
        it.send(SubmitPrompt("go"))
        for count in range(3):
            await it.until(ApprovalRequested, count + 1)
            it.approve()
        asked = await it.until(ApprovalRequested, 4)
        assert [event.by for event in it.all(ActionApproved)] == ["user", "user", "user", "safe"]
        assert [effect.kind for effect in asked.effects] == ["write"]
        assert [event.early for event in it.all(ApprovalRequested)] == [True, True, True, False]


async def test_what_is_asked_about_at_any_time_is_not_said_to_be_early() -> None:
    config = Config(session=SessionConfig(policy="safe"))
    async with bench([act(WRITES)], config=config) as it:
        it.send(SubmitPrompt("go"))
        assert not (await it.until(ApprovalRequested)).early
    async with bench([act("x = 1")]) as it:
        it.send(SubmitPrompt("go"))
        assert not (await it.until(ApprovalRequested)).early


async def test_the_rest_of_a_turn_can_be_let_run_with_care() -> None:
    async with bench([act("x = 1"), act("print(x)"), act(WRITES)]) as it:
        it.send(SubmitPrompt("go"))
        asked = await it.until(ApprovalRequested)
        it.send(Approve(asked.action, asked.revision, asked.sha256, scope="careful"))
        await it.until(ApprovalRequested, 2)
        assert [event.by for event in it.all(ActionApproved)] == ["user", "careful"]
