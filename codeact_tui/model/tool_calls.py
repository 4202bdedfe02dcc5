"""Reads a native tool call as its JSON streams, so that the code can be shown while it is written. Pure."""

import re

import msgspec

from codeact_tui.model.base import ToolCallDelta

__all__ = ["TOOL_NAME", "ToolCallReader"]

TOOL_NAME = "run_python"

_CODE_KEY = re.compile(r'\s*\{\s*"code"\s*:\s*"')
_LONGEST_KEY = 100
_PLAIN = re.compile(r'[^"\\]+')
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a character in two halves
    r'|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|["\\/bfnrt])'
)
_LONGEST_ESCAPE = len(r"\ud83d\udc0d")


class _Arguments(msgspec.Struct):
    code: str


class ToolCallReader:
    """Puts one tool call together from its deltas; notices when there are more."""

    def __init__(self) -> None:
        self.id: str | None = None
        """The call's id."""
        self.several = False
        """There was more than one call."""
        self.begun = False
        """There was at least one."""
        self._first: int | None = None
        self._name = ""
        self._arguments: list[str] = []
        self._preview = _CodePreview()

    @property
    def code(self) -> str | None:
        """The code; None while the arguments are not whole, or when they are not what was agreed."""
        if self._name not in {"", TOOL_NAME}:
            return None
        try:
            return msgspec.json.decode("".join(self._arguments), type=_Arguments).code
        except msgspec.DecodeError:
            return None

    def feed(self, delta: ToolCallDelta) -> str:
        """Take a delta; give the code in it, as far as it can be read."""
        self.begun = True
        if self._first is None:
            self._first = delta.index
        if delta.index != self._first or (delta.id and self.id and delta.id != self.id):
            self.several = True
            return ""
        self.id = self.id or delta.id or None
        if delta.name != self._name:  # some servers say it again with every delta
            self._name += delta.name
        self._arguments.append(delta.arguments)
        return self._preview.feed(delta.arguments)


class _CodePreview:
    """The string after `{"code": "`, unescaped as it comes."""

    def __init__(self) -> None:
        self._held = ""
        self._inside = False
        self._over = False

    def feed(self, text: str) -> str:
        if self._over:
            return ""
        self._held += text
        if not self._inside:
            opening = _CODE_KEY.match(self._held)
            if opening is None:
                self._over = len(self._held) > _LONGEST_KEY
                return ""
            self._inside, self._held = True, self._held[opening.end() :]
        return self._unescape()

    def _unescape(self) -> str:
        shown: list[str] = []
        position, held = 0, self._held
        while position < len(held):
            step = _PLAIN.match(held, position)
            if step is not None:
                shown.append(step[0])
                position = step.end()
                continue
            if held[position] == '"':
                self._over = True
                break
            escape = _ESCAPE.match(held, position)
            if escape is None:
                self._over = len(held) - position >= _LONGEST_ESCAPE
                break
            shown.append(msgspec.json.decode(f'"{escape[0]}"', type=str))
            position = escape.end()
        self._held = held[position:]
        return "".join(shown)
