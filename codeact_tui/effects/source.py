"""IPython's own syntax taken out of a cell: shell lines and magics as effects, the rest as Python."""

import re

from codeact_tui.effects.base import Effect, EffectKind
from codeact_tui.effects.installing import installed_by, is_installer, packages_of

__all__ = ["split_source"]

_SHELL_CELL = frozenset({"bash", "sh", "script", "system", "sx", "!", "ruby", "perl", "javascript", "js", "cmd"})
_SHELL_LINE = frozenset({"system", "sx", "sc", "alias"})
_FILE_LINE: dict[str, EffectKind] = {
    "run": "dynamic",
    "load": "read",
    "loadpy": "read",
    "env": "environment",
    "set_env": "environment",
    "store": "write",
    "save": "write",
    "logstart": "write",
    "notebook": "write",
}
_HARMLESS = frozenset(
    {"matplotlib", "pwd", "ls", "who", "who_ls", "whos", "precision", "pprint", "lsmagic", "magic", "quickref"}
    | {"autoreload", "pinfo", "pinfo2", "pdoc", "psource"}
)
_STATEMENT = frozenset({"time", "timeit", "prun", "memit"})
"""Magics of a line that run what follows."""
_OPTIONS = re.compile(r"(?:-[A-Za-z]+(?:[ \t]*\d+)?[ \t]+)*")
_LOOKS = frozenset({"list", "show", "freeze", "check", "--version", "-V"})
"""What an installer only tells by."""
_LINE = re.compile(r"^(\s*)(?:([A-Za-z_][\w, ]*?)\s*=\s*)?(!!?|%)(?!=)(.*)$")
_CELL = re.compile(r"\A\s*%%([\w!]+)[^\n]*\n?")


def split_source(code: str) -> tuple[str, list[Effect]]:
    """Take magics out of a cell.

    Returns:
        Python of the same number of lines, and what the magics do.
    """
    cell = _CELL.match(code)
    if cell and cell[1] in _SHELL_CELL:
        return "", _shell(code[cell.end() :].strip(), 1)
    if cell and cell[1] == "writefile":
        return "", [Effect(1, "write", cell[0].split(maxsplit=1)[-1].replace("-a ", "").strip())]
    lines = code.split("\n")
    effects: list[Effect] = []
    if cell:
        setup = code[cell.end(1) : cell.end()].strip() if cell[1] == "timeit" else ""
        lines[code[: cell.start(1)].count("\n")] = _OPTIONS.sub("", f"{setup} ", count=1).strip()
        if cell[1] not in {"time", "timeit", "capture", "prun"}:
            effects.append(Effect(1, "unknown", f"%%{cell[1]}"))
    for number, line in enumerate(lines):
        found = _LINE.match(line)
        if found is not None and _is_magic(lines, number):
            rest = _with_continuation(found[4].strip(), lines, number)
            name, _, arguments = rest.partition(" ")
            if found[3] == "%" and not name.isidentifier():
                continue
            if found[3] == "%" and name in _STATEMENT:
                lines[number] = found[1] + (_OPTIONS.sub("", f"{arguments} ", count=1).strip() or "pass")
                continue
            effects += _magic(found[3], rest, number + 1)
            lines[number] = f"{found[1]}{found[2] or '_'} = None"
    return "\n".join(lines), effects


def _with_continuation(rest: str, lines: list[str], number: int) -> str:
    """Take the lines that a backslash joins to this one; they are emptied."""
    while rest.endswith("\\") and number + 1 < len(lines):
        number += 1
        rest = f"{rest[:-1]} {lines[number].strip()}"
        lines[number] = ""
    return rest


def _is_magic(lines: list[str], number: int) -> bool:
    """Say whether a line that looks like a magic is one, and not the rest of an expression above."""
    before = lines[number - 1].rstrip() if number else ""
    return not before.endswith(("\\", "(", "[", "{", ",", "%"))


def _magic(sign: str, rest: str, line: int) -> list[Effect]:
    if sign.startswith("!"):
        return _shell(rest, line)
    name, _, arguments = rest.partition(" ")
    if is_installer(name):
        return _installer(name, arguments, line)
    if name == "cd":
        return [Effect(line, "environment", f"working folder {arguments.strip()}".rstrip())]
    if name in _SHELL_LINE:
        return _shell(arguments, line)
    if name in _FILE_LINE:
        return [Effect(line, _FILE_LINE[name], arguments.strip())]
    return [] if name in _HARMLESS and "{" not in arguments else [Effect(line, "unknown", f"%{name}")]


def _shell(command: str, line: int) -> list[Effect]:
    return [Effect(line, "process", command), *(Effect(line, "install", each) for each in installed_by(command))]


def _installer(name: str, arguments: str, line: int) -> list[Effect]:
    """What `%pip` and its like do: they install, tell, or change what is there."""
    words = arguments.split()
    packages = packages_of(words)
    if packages is not None:
        return [Effect(line, "install", packages)]
    return [] if words and words[0] in _LOOKS else [Effect(line, "process", f"{name} {' '.join(words)}".rstrip())]
