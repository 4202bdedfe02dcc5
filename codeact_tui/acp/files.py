"""What a cell does to the files that its code names: read before it runs and after. For a thread."""

import os
from dataclasses import dataclass
from pathlib import PurePosixPath

from codeact_tui.beneath import read_beneath
from codeact_tui.effects.analysis import analyse

__all__ = ["Changed", "FileWatch"]

_FILES_MAX = 20
_FILE_BYTES_MAX = 256 * 1024


@dataclass(frozen=True)
class Changed:
    """A text file that is another than before.

    Attributes:
        path: Absolute.
        old: What stood in it; None where it was not there.
        new: What stands in it.
    """

    path: str
    old: str | None
    new: str


class FileWatch:
    """Keeps what stood in the files that a cell names as written, as far as its code tells.

    Args:
        folder: The workspace; files outside it are not looked at, and no link is followed.
        code: The cell.
    """

    def __init__(self, folder: str, code: str) -> None:
        self._folder = folder
        named = (_within(target, folder) for target in analyse(code).targets("write"))
        paths = list(dict.fromkeys(path for path in named if path))[:_FILES_MAX]
        self._before = {path: self._read(path) for path in paths}

    def changed(self) -> list[Changed]:
        """Give the files that are others now."""
        found: list[Changed] = []
        for path, old in self._before.items():
            new = self._read(path)
            if old is not _UNREADABLE and isinstance(new, str) and new != old:
                found.append(Changed(f"{self._folder.rstrip('/')}/{path}", old if isinstance(old, str) else None, new))
        return found

    def _read(self, path: str) -> "str | _Unreadable | None":
        try:
            return _text_beneath(self._folder, path)
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError, ValueError, AttributeError):
            return _UNREADABLE


class _Unreadable:
    """Stands for a file that is no text, too large, or not to be opened."""


_UNREADABLE = _Unreadable()


def _text_beneath(folder: str, path: str) -> str:
    data = read_beneath(folder, path, _FILE_BYTES_MAX + 1)
    if len(data) > _FILE_BYTES_MAX:
        raise ValueError(path)
    return data.decode("utf-8")


def _within(target: str, folder: str) -> str:
    """Give a path relative to the folder; empty where it leads elsewhere."""
    if not target or "\0" in target or target.startswith("~"):
        return ""
    whole = os.path.normpath(os.path.join(folder, target))  # noqa: PTH118 - a name in code, resolved without the disk
    try:
        relative = PurePosixPath(whole).relative_to(os.path.normpath(folder))
    except ValueError:
        return ""
    return str(relative) if str(relative) != "." else ""
