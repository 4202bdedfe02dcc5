"""`codeact policy list` and `remove`: what is allowed in a project for longer than once."""

from collections.abc import Sequence
from pathlib import Path

from codeact_tui.cli.chat import project_folder
from codeact_tui.cli.printing import clean_line, print_json, say
from codeact_tui.config.loading import load
from codeact_tui.effects.rules import NotARule, parse_rule, sentence
from codeact_tui.errors import CodeActError
from codeact_tui.parts import project_permissions
from codeact_tui.protocol.permissions import Allowed, Grant, Rule
from codeact_tui.session.permission_words import grant_words

__all__ = ["list_permissions", "remove_permissions"]

_LIST = "`codeact policy list` shows them with their numbers."


def list_permissions(folder: Path | None, *, as_json: bool) -> None:
    """Print the rules and grants of a project, numbered; and what the user's own settings open everywhere.

    Raises:
        CodeActError: A setting can't be used, or the folder is not there.
    """
    place = project_folder(folder)
    loaded = load(place)
    items = _items(project_permissions(place, loaded.user_file).read())
    if as_json:
        print_json([_as_json(item) for item in items])
        return
    for number, item in enumerate(items, start=1):
        say(clean_line(f"{number}. {_words(item)}"))
    if not items:
        say("Nothing is allowed here beyond a session. `a` at an action offers a rule.")
    sandbox = loaded.config.sandbox
    opened = [
        *(Grant("readable", path) for path in sandbox.readable),
        *(Grant("writable", path) for path in sandbox.writable),
        *(Grant("network", host) for host in sandbox.network),
    ]
    for grant in opened:
        say(clean_line(f"by the settings: cells may {grant_words(grant)}"))


def remove_permissions(folder: Path | None, which: Sequence[str], *, everything: bool) -> None:
    """Take back rules and grants of a project; sessions that are open heed it at their next action.

    Args:
        folder: The project's.
        which: Their numbers, or a rule in words.
        everything: All of them.

    Raises:
        CodeActError: One is not there; then none is taken back.
    """
    place = project_folder(folder)
    book = project_permissions(place, load(place).user_file)
    items = _items(book.read())
    if not which and not everything:
        raise CodeActError("It is not said which to remove.", remedy=_LIST)
    chosen = items if everything else [_chosen(text, items) for text in which]
    book.remove(*chosen)
    for item in dict.fromkeys(chosen):
        say(clean_line(f"No longer: {_words(item)}."))
    if not chosen:
        say("There was nothing to remove.")


def _items(allowed: Allowed) -> list[Rule | Grant]:
    return [*allowed.rules, *allowed.grants]


def _chosen(text: str, items: Sequence[Rule | Grant]) -> Rule | Grant:
    if text.isascii() and text.isdecimal():
        if 1 <= int(text[:9]) <= len(items):
            return items[int(text[:9]) - 1]
        raise CodeActError(f"There is no number {clean_line(text[:20])}.", remedy=_LIST)
    try:
        rule, _ = parse_rule(text)
    except NotARule as error:
        raise CodeActError(f"That is no number and no rule: {error}.", remedy=_LIST) from error
    if rule not in items:
        raise CodeActError(f"There is no such rule here: {clean_line(sentence(rule, 'project'))}.", remedy=_LIST)
    return rule


def _words(item: Rule | Grant) -> str:
    if isinstance(item, Rule):
        return sentence(item, "project")
    return f"cells {'' if item.setting == 'never' else 'may '}{grant_words(item)} in this project"


def _as_json(item: Rule | Grant) -> dict[str, str]:
    if isinstance(item, Rule):
        return {"rule": item.kind, "target": item.target, "words": _words(item)}
    return {"grant": item.setting, "value": item.value, "words": _words(item)}
