"""`codeact policy`: what is told of code before it runs."""

import codecs
import io
import tokenize
from pathlib import Path

import msgspec

from codeact_tui.cli.printing import clean_line, print_json, say
from codeact_tui.effects.analysis import analyse
from codeact_tui.effects.base import Analysis
from codeact_tui.effects.words import Phrase, phrases
from codeact_tui.errors import CodeActError

__all__ = ["explain_file"]

_MAX_BYTES = 4 << 20
"""More than the analysis reads of any text."""
_LINES = 8
_ADVICE = "Told from the code alone, which can hide what it does: the sandbox is the boundary."


def explain_file(path: Path, *, as_json: bool) -> None:
    """Print what a Python file would do, as far as its code tells. Only that file is read, and nothing run.

    Raises:
        CodeActError: It can't be read.
    """
    found = _analysis(_content(path))
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    for phrase in phrases(found):
        say(clean_line(f"{phrase.text}{_where(phrase, found)}"))
    if found.problem:
        say(clean_line(found.problem.replace("The cell", "The file", 1)))
    say(_ADVICE)


def _content(path: Path) -> bytes:
    shown = clean_line(str(path))
    try:
        if not path.is_file():
            raise CodeActError(f"{shown} is no file.", remedy="Name a Python file.")
        with path.open("rb") as file:
            return file.read(_MAX_BYTES + 1)
    except OSError as error:
        why = error.strerror or "the system does not say why"
        raise CodeActError(f"{shown} can't be read: {why}.", remedy="Name a Python file that you may read.") from error


def _analysis(content: bytes) -> Analysis:
    if len(content) > _MAX_BYTES:
        return Analysis(problem="The file is too long to be read.")
    try:
        # As Python reads it, which heeds the encoding that the file names: what another one shows may be other code.
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        code = codecs.decode(content, encoding)
    except (SyntaxError, LookupError, ValueError):
        return Analysis(problem="The file's encoding can't be read.")
    return analyse(code.replace("\r\n", "\n").replace("\r", "\n"))


def _where(phrase: Phrase, found: Analysis) -> str:
    """Name the lines that a phrase is about."""
    lines = sorted({effect.line for effect in found.effects if effect.kind == phrase.kind})
    if not lines:
        return ""
    shown = ", ".join(str(line) for line in lines[:_LINES])
    return f" (line{'s' * (len(lines) > 1)} {shown}{', …' if len(lines) > _LINES else ''})"
