"""Where things are kept. Pure: nothing is made until `ensure_private` is asked.

CODEACT_HOME puts everything below one folder; otherwise the platform's own folders are used:

=========  ======================  ==================================
function   below CODEACT_HOME      on Linux without it
=========  ======================  ==================================
config     `config/`               `~/.config/codeact/`
data       `data/`                 `~/.local/share/codeact/`
cache      `cache/`                `~/.cache/codeact/`
log        `log/`                  `~/.local/state/codeact/log/`
runtime    `run/`                  `/run/user/<uid>/codeact/`
=========  ======================  ==================================

A runtime folder whose path is too long for a socket, or that the system does not give, is one of the user's own in
the folder for temporary files.

platformdirs is imported where it is needed: it takes longer than most of what runs before the first paint.
"""

import os
import stat
import sys
from pathlib import Path

__all__ = [
    "cache_dir",
    "config_dir",
    "data_dir",
    "ensure_private",
    "files_dir",
    "kept_keys_path",
    "log_dir",
    "packages_dir",
    "permissions_path",
    "runtime_dir",
    "store_path",
    "variables_dir",
]

_APP = "codeact"
_RUNTIME_BYTES_MAX = 60
"""A Unix socket's path may have 107 bytes (103 on macOS); what lies in the runtime folder needs the rest."""


def config_dir() -> Path:
    """Give the folder of the user's `config.toml` and `themes/`."""
    home = _home()
    if home is not None:
        return home / "config"
    from platformdirs import user_config_path

    return user_config_path(_APP, appauthor=False)


def data_dir() -> Path:
    """Give the folder of the sessions."""
    home = _home()
    if home is not None:
        return home / "data"
    from platformdirs import user_data_path

    return user_data_path(_APP, appauthor=False)


def cache_dir() -> Path:
    """Give the folder of what can be made again."""
    home = _home()
    if home is not None:
        return home / "cache"
    from platformdirs import user_cache_path

    return user_cache_path(_APP, appauthor=False)


def log_dir() -> Path:
    """Give the folder of the log files."""
    home = _home()
    if home is not None:
        return home / "log"
    from platformdirs import user_log_path

    return user_log_path(_APP, appauthor=False)


def runtime_dir() -> Path:
    """Give the folder of sockets and connection files, with a path short enough for a socket in it."""
    home = _home()
    if sys.platform == "win32":
        if home is not None:
            return home / "run"
        from platformdirs import user_runtime_path

        return user_runtime_path(_APP, appauthor=False)
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    preferred = home / "run" if home is not None else Path(given) / _APP if given.startswith("/") else None
    if preferred is not None and _is_short(preferred):
        return preferred
    name = f"{_APP}-{os.getuid()}"
    if home is not None:
        import hashlib

        name += f"-{hashlib.sha256(os.fsencode(home)).hexdigest()[:8]}"
    temporary = Path(os.environ.get("TMPDIR", "")).absolute() / name
    return temporary if os.environ.get("TMPDIR") and _is_short(temporary) else Path("/tmp") / name


def store_path() -> Path:
    """Give the file that holds the sessions."""
    return data_dir() / "sessions.db"


def packages_dir(session: str) -> Path:
    """Give the folder of the packages that a session's cells have installed."""
    return data_dir() / "packages" / session


def variables_dir(session: str) -> Path:
    """Give the folder in which a session's variables are kept for the next time."""
    return data_dir() / "variables" / session


def kept_keys_path() -> Path:
    """Give the file that names the keys in the system's keyring."""
    return data_dir() / "keys-in-keyring.json"


def files_dir() -> Path:
    """Give the folder in which the files of workspaces are kept as they were."""
    return data_dir() / "files"


def permissions_path() -> Path:
    """Give the file that says what is allowed in which project."""
    return data_dir() / "permissions.json"


def ensure_private(path: Path) -> Path:
    """Make a folder that only its owner may enter, and the folders above it; give the path back.

    Raises:
        PermissionError: The folder belongs to someone else.
        OSError: It can't be made.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform != "win32":
        found = path.stat()
        if found.st_uid != os.getuid():
            raise PermissionError(f"{path} belongs to another user")
        if stat.S_IMODE(found.st_mode) & 0o077:
            path.chmod(0o700)
    return path


def _is_short(folder: Path) -> bool:
    return len(os.fsencode(folder)) <= _RUNTIME_BYTES_MAX


def _home() -> Path | None:
    home = os.environ.get("CODEACT_HOME", "")
    return Path(home).expanduser().absolute() if home else None
