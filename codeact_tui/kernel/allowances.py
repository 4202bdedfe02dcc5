"""What a kernel's sandbox lets through: what the settings and grants say, and what cells have made of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from codeact_tui.protocol.permissions import Grant
from codeact_tui.protocol.refusals import Refusal
from codeact_tui.sandbox.connections import Connections
from codeact_tui.sandbox.granting import files_of, granted
from codeact_tui.sandbox.hosts import AllowedHosts
from codeact_tui.sandbox.programs import Programs

if TYPE_CHECKING:
    from codeact_tui.sandbox.choice import SandboxSettings
    from codeact_tui.sandbox.provisioner import Confinement

__all__ = ["Allowances"]

_WITHOUT_PROGRAMS = ("container", "seatbelt")
"""Mechanisms without the filter of system calls that tells of them."""


class Allowances:
    """Follows one session's kernels: what the next one is to be let through to, and what the one that runs is.

    Args:
        sandbox: How cells are confined; None for not at all.

    Attributes:
        sandbox: The same, without grants.
        wanted: With all that is granted now; what the next kernel is confined by.
        hosts: What may be reached.
        connections: What was.
        programs: Which were started.
    """

    def __init__(self, sandbox: "SandboxSettings | None") -> None:
        self.sandbox = sandbox
        self.wanted = sandbox
        self.hosts = AllowedHosts(sandbox.network if sandbox else ())
        self.connections = Connections(on_asked=self.hosts.on_asked)
        self.programs = Programs()
        self._given = sandbox
        self._confinement: Confinement | None = None

    @property
    def mechanism(self) -> str:
        """What confines the kernel; "none" for nothing."""
        return "none" if self._confinement is None else self._confinement.mechanism

    @property
    def up_to_date(self) -> bool:
        """The kernel that runs was given what is wanted now."""
        return self.wanted == self._given

    @property
    def sees_programs(self) -> bool:
        """It is told which programs cells start."""
        return self._confinement is not None and self._confinement.mechanism not in _WITHOUT_PROGRAMS

    def entered(self, confinement: "Confinement | None", given: "SandboxSettings | None") -> None:
        """A kernel runs in this from now on, made of these settings."""
        confined = confinement is not None and confinement.mechanism != "none"
        self._confinement = confinement if confined else None
        self._given = given

    def allow(self, grants: Sequence[Grant], *, running: bool) -> bool:
        """Let through what is granted; say whether the kernel that runs has to be started anew for some of it."""
        if self.sandbox is None:
            return False
        self.wanted = granted(self.sandbox, grants)
        self.hosts.grant(
            [grant.value for grant in grants if grant.setting == "network"],
            [grant.value for grant in grants if grant.setting == "never"],
        )
        confinement = self._confinement
        if not running or confinement is None or self._given is None:
            return False
        if self.hosts.told:
            policy = msgspec.structs.replace(confinement.policy, network=self.hosts.allowed)
            self._confinement = msgspec.structs.replace(confinement, policy=policy)
            return files_of(self.wanted) != files_of(self._given)
        return not self.up_to_date

    def hold_network(self, *, held: bool) -> bool:
        """Let nothing through to the network, or again what is allowed; False where no sandbox stands between."""
        self.hosts.hold(held=held)
        return self._confinement is not None

    def refused(self, error_text: str) -> tuple[Refusal, ...]:
        """Find what of a failed cell's error was the sandbox's doing; nothing without one."""
        if self._confinement is None:
            return ()
        from codeact_tui.sandbox.refusals import refusals

        return tuple(refusals(error_text, self._confinement.policy, self._confinement.mechanism))
