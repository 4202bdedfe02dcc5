"""What the user allows for longer than once: rules about what cells do, and grants of what the sandbox refuses."""

from typing import Literal

from msgspec import Struct

from codeact_tui.protocol.ids import ActionId

__all__ = [
    "AddRules",
    "AllowRefused",
    "Allowed",
    "AnswerHost",
    "Grant",
    "GrantSetting",
    "HostAnswer",
    "HostAnswered",
    "HostAsked",
    "ListPermissions",
    "Permission",
    "PermissionScope",
    "PermissionsListed",
    "RemovePermission",
    "Rule",
    "RuleKind",
    "RulesAdded",
    "RulesRemoved",
    "SandboxGranted",
    "SandboxRevoked",
]

RuleKind = Literal["compute", "read", "write", "delete", "network", "process", "install"]

PermissionScope = Literal["session", "project", "user"]
"""session: as long as this session, also when it is opened again. project: every session in this folder. user: the
user's own config.toml."""

GrantSetting = Literal["readable", "writable", "workspace", "network", "never"]
"""The settings of `[sandbox]`; never: a host that is not asked for again."""

HostAnswer = Literal["once", "session", "project", "refuse", "never"]
"""once: until the cell ends. refuse: the same, for no. never: no, and it is not asked for again in this project."""


class Rule(Struct, frozen=True, order=True, tag="rule"):
    """What runs unasked: cells that do this, and what other rules allow, and nothing else."""

    kind: RuleKind
    """compute: nothing but computing."""
    target: str = ""
    """A folder or a file, a host, a command line, the names of packages. Paths are told from the project's folder."""


class Grant(Struct, frozen=True, order=True, tag="grant"):
    """A setting of the sandbox, beside those of the user's own file."""

    setting: GrantSetting
    value: str
    """What stands in it: a path, a host, `writable`."""


class Allowed(Struct, frozen=True):
    """All that is allowed somewhere."""

    rules: tuple[Rule, ...] = ()
    grants: tuple[Grant, ...] = ()


class Permission(Struct, frozen=True):
    """Something that is allowed, and for how long."""

    item: Rule | Grant
    scope: PermissionScope


# -- ops


class AddRules(Struct, frozen=True, tag="add_rules"):
    """Let these run unasked from now on; and the action that waits, if they cover it as it was shown."""

    rules: tuple[Rule, ...]
    scope: PermissionScope = "project"
    """`user` is no place for rules: a rule is about one project."""
    action: ActionId | None = None
    revision: int = 0
    sha256: str = ""


class AnswerHost(Struct, frozen=True, tag="answer_host"):
    """Answer whether a host may be reached."""

    host: str
    port: int
    answer: HostAnswer


class AllowRefused(Struct, frozen=True, tag="allow_refused"):
    """Grant what the sandbox has refused to a cell: exactly what was offered there."""

    action: ActionId
    grant: Grant
    scope: PermissionScope


class RemovePermission(Struct, frozen=True, tag="remove_permission"):
    """Take back a rule or a grant."""

    permission: Permission


class ListPermissions(Struct, frozen=True, tag="list_permissions"):
    """Ask for all that is allowed here. Answered by `PermissionsListed`."""


# -- events


class RulesAdded(Struct, frozen=True, tag="rules_added"):
    """Cells that do this run unasked from now on."""

    rules: tuple[Rule, ...]
    scope: PermissionScope


class RulesRemoved(Struct, frozen=True, tag="rules_removed"):
    """They are asked about again."""

    rules: tuple[Rule, ...]
    scope: PermissionScope


class HostAsked(Struct, frozen=True, tag="host_asked"):
    """The cell that runs wants to reach a host that it may not; its connection waits for the user."""

    action: ActionId
    host: str
    port: int
    seconds: float
    """Until it counts as refused."""


class HostAnswered(Struct, frozen=True, tag="host_answered"):
    """The question about a host is closed."""

    action: ActionId
    host: str
    port: int
    answer: HostAnswer
    by: Literal["user", "time", "end"] = "user"
    """time: nobody answered. end: the cell has ended."""


class SandboxGranted(Struct, frozen=True, tag="sandbox_granted"):
    """The sandbox lets something through that it did not."""

    grant: Grant
    scope: PermissionScope
    restart: bool = False
    """From the kernel's next start on."""


class SandboxRevoked(Struct, frozen=True, tag="sandbox_revoked"):
    """A grant was taken back."""

    grant: Grant
    scope: PermissionScope
    restart: bool = False
    """The kernel that runs has it until it is started anew."""


class PermissionsListed(Struct, frozen=True, tag="permissions_listed"):
    """Answers `ListPermissions`. Transient."""

    permissions: tuple[Permission, ...]
