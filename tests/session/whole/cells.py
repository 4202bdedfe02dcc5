"""What cells do in the property tests of time travel: the code of each, and the same in plain Python."""

import random
from dataclasses import dataclass, field
from typing import Any

__all__ = ["BAD", "DIES", "KINDS", "Files", "Names", "Work"]

Files = dict[str, "str | None"]
"""Paths in the workspace and their text; None for a folder."""
Names = dict[str, Any]

BAD = "torn"
"""What a cell leaves that dies in the middle."""
DIES = "dies"


@dataclass
class Work:
    """A cell: what is sent, and what it does to names and files."""

    kind: str
    name: str
    value: int
    mark: str = ""
    """Makes the code of each cell another one."""
    printed: list[str] = field(default_factory=list[str])

    @property
    def code(self) -> str:
        """What the kernel is sent."""
        code = _CODES[self.kind].format(name=self.name, other=_OTHER[self.name], value=self.value)
        return f"{code}  # {self.mark}"

    def do(self, names: Names, files: Files) -> tuple[str, str]:
        """Do the same here; give what is printed and how it ends: `ok`, `error` or `died`."""
        self.printed = []
        try:
            getattr(self, f"_{self.kind}")(names, files)
        except (NameError, FileNotFoundError, ValueError):
            return "\n".join(self.printed), "error"
        return "\n".join(self.printed), "died" if self.kind == DIES else "ok"

    def _say(self, value: object) -> None:
        self.printed.append(str(value))

    def _assign(self, names: Names, _files: Files) -> None:
        names[self.name] = [self.value]
        self._say(names[self.name])

    def _append(self, names: Names, _files: Files) -> None:
        _get(names, self.name).append(self.value)
        self._say(names[self.name])

    def _alias(self, names: Names, _files: Files) -> None:
        names[_OTHER[self.name]] = _get(names, self.name)
        self._say(names[self.name])

    def _forget(self, names: Names, _files: Files) -> None:
        _get(names, self.name)
        del names[self.name]
        self._say("gone")

    def _define(self, names: Names, _files: Files) -> None:
        names["f"] = _Function(self.value)

    def _call(self, names: Names, _files: Files) -> None:
        found = [_get(names, "f").value, *_get(names, self.name)]
        names[self.name] = found
        self._say(found)

    def _bring(self, names: Names, _files: Files) -> None:
        names["m"] = "module"

    def _seed(self, names: Names, _files: Files) -> None:
        names["random"] = "module"
        names["·chance"] = random.Random(self.value)

    def _draw(self, names: Names, _files: Files) -> None:
        _get(names, "random")
        names[self.name] = [names["·chance"].randrange(1000)]
        self._say(names[self.name])

    def _write(self, _names: Names, files: Files) -> None:
        files[self.name] = f"{self.value}"

    def _nest(self, _names: Names, files: Files) -> None:
        files["d"] = None
        files[f"d/{self.name}"] = f"{self.value}"

    def _add(self, _names: Names, files: Files) -> None:
        files[self.name] = (files.get(self.name) or "") + f"{self.value}"
        self._say(files[self.name])

    def _remove(self, _names: Names, files: Files) -> None:
        if self.name not in files:
            raise FileNotFoundError
        del files[self.name]

    def _both(self, names: Names, files: Files) -> None:
        files[self.name] = str(_get(names, self.name))

    def _fails(self, names: Names, files: Files) -> None:
        names[self.name] = [self.value]
        files[self.name] = f"{self.value}"
        raise ValueError

    def _dies(self, names: Names, files: Files) -> None:
        files[self.name] = BAD


@dataclass
class _Function:
    value: int


_OTHER = {"a": "b", "b": "c", "c": "a"}
_PATH = "__import__('pathlib').Path"
_CODES = {
    "assign": "{name} = [{value}]; print({name})",
    "append": "{name}.append({value}); print({name})",
    "alias": "{other} = {name}; print({name})",
    "forget": "del {name}; print('gone')",
    "define": "def f(): return {value}",
    "call": "{name} = [f(), *{name}]; print({name})",
    "bring": "import json as m",
    "seed": "import random; random.seed({value})",
    "draw": "{name} = [random.randrange(1000)]; print({name})",
    "write": f"{_PATH}('{{name}}').write_text('{{value}}');",
    "nest": f"{_PATH}('d').mkdir(exist_ok=True); {_PATH}('d/{{name}}').write_text('{{value}}');",
    "add": f"{_PATH}('{{name}}').open('a').write('{{value}}'); print({_PATH}('{{name}}').read_text())",
    "remove": f"{_PATH}('{{name}}').unlink()",
    "both": f"{_PATH}('{{name}}').write_text(str({{name}}));",
    "fails": f"{{name}} = [{{value}}]; {_PATH}('{{name}}').write_text('{{value}}'); raise ValueError",
    "dies": f"a = b = c = f = m = 'torn'; {_PATH}('{{name}}').write_text('torn'); import os; os._exit(1)",
}
KINDS = tuple(_CODES)


def _get(names: Names, name: str) -> Any:
    if name not in names:
        raise NameError
    return names[name]
