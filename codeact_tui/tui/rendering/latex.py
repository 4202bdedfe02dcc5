r"""LaTeX as Unicode, as far as a line of text can show it: `\frac{a+b}{2}` is `(a + b)/2`, `x_i^2` is `xᵢ²`.

What is not known stays as it was written, so that nothing is lost.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from codeact_tui.tui.rendering import latex_symbols as table
from codeact_tui.tui.rendering.latex_atoms import (
    Atom,
    Role,
    accented,
    in_font,
    join,
    script,
    single,
    without_parentheses,
)

__all__ = ["latex_to_unicode", "math_to_unicode"]

_MAX_CHARS = 20_000
"""Longer text is left as it is."""
_MAX_DEPTH = 30
"""What is nested deeper is left as it is."""


_DELIMITED = re.compile(
    r"\$\$(?P<a>.+?)\$\$|\\\[(?P<b>.+?)\\\]|\\\((?P<c>.+?)\\\)|(?<!\\)\$(?P<d>(?:[^$\\]|\\.)+)\$", re.DOTALL
)
_TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.)|\s+|.", re.DOTALL)
_ROLES: dict[str, Role] = {
    **dict.fromkeys("+-−*", "bin"),
    **dict.fromkeys("=<>:≤≥≠≈≡∈→⇒↦", "rel"),
    **dict.fromkeys("([", "open"),
    **dict.fromkeys(")]!", "close"),
    **dict.fromkeys(",;", "punct"),
}
_NAMED: dict[str, tuple[str, Role]] = {
    **{name: (sign, "ord") for name, sign in table.ORDINARY.items()},
    **{name: (sign, "bin") for name, sign in table.BINARY.items()},
    **{name: (sign, "rel") for name, sign in table.RELATIONS.items()},
    **{name: (sign, "op") for name, sign in table.OPERATORS.items()},
    **{name: (sign, "open") for name, sign in table.OPENING.items()},
    **{name: (sign, "close") for name, sign in table.CLOSING.items()},
    **{name: (sign, "space") for name, sign in table.SPACES.items()},
}
_ARROWS = {"xrightarrow": "→", "xleftarrow": "←", "xRightarrow": "⇒", "xleftrightarrow": "↔", "xmapsto": "↦"}
_BRACKETS = {"pmatrix": "()", "bmatrix": "[]", "Bmatrix": "{}", "vmatrix": "||", "Vmatrix": "‖‖"}
_MATRICES = frozenset({*_BRACKETS, "matrix", "smallmatrix", "array", "tabular"})


@lru_cache(maxsize=512)
def latex_to_unicode(text: str) -> str:
    r"""Write LaTeX as Unicode text; `\n` parts the rows of a formula.

    Args:
        text: A formula, with or without `$`, `$$`, `\( \)` or `\[ \]` around it, or words with formulas among them.

    Returns:
        The text. What is too long, too deep or not known stays as it was.
    """
    if len(text) > _MAX_CHARS:
        return text
    if not _DELIMITED.search(text):
        return math_to_unicode(text)
    parts: list[str] = []
    at = 0
    for found in _DELIMITED.finditer(text):
        parts += [_words(text[at : found.start()]), math_to_unicode(next(filter(None, found.groups())))]
        at = found.end()
    return "".join([*parts, _words(text[at:])]).strip()


@lru_cache(maxsize=512)
def math_to_unicode(formula: str) -> str:
    """Write one formula, given without what delimits it. Takes and gives what `latex_to_unicode` does."""
    if len(formula) > _MAX_CHARS:
        return formula
    reader = _Reader(formula)
    atoms = reader.row()
    while not reader.ended:  # a brace too many closes nothing
        atoms += [Atom(reader.take(), "close"), *reader.row()]
    rows = join(atoms).split("\n")
    return unicodedata.normalize("NFC", "\n".join(row.strip() for row in rows if row.strip())) or formula


def _words(text: str) -> str:
    """Take the commands out of what stands between formulas."""
    text = re.sub(
        r"\\(?:textbf|textit|emph|texttt|textrm|text|underline|section|subsection)\*?\{([^{}]*)\}", r"\1", text
    )
    text = re.sub(r"\\\\\s*", "\n", text)
    return re.sub(r"\\([$%&#_{}])", r"\1", text)


class _Reader:
    """Reads a formula from its beginning to its end."""

    def __init__(self, formula: str) -> None:
        self._tokens = [match[0] for match in _TOKEN.finditer(re.sub(r"(?<!\\)%[^\n]*", "", formula))]
        self._at = 0
        self._depth = 0

    @property
    def ended(self) -> bool:
        return self._at >= len(self._tokens)

    @property
    def next(self) -> str:
        return "" if self.ended else self._tokens[self._at]

    def take(self) -> str:
        token = self.next
        self._at += 1
        return token

    def row(self, stop: frozenset[str] = frozenset({"}"})) -> list[Atom]:
        """Read atoms up to one of these tokens, or the end."""
        atoms: list[Atom] = []
        spaced = False
        while not self.ended and self.next not in stop:
            if self.next.isspace():
                self.take()
                spaced = True
                continue
            atoms += [atom._replace(spaced=spaced) if not at else atom for at, atom in enumerate(self._scripted(atoms))]
            spaced = False
        return atoms

    def argument(self) -> str:
        """Read what a command is applied to: a group, or one atom."""
        self._skip_space()
        return join(self._atom(), tight=True) if not self.ended and self.next != "}" else ""

    def group(self, stop: str = "}") -> str:
        """Read from an opening brace to its end."""
        self.take()
        text = join(self.row(frozenset({stop})))
        self.take()
        return text

    def raw_group(self) -> str:
        """Read a group as it is written."""
        self._skip_space()
        if self.next != "{":
            return self.take()
        self.take()
        return self._verbatim("}")

    def _verbatim(self, stop: str) -> str:
        tokens: list[str] = []
        open_braces = 0
        while not self.ended and (open_braces or self.next != stop):
            open_braces += (self.next == "{") - (self.next == "}")
            tokens.append(self.take())
        self.take()
        return "".join(tokens)

    def _skip_space(self) -> None:
        while self.next.isspace():
            self.take()

    def option(self) -> str:
        """Read what stands in brackets, if anything does."""
        self._skip_space()
        return self.group("]") if self.next == "[" else ""

    def _scripted(self, before: list[Atom]) -> list[Atom]:
        """Read an atom and what is written above and below it."""
        if self.next in {"^", "_"}:  # there is nothing that it belongs to
            atoms = [before.pop()] if before and before[-1].role not in {"break", "space"} else [Atom("", "ord")]
        else:
            atoms = self._atom()
        while True:
            mark = self._at
            self._skip_space()
            if self.next == "'":
                self.take()
                above = "′"
                if self.next == "'":
                    self.take()
                    above = "″"
            elif self.next in {"^", "_"}:
                above = script(self.take(), self.argument())
            else:
                self._at = mark
                return atoms
            last = atoms.pop() if atoms else Atom("", "ord")
            role = "inner" if last.role == "ord" and above[:1] in {"^", "_"} else last.role
            atoms.append(Atom(last.text + above, role, last.spaced))

    def _atom(self) -> list[Atom]:
        if self._depth >= _MAX_DEPTH:
            return [Atom(self.take(), "ord")]
        self._depth += 1
        atoms = self._shallow_atom()
        self._depth -= 1
        return atoms

    def _shallow_atom(self) -> list[Atom]:
        token = self.take()
        if token == "{":
            self._at -= 1
            return [Atom(self.group(), "ord")]
        if token == "~":
            return [Atom(" ", "space")]
        if token == "&":
            return []
        if token == "-":
            return [Atom("−", "bin")]
        if token[0] != "\\" or len(token) == 1:
            return [Atom(token, _ROLES.get(token, "ord"))]
        return self._command(token[1:].removesuffix("*") or "*")

    def _command(self, name: str) -> list[Atom]:
        if name == "\\":
            self.option()
            return [Atom("\n", "break")]
        if name in _NAMED:
            return [Atom(*_NAMED[name])]
        if name in table.SILENT:
            return []
        if name in table.SIZES:
            self._skip_space()
            delimiter = self._atom() if not self.ended else []
            role: Role = "open" if name[-1] == "l" or name == "left" else "close"
            return [Atom(each.text, role) for each in delimiter if each.text != "."]
        if name in table.ROMAN:
            return [Atom(_words(self.raw_group()).replace("$", ""), "ord")]
        if name in table.ACCENTS:
            return [Atom(accented(self.argument(), name), "ord")]
        if name in table.FONTS:
            return [Atom(in_font(self.argument(), name), "ord")]
        if name in _ARROWS:
            above = self.option() + self.argument()
            return [Atom(f"─{above}─{_ARROWS[name]}" if above else _ARROWS[name], "rel")]
        if name in _BUILT:
            return [_BUILT[name](self)]
        return self._other(name)

    def _other(self, name: str) -> list[Atom]:
        if name == "begin":
            return self._environment()
        if name == "end":
            self.raw_group()
            return []
        if name == "not":
            return [Atom(self.argument() + "\u0338", "rel")]
        if name in table.GROUPING:
            return [Atom(self.argument(), "ord")]
        if name in {"label", "phantom", "hphantom", "vphantom", "vspace", "color"}:
            self.raw_group()
            return []
        known_text = f"\\{name}"
        if self.next == "{":
            known_text += "{" + self.group() + "}"
        return [Atom(known_text, "inner")]

    def _environment(self) -> list[Atom]:
        name = self.raw_group().removesuffix("*")
        if name in {"array", "tabular"}:
            self.raw_group()
        rows = self._rows()
        if name in _MATRICES:
            left, right = _BRACKETS.get(name, "[]")
            return [Atom(left + "; ".join("  ".join(row) for row in rows if any(row)) + right, "ord")]
        if name == "cases":
            return [Atom("{ " + "; ".join("  ".join(row) for row in rows if any(row)), "open")]
        atoms: list[Atom] = []
        for row in rows:
            atoms += [Atom("\n", "break"), Atom(" ".join(filter(None, row)), "ord")]
        return [*atoms[1:], Atom("\n", "break")]

    def _rows(self) -> list[list[str]]:
        rows: list[list[str]] = [[]]
        while True:
            rows[-1].append(join(self.row(frozenset({"&", "\\\\", "\\end", "}"}))))
            match self.take():
                case "&":
                    continue
                case "\\\\":
                    self.option()
                    rows.append([])
                case "\\end":
                    self.raw_group()
                    return rows
                case _:
                    return rows


def _fraction(reader: _Reader) -> Atom:
    above, below = reader.argument(), reader.argument()
    plain = f"{above}/{below}"
    if plain in table.VULGAR_FRACTIONS:
        return Atom(table.VULGAR_FRACTIONS[plain], "ord")
    if re.search(r"[\s+−/]", without_parentheses(above)):
        above = f"({above})"
    return Atom(f"{above}/{single(below)}", "inner")


def _root(reader: _Reader) -> Atom:
    degree = reader.option()
    body = single(reader.argument())
    sign = {"": "√", "2": "√", "3": "∛", "4": "∜"}.get(degree)
    return Atom((sign or f"{script('^', degree)}√") + body, "ord")


def _pair(write: Callable[[str, str], str], role: Role) -> Callable[[_Reader], Atom]:
    def read(reader: _Reader) -> Atom:
        first = reader.argument()
        return Atom(write(first, reader.argument()), role)

    return read


def _one(write: Callable[[str], str], role: Role) -> Callable[[_Reader], Atom]:
    return lambda reader: Atom(write(reader.argument()), role)


_BUILT: dict[str, Callable[[_Reader], Atom]] = {
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac", "nicefrac"), _fraction),
    "sqrt": _root,
    **dict.fromkeys(("binom", "dbinom", "tbinom"), _pair(lambda n, k: f"({n} choose {k})", "ord")),
    **dict.fromkeys(("overset", "stackrel"), _pair(lambda above, base: base + script("^", above), "rel")),
    "underset": _pair(lambda below, base: base + script("_", below), "op"),
    "textcolor": _pair(lambda _, shown: shown, "ord"),
    "href": _pair(lambda target, shown: f"{shown} ({target})", "ord"),
    "operatorname": _one(lambda name: name, "op"),
    "pmod": _one(lambda modulus: f"(mod {modulus})", "inner"),
    "tag": _one(lambda number: f"   ({number})", "space"),
    "boxed": _one(lambda shown: f"[ {shown} ]", "ord"),
    "cancel": _one(lambda shown: "".join(f"{each}\u0336" for each in shown), "ord"),
}
