"""The parts of a formula, how each is written, and the blanks that typesetting puts between them. Pure."""

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from codeact_tui.tui.rendering import latex_symbols as table

__all__ = ["Atom", "Role", "accented", "in_font", "join", "script", "single", "without_parentheses"]

_MAX_NESTED = 30
_SINGLE = re.compile(r"[\d.]+|[^\W\d_]{3,}|[∂dΔ]?[^\W_][\u0300-\u036f\u20d0-\u20ff⁰-₟ⁱ-ⁿ²³¹ᵢ-ᵪⱼᵀ′]*(?:\([^()]*\))?")
"""What needs no parentheses under a fraction's bar or a root: a number, a name, a letter with what belongs to it."""

Role = Literal["ord", "inner", "op", "bin", "rel", "open", "close", "punct", "space", "break"]
"""What a part is, which says what stands between it and its neighbours; `inner` is a fraction and the like."""


class Atom(NamedTuple):
    """A part of a formula as text."""

    text: str
    role: Role
    spaced: bool = False
    """There was white space before it."""


def script(mark: str, text: str) -> str:
    """Write above (`^`) or below (`_`) the line, where there are such characters for all of it."""
    signs = table.SUPERSCRIPTS if mark == "^" else table.SUBSCRIPTS
    tight = text.replace(" ", "")
    if tight and all(each in signs for each in tight):
        return "".join(signs[each] for each in tight)
    if not tight:
        return ""
    if re.fullmatch(r"\w+" if mark == "_" else r".", tight):
        return mark + tight
    return f"{mark}({text if text.isascii() and ' ' in text else tight})"


def single(text: str) -> str:
    """Put parentheses around what more than one thing stands in."""
    return text if not text or _SINGLE.fullmatch(text) or not without_parentheses(text) else f"({text})"


def without_parentheses(text: str) -> str:
    """Leave out what stands in parentheses."""
    for _ in range(_MAX_NESTED):
        shorter = re.sub(r"\([^()]*\)", "", text)
        if shorter == text:
            break
        text = shorter
    return text


def accented(text: str, name: str) -> str:
    """Put an accent on a letter, or a line over or under all of them."""
    mark = table.ACCENTS[name]
    if name in {"overline", "underline"}:
        return "".join(each if each.isspace() else each + mark for each in text)
    return text + mark


def in_font(text: str, name: str) -> str:
    """Write letters in one of the mathematical alphabets."""
    capitals, small, digits = table.FONTS[name]
    exceptions = table.FONT_EXCEPTIONS.get(capitals, {})

    def letter(each: str) -> str:
        if each in exceptions:
            return exceptions[each]
        for first, start in (("A", capitals), ("a", small), ("0", digits)):
            count = 10 if first == "0" else 26
            if start and 0 <= ord(each) - ord(first) < count:
                return chr(start + ord(each) - ord(first))
        return each

    return "".join(letter(each) for each in text)


def join(atoms: Iterable[Atom], *, tight: bool = False) -> str:
    """Put atoms in a row, with the blanks that typesetting puts between them."""
    parts: list[str] = []
    last: Atom | None = None
    for atom in atoms:
        if not atom.text:
            continue
        if atom.role == "bin" and (last is None or last.role in {"bin", "rel", "open", "punct", "op", "break"}):
            atom = atom._replace(role="open")  # a sign before what it belongs to
        if last is not None and not tight and _parted(last, atom):
            parts.append(" ")
        parts.append(atom.text)
        last = atom
    return "".join(parts)


def _parted(left: Atom, right: Atom) -> bool:
    roles = {left.role, right.role}
    if roles & {"space", "break"} or left.text.endswith(" ") or right.text.startswith(" "):
        return False
    if roles & {"rel", "bin"}:
        return left.role != right.role or left.role == "bin"
    if left.role == "punct":
        return right.spaced or not (right.text[0].isdigit())
    if left.role == "open" or right.role in {"close", "punct"}:
        return False
    if left.role == "op" and right.role == "open":
        return left.text[-1] in "∑∏∫∬∭∮"
    if "op" in roles:
        return True
    if "inner" in roles:
        return right.role != "open" or left.role == "inner"
    return right.spaced and left.text[-1].isalnum() and right.text[0].isalnum() and (left.text + right.text).isascii()
