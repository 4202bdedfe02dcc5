"""An export's way to the disk: what it is called, and a file that is there whole or not at all."""

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from codeact_tui.errors import CodeActError
from codeact_tui.export.material import Material, gather
from codeact_tui.export.redaction import Redactor
from codeact_tui.export.rendering import rendered
from codeact_tui.export.wish import ENDINGS, Exported, ExportWish
from codeact_tui.protocol.events import Envelope

__all__ = ["export_to_file", "export_to_text"]

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL", re.IGNORECASE)
_NAME_CHARS_MAX = 50


def export_to_text(
    sessions: Sequence[Sequence[Envelope]], wish: ExportWish, environment: Mapping[str, str]
) -> tuple[str, Exported]:
    """Write sessions as text; heavy: for a thread.

    Args:
        sessions: Their stored events.
        wish: In what form.
        environment: Holds keys that must not be written.

    Raises:
        CodeActError: A pattern is no regular expression, or the form holds one session only.
    """
    text, _, notes = _write(sessions, wish, environment)
    return text, Exported("", notes)


def export_to_file(
    sessions: Sequence[Sequence[Envelope]], wish: ExportWish, environment: Mapping[str, str], folder: Path
) -> Exported:
    """Write sessions to a file; heavy: for a thread.

    Args:
        sessions: Their stored events.
        wish: In what form, and where to; a path that is not absolute begins at `folder`.
        environment: Holds keys that must not be written.
        folder: Where a file without a path is put.

    Raises:
        CodeActError: As `export_to_text`; or the file is there already, or can't be written.
    """
    text, materials, notes = _write(sessions, wish, environment)
    if not text:
        return Exported("", (*notes, "Nothing was written: no session has anything of this kind."))
    path = folder / Path(wish.path or _name(materials) + ENDINGS[wish.format]).expanduser()
    try:
        _save(path, text, force=wish.force)
    except FileExistsError as error:
        raise CodeActError(f"{path} is there already.", remedy="--force overwrites it.") from error
    except OSError as error:
        raise CodeActError(f"{path} can't be written: {error.strerror or error}.") from error
    return Exported(str(path), notes)


def _write(
    sessions: Sequence[Sequence[Envelope]], wish: ExportWish, environment: Mapping[str, str]
) -> tuple[str, list[Material], tuple[str, ...]]:
    redactor = _redactor(wish, environment) if wish.redact else None
    materials = [gather(session, redactor) for session in sessions]
    return rendered(materials, wish), materials, redactor.notes if redactor else ()


def _redactor(wish: ExportWish, environment: Mapping[str, str]) -> Redactor:
    known = {name: value for name, value in environment.items() if _SECRET_NAME.search(name)}
    home = environment.get("HOME") or environment.get("USERPROFILE") or ""
    return Redactor(home, known, wish.patterns)


def _name(materials: Sequence[Material]) -> str:
    """Make a file's name of a session's title: letters, digits and dashes only."""
    if len(materials) != 1:
        return "sessions"
    words = re.findall(r"[a-z0-9]+", materials[0].transcript.title.lower())
    name = "-".join(words)[:_NAME_CHARS_MAX].strip("-")
    return name or f"session-{materials[0].transcript.session[-6:] or 'untitled'}"


def _save(path: Path, text: str, *, force: bool) -> None:
    if path.exists() and not (force and path.is_file()):
        raise FileExistsError(path)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".export-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="\n") as stream:
            stream.write(text)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
