"""What is granted beside the settings, added to them. Pure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from codeact_tui.protocol.permissions import Grant

if TYPE_CHECKING:
    from codeact_tui.sandbox.choice import SandboxSettings

__all__ = ["files_of", "granted"]


def granted(settings: "SandboxSettings", grants: Sequence[Grant]) -> "SandboxSettings":
    """Add grants to what the user's own file says."""

    def values(name: str) -> list[str]:
        return [grant.value for grant in grants if grant.setting == name]

    return replace(
        settings,
        workspace_writable=settings.workspace_writable or "writable" in values("workspace"),
        readable=tuple(dict.fromkeys([*settings.readable, *values("readable")])),
        writable=tuple(dict.fromkeys([*settings.writable, *values("writable")])),
        network=tuple(dict.fromkeys([*settings.network, *values("network")])),
    )


def files_of(settings: "SandboxSettings") -> tuple[object, ...]:
    """Give what of the settings a kernel keeps from its start to its end."""
    return settings.workspace_writable, frozenset(settings.readable), frozenset(settings.writable)
