"""Replaces what should not be shared, in every string of a session's events. Pure.

First all secrets are collected, then every occurrence of each is replaced: one that is recognised in `key = "…"` is
found again where it stands alone.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin

from msgspec import Struct
from msgspec.structs import fields, replace

from codeact_tui.errors import ConfigError
from codeact_tui.export.images import KINDS, NotAPicture, stripped_base64, without_svg_extras
from codeact_tui.export.patterns import find_secrets
from codeact_tui.protocol.events import ActionEdited, ActionProposed, Envelope
from codeact_tui.protocol.ids import code_sha256
from codeact_tui.protocol.terminal_text import plain_text

__all__ = ["Redactor"]

_KEPT_AS_THEY_ARE = frozenset(
    {"action", "session", "sha256", "rerun_of", "blob", "display_id", "tool_call", "sandbox", "finish"}
)
_KNOWN_CHARS_MIN = 8
_SHARED_MAX = 1_000
"""The most secrets that are looked for where they were not recognised; the longest first."""
_MIME_CHARS_MAX = 200
_DATA_IMAGE = re.compile(r"data:(image/(?:png|jpeg|gif|webp|bmp));base64,([A-Za-z0-9+/=\s]{40,})")
_TEXT_TYPES = ("text/", "application/json", "application/javascript", "image/svg+xml")
_COLOURED = re.compile(r"\x1b\[")
_PUBLIC_HOMES = frozenset({"root", "home", "user", "users", ""})


class Redactor:
    """Replaces secrets, the home folder's name, and what the user's own patterns find.

    Args:
        home: The home folder's path.
        known: Secrets that are known as such, by their names: keys of the environment.
        patterns: Regular expressions of what else is replaced.

    Raises:
        ConfigError: A pattern is no regular expression.
    """

    def __init__(self, home: str, known: Mapping[str, str] | None = None, patterns: Sequence[str] = ()) -> None:
        self.counts: Counter[str] = Counter()
        """How often what was replaced, by its kind."""
        self._own = [_compiled(pattern) for pattern in patterns]
        self._home = _home_pattern(home)
        values = (known or {}).values()
        self._secrets = {value: "secret" for value in values if len(value) >= _KNOWN_CHARS_MIN}
        self._shared: list[str] = []

    @property
    def notes(self) -> tuple[str, ...]:
        """Say what was replaced."""
        if not self.counts:
            return ()
        parts = [f"{count} × {kind}" for kind, count in self.counts.most_common()]
        return (f"Replaced: {', '.join(parts)}.",)

    def redact(self, envelopes: Sequence[Envelope]) -> list[Envelope]:
        """Give events in which everything is replaced."""
        for envelope in envelopes:
            for text in _texts(envelope.event):
                self._collect(text)
        self._shared = sorted(self._secrets, key=len, reverse=True)[:_SHARED_MAX]
        return [self._envelope(envelope) for envelope in envelopes]

    def text(self, text: str) -> str:
        """Replace in one text what was collected and what the patterns find."""
        if _DATA_IMAGE.search(text):
            pieces = _DATA_IMAGE.split(text)
            between = [self._plain(piece) for piece in pieces[::3]]
            images = [self._data_image(mime, data) for mime, data in zip(pieces[1::3], pieces[2::3], strict=True)]
            return between[0] + "".join(image + rest for image, rest in zip(images, between[1:], strict=True))
        return self._plain(text)

    def _plain(self, text: str) -> str:
        replaced = self._replaced(text)
        if _COLOURED.search(text):
            plain = plain_text(text)
            without = self._quietly(plain)
            if without != plain and self._quietly(plain_text(replaced)) != plain_text(replaced):
                return self._replaced(plain)
        return replaced

    def _quietly(self, text: str) -> str:
        before = self.counts.copy()
        try:
            return self._replaced(text)
        finally:
            self.counts = before

    def _replaced(self, text: str) -> str:
        kinds = {value: self._secrets[value] for value in self._shared if value in text}
        kinds |= {found.value: found.kind for found in find_secrets(text) if found.value not in kinds}
        if kinds:
            longest_first = sorted(kinds, key=len, reverse=True)
            every = re.compile("|".join(map(re.escape, longest_first)))
            text = every.sub(lambda match: self._mark(kinds[match[0]]), text)
        for pattern in self._own:
            text = pattern.sub(lambda match: self._mark("text") if match[0] else "", text)
        if self._home is not None:
            text = self._home.sub(self._nobody, text)
        return text

    def _mark(self, kind: str) -> str:
        self.counts[kind] += 1
        return "[redacted]" if kind == "text" else f"[redacted: {kind}]"

    def _nobody(self, match: re.Match[str]) -> str:
        self.counts["home folder's name"] += 1
        return f"{match[1]}user"

    def _collect(self, text: str) -> None:
        plain = _DATA_IMAGE.sub(" ", text)
        for found in find_secrets(plain_text(plain) if _COLOURED.search(plain) else plain):
            self._secrets.setdefault(found.value, found.kind)

    def _envelope(self, envelope: Envelope) -> Envelope:
        event = envelope.event
        changed = self._value(event)
        if changed == event:
            return envelope
        if isinstance(changed, ActionProposed | ActionEdited):
            changed = replace(changed, sha256=code_sha256(changed.code))
        return Envelope(changed, envelope.sequence, envelope.at)

    def _value(self, value: Any, key: str = "") -> Any:
        match value:
            case str():
                return self.text(value)
            case Struct():
                fields = {name: self._value(getattr(value, name), name) for name in _open_fields(type(value))}
                return replace(value, **fields)
            case dict():
                table = cast("dict[str, str]", value)
                if key == "data":
                    return self._bundle(table)
                return {self.text(name): self._value(item) for name, item in table.items()}
            case tuple():
                return tuple(self._value(item) for item in cast("tuple[Any, ...]", value))
            case _:
                return value

    def _bundle(self, data: dict[str, str]) -> dict[str, str]:
        kept: dict[str, str] = {}
        for mime, content in data.items():
            if mime in KINDS:
                self._keep_image(kept, mime, content)
            elif self.text(mime) != mime or len(mime) > _MIME_CHARS_MAX:
                continue
            elif mime.startswith(_TEXT_TYPES) or mime.endswith("+json"):
                text = without_svg_extras(content) if mime == "image/svg+xml" else content
                kept[mime] = self.text(text)
            else:
                self.counts["data of an unknown kind"] += 1
        return kept or {"text/plain": "[redacted: data of an unknown kind]"}

    def _keep_image(self, kept: dict[str, str], mime: str, content: str) -> None:
        try:
            kept[mime] = stripped_base64(mime, content)
        except NotAPicture:
            self.counts["picture that can't be read"] += 1

    def _data_image(self, mime: str, data: str) -> str:
        try:
            return f"data:{mime};base64,{stripped_base64(mime, data)}"
        except NotAPicture:
            self.counts["picture that can't be read"] += 1
            return "data:,"


def _texts(value: Any) -> Iterator[str]:
    """Give every string that may hold a secret; pictures hold none that a pattern could find."""
    match value:
        case str():
            yield value
        case Struct():
            for name in _open_fields(type(value)):
                yield from _texts(getattr(value, name))
        case dict():
            for name, item in cast("dict[str, str]", value).items():
                yield name
                if name not in KINDS:
                    yield from _texts(item)
        case tuple():
            for item in cast("tuple[Any, ...]", value):
                yield from _texts(item)
        case _:
            return


@cache
def _open_fields(kind: type[Struct]) -> tuple[str, ...]:
    """Name the fields that may hold text from outside: no ids, no hashes, none of a few fixed words."""
    return tuple(
        field.name for field in fields(kind) if field.name not in _KEPT_AS_THEY_ARE and not _is_fixed(field.type)
    )


def _is_fixed(kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return True
    members = [member for member in get_args(kind) if member is not NoneType]
    return get_origin(kind) in {Union, UnionType} and bool(members) and all(_is_fixed(member) for member in members)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"{pattern!r} is no regular expression: {error}.") from error


def _home_pattern(home: str) -> re.Pattern[str] | None:
    """Find the name of who works here, where it stands as part of a path."""
    parent, _, name = home.replace("\\", "/").rstrip("/").rpartition("/")
    if name.lower() in _PUBLIC_HOMES:
        return None
    above = {re.escape(parent), "/home", "/Users", r"[A-Za-z]:\\\\?Users", r"[A-Za-z]:/Users"} - {""}
    return re.compile(rf"((?:{'|'.join(sorted(above))})[/\\]{{1,2}}){re.escape(name)}(?![\w.-])")
