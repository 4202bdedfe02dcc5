"""Compiled Python for kernels: in a sandbox they can't write it, so that each would compile the same modules anew.

An installer may leave that to whoever imports first, as uv does. Where cells run in codeact's own environment, it is
done once, in the background: `python -m codeact_tui.kernel.bytecode` compiles ipykernel, what it requires, the
libraries that are kept warm and our own modules. Compiling reads code and runs none of it. Standard library only.
"""

import asyncio
import compileall
import contextlib
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import MAGIC_NUMBER, cache_from_source, find_spec
from pathlib import Path

__all__ = ["BytecodeKeeper", "closure", "compile_all", "is_wanted", "sources"]

_log = logging.getLogger(__name__)

_PACKAGE = Path(__file__).resolve().parent.parent
_OWN = (_PACKAGE / "sandbox" / "inside", _PACKAGE / "kernel" / "inside")
_DISTRIBUTIONS = ("ipykernel", "numpy", "pandas", "matplotlib")
_SAMPLES = {
    "ipykernel": "kernelapp.py",
    "IPython": "core/interactiveshell.py",
    "numpy": "__init__.py",
    "pandas": "core/frame.py",
    "matplotlib": "pyplot.py",
}
"""One module of each tells whether its package was compiled; a package that is not there needs nothing."""
_COMMAND = (sys.executable, "-P", "-m", "codeact_tui.kernel.bytecode")
_HEADER_BYTES = 16
_HASHED = 1
_NICENESS = 19


class BytecodeKeeper:
    """Compiles what kernels need, once, in a child process of the lowest priority that ends with us.

    Args:
        command: What compiles.
    """

    def __init__(self, command: Sequence[str] = _COMMAND) -> None:
        self._command = tuple(command)
        self._compiling: asyncio.Task[None] | None = None

    def begin(self, prefix: Path | None, folder: Path) -> None:
        """Look whether it is wanted, and do it, in the background; not a second time.

        Args:
            prefix: The environment that the kernel runs in; None for one that is not virtual.
            folder: The project's, whose files cells could have changed.
        """
        if self._compiling is None:
            self._compiling = asyncio.create_task(self._keep(prefix, folder), name="bytecode")

    async def stop(self) -> None:
        """End it. What was compiled is kept, and the rest left to the next time."""
        if self._compiling is not None:
            self._compiling.cancel()
            await asyncio.wait([self._compiling])

    async def _keep(self, prefix: Path | None, folder: Path) -> None:
        try:
            if await asyncio.to_thread(is_wanted, prefix, folder):
                await self._compile()
        except Exception as error:  # the task's root: kernels start without it too, only slower
            _log.info("what kernels import could not be compiled: %s", error)

    async def _compile(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _log.info("compiling what kernels import ended with %s", await process.wait())
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await asyncio.shield(process.wait())


def is_wanted(prefix: Path | None, folder: Path) -> bool:
    """Say whether modules of our own environment are not compiled that could be. Reads the disk.

    Args:
        prefix: The environment that the kernel runs in; None for one that is not virtual.
        folder: The project's; nothing in it is touched.
    """
    own = Path(sys.prefix) if sys.prefix != sys.base_prefix else None
    if prefix != own or sys.dont_write_bytecode or sys.pycache_prefix is not None:
        return False
    return any(_could_be_compiled(source, folder.resolve()) for source in _samples())


def compile_all() -> bool:
    """Compile what is not compiled yet; say whether all of it could be. Blocks, for seconds."""
    own = [source for folder in _OWN for source in sorted(folder.glob("*.py"))]
    libraries = [source for name in closure() for source in sources(name)]
    done = [compileall.compile_file(source, quiet=2) for source in (*own, *libraries)]
    return all(done)


def _samples() -> Iterator[Path]:
    for folder in _OWN:
        yield from folder.glob("*.py")
    for package, file in _SAMPLES.items():
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).parent / file


def _could_be_compiled(source: Path, folder: Path) -> bool:
    try:
        place = source.resolve(strict=True).parent
        if place.is_relative_to(folder) or _is_compiled(source):
            return False
    except OSError:
        return False
    cache = place / "__pycache__"
    return os.access(cache if cache.exists() else place, os.W_OK)


def _is_compiled(source: Path) -> bool:
    """Compare the compiled file's header with the source, as the import does.

    Source: PEP 552.
    """
    found = source.stat()
    try:
        with Path(cache_from_source(str(source))).open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError:
        return False
    flags, changed, size = (int.from_bytes(header[at : at + 4], "little") for at in (4, 8, 12))
    current = flags & _HASHED or (changed, size) == (int(found.st_mtime) & 0xFFFFFFFF, found.st_size & 0xFFFFFFFF)
    return header[:4] == MAGIC_NUMBER and bool(current)


def closure() -> list[str]:
    """Give the distributions, each with all that it requires, as far as it is installed; ipykernel's come first."""
    found: dict[str, None] = {}
    waiting: list[str] = list(reversed(_DISTRIBUTIONS))
    while waiting:
        name = waiting.pop()
        try:
            requires = distribution(name).requires or []
        except PackageNotFoundError:
            continue
        found[name] = None
        for requirement in requires:
            named = re.match(r"[A-Za-z0-9._-]+", requirement)
            if named is not None and "extra ==" not in requirement and named[0] not in {*found, *waiting}:
                waiting.append(named[0])
    return list(found)


def sources(name: str) -> Iterator[Path]:
    """Give a distribution's modules, but for its tests."""
    for file in distribution(name).files or []:
        if file.suffix == ".py" and not {"tests", "test"} & set(file.parts[:-1]):
            yield Path(str(file.locate()))


def main() -> int:
    """Do it with what processor time nobody else wants, unless somebody does it already."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(_NICENESS)
    with Path(__file__).open("rb") as file:
        try:
            _lock(file.fileno())
        except OSError:
            return 0
        return 0 if compile_all() else 1


def _lock(fd: int) -> None:
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


if __name__ == "__main__":
    raise SystemExit(main())
