"""The log: a bounded file in the log folder, never the terminal, with what looks like a key masked."""

import logging
import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from codeact_tui.paths import ensure_private

__all__ = ["MaskingFormatter", "keep_out_of_log", "mask", "set_up_logging"]

_FILE_BYTES_MAX = 1_000_000
_FILES_KEPT = 3
_RECORD_CHARS_MAX = 16_000
_MASK = "[masked]"
_SECRET_CHARS_MIN = 8

_SECRET_NAME = re.compile(r"(key|token|secret|password|passwd|credential)s?$", re.IGNORECASE)
_LOOKS_SECRET = re.compile(
    r"""
    \b(?:
        (?:sk|pk|rk|gsk|xai|r8|nvapi|pplx|fw|hf|csk|tgp|key)[-_][A-Za-z0-9_\-]{16,}   # most model providers
      | gh[pousr]_[A-Za-z0-9]{20,} | github_pat_[A-Za-z0-9_]{20,} | glpat-[A-Za-z0-9_\-]{16,}
      | (?:AKIA|ASIA)[A-Z0-9]{16}
      | AIza[A-Za-z0-9_\-]{30,} | ya29\.[A-Za-z0-9_\-]{20,}
      | xox[abeprs]-[A-Za-z0-9\-]{10,}
      | eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}                # a JSON web token
    )
    """,
    re.VERBOSE,
)
_NAMED_SECRET = re.compile(
    r"""(?P<name>
          \bbearer\s+
        | (?:api[-_ ]?key|access[-_]?key|token|secret|password|passwd|x-goog-api-key|authorization)["']?\s*[:=]\s*["']?
          (?:(?:bearer|basic)\s+)?
        )
        (?P<value>[^\s"',;&)}\]]{6,})""",
    re.VERBOSE | re.IGNORECASE,
)


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """Put `[masked]` in the place of what is, or looks like, a key or a password.

    Args:
        text: Anything.
        secrets: Values known to be secret, masked wherever they stand.
    """
    for secret in secrets:
        text = text.replace(secret, _MASK)
    text = _NAMED_SECRET.sub(lambda found: found["name"] + _MASK, text)
    return _LOOKS_SECRET.sub(_MASK, text)


class MaskingFormatter(logging.Formatter):
    """Writes a record, traceback included, cut to a bound and masked.

    Args:
        secrets: Values that must not appear.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")
        # Longest first, so that a value that holds another is masked whole.
        self._secrets = sorted(set(secrets), key=len, reverse=True)

    def add(self, secret: str) -> None:
        """Mask this value too, from now on."""
        if len(secret) >= _SECRET_CHARS_MIN:
            self._secrets = sorted({*self._secrets, secret}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Give the record's text, masked and bounded."""
        whole = super().format(record)
        # Masked with a margin past the bound, so that no half of a key is left at the cut.
        text = mask(whole[: 2 * _RECORD_CHARS_MAX], self._secrets)
        if len(whole) > _RECORD_CHARS_MAX:
            text = f"{text[:_RECORD_CHARS_MAX]} … (cut; {len(whole)} characters in all)"
        return text


def keep_out_of_log(secret: str) -> None:
    """Mask a value in all that is logged from now on."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, MaskingFormatter):
            handler.formatter.add(secret)


def set_up_logging(folder: Path, *, level: str | None = None) -> Callable[[], None]:
    """Send every logger's records and Python's warnings to `codeact.log` in the folder. To be called once.

    Where the file can't be written, nothing is logged, and nothing fails.

    Args:
        folder: Made if it is not there.
        level: `debug`, `info`, `warning` or `error`; None for CODEACT_LOG, else `info`. Other people's loggers
            say no less than warnings, but at `debug`.

    Returns:
        A function that undoes it.
    """
    name = (level or os.environ.get("CODEACT_LOG", "") or "info").upper()
    number = logging.getLevelNamesMapping().get(name, logging.INFO)
    handler = _file_handler(folder)
    root, ours = logging.getLogger(), logging.getLogger("codeact_tui")
    before = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(number if number <= logging.DEBUG else max(number, logging.WARNING))
    ours.setLevel(number)
    logging.captureWarnings(True)

    def undo() -> None:
        logging.captureWarnings(False)
        root.removeHandler(handler)
        root.setLevel(before[0])
        ours.setLevel(before[1])
        with suppress(OSError):  # what could not be written in time is lost
            handler.close()

    return undo


def _file_handler(folder: Path) -> logging.Handler:
    # Imported here: it brings socket and queue along.
    from logging.handlers import RotatingFileHandler

    class QuietHandler(RotatingFileHandler):
        def handleError(self, record: logging.LogRecord) -> None:
            """Lose the record: the terminal belongs to the screen."""

    path = folder / "codeact.log"
    try:
        ensure_private(folder)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600))
        handler = QuietHandler(
            path, maxBytes=_FILE_BYTES_MAX, backupCount=_FILES_KEPT - 1, encoding="utf-8", errors="backslashreplace"
        )
    except OSError:
        return logging.NullHandler()
    handler.setFormatter(MaskingFormatter(_secrets_around_us()))
    return handler


def _secrets_around_us() -> list[str]:
    values = (value for name, value in os.environ.items() if _SECRET_NAME.search(name))
    return [value for value in values if len(value) >= _SECRET_CHARS_MIN]
