"""Which mechanism is chosen, from what was found."""

import pytest

from codeact_tui.errors import KernelStartFailed
from codeact_tui.sandbox import choice
from codeact_tui.sandbox.choice import SandboxSettings, choose_mechanism
from codeact_tui.sandbox.detect import Finding, Findings
from codeact_tui.sandbox.policy import Mechanism, SandboxMode

YES, NO = Finding(True, "1.0"), Finding(False, "it is not there")
BOTH, OLD = Findings(YES, YES, YES), Findings(NO, YES, YES)
BARE, NOTHING, MAC = Findings(NO, NO, YES), Findings(NO, NO, NO), Findings(NO, NO, NO, seatbelt=YES)


@pytest.mark.parametrize(
    ("found", "mode", "chosen"),
    [
        (BOTH, "auto", "bubblewrap"),
        (BOTH, "landlock", "landlock"),
        (BOTH, "off", "none"),
        (OLD, "auto", "landlock"),
        (OLD, "require", "landlock"),
        (BARE, "auto", "limits"),
        (NOTHING, "auto", "none"),
        (MAC, "auto", "seatbelt"),
        (MAC, "require", "seatbelt"),
    ],
)
def test_the_strongest_that_works_is_chosen(
    monkeypatch: pytest.MonkeyPatch, found: Findings, mode: SandboxMode, chosen: Mechanism
) -> None:
    monkeypatch.setattr(choice, "find_mechanisms", lambda: found)
    assert choose_mechanism(SandboxSettings(mode)) == chosen


@pytest.mark.parametrize(
    ("found", "mode"),
    [(BARE, "require"), (NOTHING, "require"), (OLD, "bubblewrap"), (BARE, "landlock"), (NOTHING, "bubblewrap")],
)
def test_what_is_insisted_on_and_does_not_work_is_no_start(
    monkeypatch: pytest.MonkeyPatch, found: Findings, mode: SandboxMode
) -> None:
    monkeypatch.setattr(choice, "find_mechanisms", lambda: found)
    with pytest.raises(KernelStartFailed, match="it is not there"):
        choose_mechanism(SandboxSettings(mode))


@pytest.mark.parametrize(("found", "mode"), [(BOTH, "off"), (BARE, "auto"), (NOTHING, "auto")])
def test_a_folder_that_is_to_stay_as_it_is_needs_a_sandbox(
    monkeypatch: pytest.MonkeyPatch, found: Findings, mode: SandboxMode
) -> None:
    monkeypatch.setattr(choice, "find_mechanisms", lambda: found)
    with pytest.raises(KernelStartFailed, match="read-only"):
        choose_mechanism(SandboxSettings(mode, workspace_writable=False))
