"""The session's own packages: a virtual environment of its own, laid over the one that the kernel runs in.

Whatever installs packages for this Python, by `pip`, `%pip`, `python -m pip` or `uv pip`, finds the layer's interpreter
and writes there. What lies below is seen through it and stays as it is; of two versions the layer's counts.
"""

import os
import sys
import sysconfig

__all__ = ["lay_over"]

_BELOW = "_codeact_below"
_SEEN_THROUGH = """\
import os, site, sys

before = list(sys.path)
for folder in {below!r}:
    site.addsitedir(folder)
for entry in sys.path[:]:
    if entry not in before:
        try:
            os.scandir(entry).close()
        except PermissionError:  # closed by the sandbox; pip stops at what it can't look into
            sys.path.remove(entry)
        except OSError:
            pass
"""
_PIP = '#!/bin/sh\nexec "${0%/*}/python" -m pip "$@"\n'


def lay_over(folder):
    """Make the layer where it is not there yet, and have this process and its children use it.

    Args:
        folder: The layer's, which is there and can be written.

    Raises:
        OSError: It can't be made; nothing is changed in this process then.
    """
    packages, programs = _packages(folder), os.path.join(folder, "bin")
    below = [entry for entry in sys.path if _is_packages(entry) and entry != packages]
    os.makedirs(packages, exist_ok=True)
    os.makedirs(programs, exist_ok=True)
    _write(os.path.join(folder, "pyvenv.cfg"), _settings())
    _write(os.path.join(packages, _BELOW + ".py"), _SEEN_THROUGH.format(below=below))
    _write(os.path.join(packages, _BELOW + ".pth"), "import %s\n" % _BELOW)
    for name in ("python", "python3", "python%d.%d" % sys.version_info[:2]):
        _link(sys._base_executable, os.path.join(programs, name))
    for name in ("pip", "pip3"):
        if not os.path.lexists(os.path.join(programs, name)):
            _write(os.path.join(programs, name), _PIP, 0o755)
    at = next((index for index, entry in enumerate(sys.path) if entry in below), len(sys.path))
    sys.path.insert(at, packages)
    sys.executable = os.path.join(programs, "python")
    os.environ["VIRTUAL_ENV"] = folder
    os.environ["PATH"] = os.pathsep.join(filter(None, [programs, os.environ.get("PATH", "")]))


def _packages(folder):
    scheme = "venv" if "venv" in sysconfig.get_scheme_names() else "posix_prefix"
    return sysconfig.get_path("purelib", scheme, {"base": folder, "platbase": folder})


def _is_packages(entry):
    return os.path.basename(entry) in ("site-packages", "dist-packages")


def _settings():
    home = os.path.dirname(sys._base_executable)
    version = ".".join(map(str, sys.version_info[:3]))
    return "home = %s\ninclude-system-site-packages = false\nversion = %s\n" % (home, version)


def _write(path, text, mode=0o644):
    """Put a file in its place as a whole: a link or a folder that lies there is not followed."""
    new = path + ".new"
    with open(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW, mode), "w") as file:
        file.write(text)
    os.replace(new, path)


def _link(target, path):
    if not (os.path.islink(path) and os.readlink(path) == target):
        if os.path.lexists(path):
            os.remove(path)
        os.symlink(target, path)
