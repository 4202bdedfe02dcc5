"""Rules about what may run unasked: in plain words, and held against what a cell would do. Pure.

A rule covers what its words say and nothing more. What can't be told of a cell is covered by none.
"""

import posixpath
import re
import shlex
from collections.abc import Callable, Sequence

from msgspec import Struct

from codeact_tui.effects.base import Analysis, Effect
from codeact_tui.protocol.permissions import PermissionScope, Rule, RuleKind
from codeact_tui.protocol.visible import has_invisible

__all__ = ["MOST_RULES", "NotARule", "Place", "covering", "offered", "parse_rule", "rule_words", "sentence"]

MOST_RULES = 200
"""In one project, and in one session."""
TARGET_CHARS = 400
"""What the analysis cuts a target to: one that is as long may have been cut."""

_VERBS: dict[RuleKind, str] = {
    "compute": "what only computes",
    "read": "reading",
    "write": "writing",
    "delete": "deleting",
    "network": "reaching",
    "process": "running",
    "install": "installing",
}
_FILES: dict[str, RuleKind] = {"read": "read", "write": "write", "delete": "delete"}
_SCOPES: dict[PermissionScope, str] = {"session": "in this session", "project": "in this project"}
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,250}[a-z0-9_])?(?::[0-9]{1,5})?", re.ASCII)
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(?:\[[A-Za-z0-9._,-]{1,100}\])?(?:==[A-Za-z0-9.+!]{1,50})?")
_MEANS_MORE = re.compile(r"[$`{}…\n\r]")
"""What stands for something else in a command line when it is run."""
_PLACEHOLDER = re.compile(r"(?:subprocess|os|pty|asyncio|webbrowser|multiprocessing)(?:\.\w+)+")
"""What the analysis says where it knows the call and not the command."""


class NotARule(ValueError):
    """The words say no rule; the message says what is wrong with them."""


class Place(Struct, frozen=True):
    """Where a cell runs."""

    folder: str
    """The project's: an absolute path, no symbolic links. What rules tell paths from."""
    working: str = ""
    """Where relative paths of the cell begin; empty for the project's folder."""
    real: Callable[[str], str] = posixpath.normpath
    """Follows symbolic links, as far as there are any."""

    def whole(self, path: str, *, of_cell: bool = True) -> str | None:
        """Give the absolute path that is meant; None where that can't be told."""
        wild = any(sign in path for sign in "*?[")
        if not path or path.startswith("~") or "\0" in path or "://" in path or (wild and ".." in path):
            return None
        if has_invisible(path) or "\n" in path or len(path) >= TARGET_CHARS:
            return None
        base = (self.working or self.folder) if of_cell else self.folder
        return self.real(posixpath.join(base, path))


def rule_words(rule: Rule) -> str:
    """Write a rule: `reading ./data`."""
    return f"{_VERBS[rule.kind]} {_quoted(rule)}".rstrip() if rule.kind != "compute" else _VERBS["compute"]


def sentence(rule: Rule, scope: PermissionScope) -> str:
    """Write a rule with what it is worth: `always allow reading ./data in this project`."""
    return f"always allow {rule_words(rule)} {_SCOPES.get(scope, '')}".strip()


def parse_rule(text: str, *, scope: PermissionScope = "project") -> tuple[Rule, PermissionScope]:
    """Read a rule as `sentence` writes it; the first two words may be left out, and so may the place.

    Raises:
        NotARule: The message says what is wrong.
    """
    words = " ".join(text.split())
    if has_invisible(text):
        raise NotARule("there are characters in it that can't be seen")
    if words.lower().startswith("always allow "):
        words = words[len("always allow ") :]
    for name, place in _SCOPES.items():
        if words.lower().endswith(" " + place):
            words, scope = words[: -len(place) - 1], name
    for kind, verb in _VERBS.items():
        if words == verb and kind == "compute":
            return Rule("compute"), scope
        if words.startswith(verb + " ") and kind != "compute":
            return Rule(kind, _target(kind, words[len(verb) + 1 :].strip())), scope
    verbs = ", ".join(verb for kind, verb in _VERBS.items() if kind != "compute")
    raise NotARule(f"a rule begins with {verbs}, or is: what only computes")


def offered(told: Analysis, place: Place) -> tuple[Rule, ...] | None:
    """Give the rules by which a cell like this one would run unasked; None where none can say it.

    A file is offered by the folder that it lies in, where that is one below the project's; a command line as it is.
    """
    if told.problem:
        return None
    found: dict[Rule, None] = {}
    for effect in told.effects:
        rule = _rule_for(effect, place)
        if rule is None:
            return None
        found[rule] = None
    return tuple(sorted(found)) or (Rule("compute"),)


