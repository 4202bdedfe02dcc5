"""Source code with colours, a line at a time, cut to what is quick."""

from collections.abc import Callable, Iterable
from functools import lru_cache

from codeact_tui.tui.code_lines import shown_lines
from codeact_tui.tui.python_syntax import PythonSyntax, Span
from codeact_tui.tui.rendering.lines import Piece, split_lines
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import clean

__all__ = ["code_lines", "diff_lines", "is_python"]

_MAX_CHARS = 64 * 1024
_MAX_LINE = 2000
_PYTHON = frozenset({"python", "py", "python3", "ipython", "pycon"})
_OTHERS = {
    "json": "json",
    "toml": "toml",
    "yaml": "yaml",
    "yml": "yaml",
    "sql": "sql",
    "bash": "bash",
    "sh": "bash",
    "shell": "bash",
    "javascript": "javascript",
    "js": "javascript",
    "html": "html",
    "css": "css",
    "c": "c",
    "rust": "rust",
}
# The first that a token's name begins with says what it is in a theme.
_PURPOSES = (
    ("Token.Keyword.Constant", "constant"),
    ("Token.Keyword", "keyword"),
    ("Token.Operator.Word", "keyword"),
    ("Token.Operator", "operator"),
    ("Token.Literal.String.Escape", "escape"),
    ("Token.Literal.String", "string"),
    ("Token.Literal.Number", "number"),
    ("Token.Comment", "comment"),
    ("Token.Name.Function", "function"),
    ("Token.Name.Class", "class"),
    ("Token.Name.Builtin", "builtin"),
    ("Token.Name.Decorator", "decorator"),
    ("Token.Name.Tag", "keyword"),
    ("Token.Name.Attribute", "function"),
    ("Token.Name.Variable", "builtin"),
)


def is_python(language: str) -> bool:
    """Say whether this name, as it stands after a fence, means Python."""
    return language.lower() in _PYTHON


def code_lines(code: str, paint: Paint, *, language: str = "python") -> list[list[Piece]]:
    """Divide code into lines of coloured pieces, the invisible written out.

    Args:
        code: Anything.
        paint: The styles.
        language: A name as it stands after a fence; one that is not known is drawn plain, as is very long code.
    """
    lines = [clean(line, tab=4) for line in shown_lines(code)]
    name = language.lower()
    if len(code) <= _MAX_CHARS and all(len(line) <= _MAX_LINE for line in lines):
        if name in _PYTHON:
            return [_painted(line, spans, paint) for line, spans in zip(lines, _python(tuple(lines)), strict=True)]
        if name in _OTHERS:
            tokens = _tokens("\n".join(lines), _OTHERS[name])
            return split_lines((text, paint.code(purpose)) for text, purpose in tokens)
    return [[(line, paint.text)] if line else [] for line in lines]


def diff_lines(diff: str, paint: Paint) -> list[list[Piece]]:
    """Divide a unified diff into coloured lines, its file names left out."""
    lines = [clean(line, tab=4) for line in shown_lines(diff)]
    shown = [line for line in lines if not line.startswith(("--- ", "+++ ", "@@")) and line not in {"---", "+++"}]
    styles = {"+": paint.good, "-": paint.bad}
    return [[(line, styles.get(line[:1], paint.muted))] for line in shown if line]


@lru_cache(maxsize=128)
def _python(lines: tuple[str, ...]) -> list[list[Span]]:
    syntax = PythonSyntax()
    syntax.update(list(lines))
    spans = syntax.spans(0, len(lines))
    return [spans[number] for number in range(len(lines))]


def _painted(line: str, spans: Iterable[Span], paint: Paint) -> list[Piece]:
    """Lay the spans over the line, later ones over earlier ones."""
    purposes = ["plain"] * len(line)
    for start, end, purpose in spans:
        purposes[start:end] = [purpose] * (min(end, len(line)) - start)
    pieces: list[Piece] = []
    start = 0
    for at in range(1, len(line) + 1):
        if at == len(line) or purposes[at] != purposes[start]:
            pieces.append((line[start:at], paint.code(purposes[start])))
            start = at
    return pieces


@lru_cache(maxsize=64)
def _tokens(code: str, language: str) -> tuple[tuple[str, str], ...]:
    return tuple((text, _purpose(kind)) for kind, text in _lexer(language)(code))


@lru_cache(maxsize=32)
def _lexer(language: str) -> Callable[[str], list[tuple[str, str]]]:
    # Imported with the first such code: starting up needs none.
    from pygments.lexers import get_lexer_by_name  # pyright: ignore[reportUnknownVariableType]

    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    return lambda code: [(str(kind), text) for kind, text in lexer.get_tokens(code)]


@lru_cache(maxsize=512)
def _purpose(kind: str) -> str:
    return next((purpose for prefix, purpose in _PURPOSES if kind.startswith(prefix)), "plain")