def covering(rules: Sequence[Rule], told: Analysis, place: Place) -> tuple[Rule, ...]:
    """Give the rules by which a cell may run; none where one of its effects is covered by none of them."""
    if told.problem:
        return ()
    if not told.effects:
        return tuple(rule for rule in rules if rule.kind == "compute")[:1]
    used: dict[Rule, None] = {}
    for effect in told.effects:
        rule = next((each for each in rules if _covers(each, effect, place)), None)
        if rule is None:
            return ()
        used[rule] = None
    return tuple(used)


def _covers(rule: Rule, effect: Effect, place: Place) -> bool:
    if rule.kind != effect.kind or not effect.target or len(effect.target) >= TARGET_CHARS:
        return False
    match effect.kind:
        case "read" | "write" | "delete":
            if effect.kind != "read" and any(sign in effect.target for sign in "*?["):
                return False  # it stands for paths that are not known yet, and a link may be among them
            wanted, given = place.whole(effect.target), place.whole(rule.target, of_cell=False)
            named = posixpath.normpath(posixpath.join(place.folder, rule.target))  # a link could lead elsewhere by now
            return wanted is not None and given == named and _lies_in(wanted, named)
        case "network":
            return _HOST.fullmatch(effect.target.lower()) is not None and effect.target.lower() == rule.target
        case "process":
            return _is_plain_command(effect.target) and effect.target == rule.target
        case "install":
            return _packages(effect.target) != set() and _packages(effect.target) <= _packages(rule.target)
        case _:
            return False


def _rule_for(effect: Effect, place: Place) -> Rule | None:
    """Give the rule that would be offered for an effect."""
    target = effect.target
    if (kind := _FILES.get(effect.kind)) is not None:
        whole = place.whole(target)
        if whole is None or whole == "/":
            return None
        folder = whole if kind == "delete" else posixpath.dirname(whole)
        shown = _told_from(folder if _is_below(folder, place.folder) else whole, place.folder)
        rule = Rule(kind, shown)
    elif effect.kind == "network" and _HOST.fullmatch(target.lower()):
        rule = Rule("network", target.lower())
    elif effect.kind == "process" and _is_plain_command(target):
        rule = Rule("process", target)
    elif effect.kind == "install" and _packages(target):
        rule = Rule("install", " ".join(sorted(_packages(target))))
    else:
        return None
    return rule if _covers(rule, effect, place) else None


def _target(kind: RuleKind, text: str) -> str:
    """Check what stands behind the verb of a rule."""
    if not text or len(text) >= TARGET_CHARS:
        raise NotARule("it has to say what" if not text else "it is too long")
    if kind in _FILES:
        try:
            [path] = shlex.split(text)
        except ValueError:
            raise NotARule("name one folder or file; with blanks in it, in quotes") from None
        if path.startswith("~") or "://" in path or any(sign in path for sign in "*?["):
            raise NotARule("name a folder or a file by its path: ./data or /data")
        whole = posixpath.normpath(path)
        if posixpath.normpath(posixpath.join("/", whole)) == "/" and whole != ".":
            raise NotARule("that is every file there is")
        return whole if whole.startswith(("/", "..")) or whole == "." else f"./{whole}"
    if kind == "network":
        if not _HOST.fullmatch(text.lower()):
            raise NotARule("name one host, such as api.example.org")
        return text.lower()
    if kind == "process":
        if not _is_plain_command(text):
            raise NotARule("$, `, { and } in a command stand for something else each time")
        return text
    if not _packages(text):
        raise NotARule("name packages, as pip install takes them")
    return " ".join(sorted(_packages(text)))


def _packages(text: str) -> set[str]:
    """Give the names of packages; none where any of the words is something else, such as an address or a folder."""
    words = text.split()
    return set(words) if all(_PACKAGE.fullmatch(word) for word in words) else set()


def _is_plain_command(text: str) -> bool:
    if _MEANS_MORE.search(text) or has_invisible(text) or _PLACEHOLDER.fullmatch(text):
        return False
    return 0 < len(text) < TARGET_CHARS and text == " ".join(text.split())


def _quoted(rule: Rule) -> str:
    return shlex.quote(rule.target) if rule.kind in _FILES else rule.target


def _told_from(path: str, folder: str) -> str:
    return f"./{posixpath.relpath(path, folder)}" if _is_below(path, folder) else path


def _is_below(path: str, folder: str) -> bool:
    return path != folder and _lies_in(path, folder)


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
