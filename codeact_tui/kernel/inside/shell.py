"""The interactive shell: displays within bounds, and an `exit()` that ends the cell and not the kernel."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys

from ipykernel.displayhook import ZMQShellDisplayHook
from ipykernel.zmqshell import ZMQDisplayPublisher, ZMQInteractiveShell
from traitlets import Any, Type

from .interrupts import __file__ as interrupts_file

__all__ = ["CellExit", "Shell"]

_TEXT_CHARS = 1 << 18
_LINE_CHARS = 1 << 14
_LINES = 400


class CellExit(Exception):
    """Ends a cell that called `exit()` or `quit()`."""

    def _render_traceback_(self):
        return [str(self)]


class DisplayPublisher(ZMQDisplayPublisher):
    """Publishes displays; what is too large is named instead."""

    display_bytes = 20 << 20
    widgets = None

    def publish(self, data, metadata=None, *, transient=None, **kwargs):
        """Publish a MIME bundle."""
        if self.widgets is not None and not kwargs.get("update"):
            transient = self.widgets.displayed(data, transient)
        super().publish(bounded(data, self.display_bytes), metadata, transient=transient, **kwargs)

    def publish_text(self, data, display_id):
        """Publish a display's new bundle."""
        self.publish(data, transient={"display_id": display_id}, update=True)


class DisplayHook(ZMQShellDisplayHook):
    """Publishes the value of a cell's last expression; what is too large is named instead."""

    display_bytes = 20 << 20

    def write_format_data(self, format_dict, md_dict=None):
        """Put the value's MIME bundle into the message."""
        super().write_format_data(bounded(format_dict, self.display_bytes), md_dict)


class Shell(ZMQInteractiveShell):
    """IPython's shell in the kernel."""

    display_pub_class = Type(DisplayPublisher)
    displayhook_class = Type(DisplayHook)
    interrupts = Any()
    progress = Any()

    def limit_displays(self, display_bytes):
        """Set how large one display may be."""
        self.display_pub.display_bytes = self.displayhook.display_bytes = display_bytes

    async def run_code(self, code_obj, result=None, *, async_=False):
        """Run a piece of the cell's code; where an interrupt came before it, one that raises in its place."""
        is_due = self.interrupts.is_due
        before = self.progress.enter(code_obj.co_filename, _current_task() if async_ else None)
        code_obj = self.interrupts.code_to_run(code_obj)
        try:
            return await super().run_code(code_obj, result, async_=async_ and not is_due)
        finally:
            self.progress.leave(before)

    def _get_exc_info(self, exc_tuple=None):
        """Give what was raised, without the frame of our own that raises an interrupt."""
        etype, value, trace = super()._get_exc_info(exc_tuple)
        _end_before_own_frame(trace)
        return etype, value, trace

    def ask_exit(self):
        """End the cell: called by `exit()` and `quit()`."""
        raise CellExit("exit() ended this cell. The kernel goes on, with its variables.")

    def do_without_terminals(self):
        """Have `!command` run by pipes where the sandbox opens no terminal, by which IPython runs it elsewhere."""
        try:
            descriptors = os.openpty()
        except OSError:
            self.system = self._system_by_pipes
        else:
            for descriptor in descriptors:
                os.close(descriptor)

    def _system_by_pipes(self, command):
        expanded = self.var_expand(command, depth=1)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        code = subprocess.call(expanded, shell=True, executable=os.environ.get("SHELL"), stdin=subprocess.DEVNULL)
        self.user_ns["_exit_code"] = code
        if code and getattr(self, "system_raise_on_error", False):
            raise subprocess.CalledProcessError(code, expanded)

    @contextlib.contextmanager
    def _tee(self, channel):
        """Keep no second copy of all that is printed, as later IPythons do: it has no bound, and doubles the cost."""
        yield

    def _showtraceback(self, etype, evalue, stb):
        stb = _bounded_lines(stb)
        if getattr(sys.stdout, "_output", None) is not None and sys.stdout._output.children is not None:
            print("\n".join(stb), file=sys.stderr)
            return
        super()._showtraceback(etype, _Shortened(evalue), stb)


class _Shortened:
    """An exception's text, shortened, for a message that writes it out."""

    def __init__(self, evalue):
        self._evalue = evalue

    def __str__(self):
        return _shortened(str(self._evalue), _LINE_CHARS)


def _current_task():
    try:
        return asyncio.current_task()
    except RuntimeError:  # another library's event loop
        return None


def bounded(data, display_bytes):
    """Give a MIME bundle without what is too large; a sentence says what that was."""
    kept, left_out = {}, []
    for mime, value in data.items():
        size = len(value) if isinstance(value, (str, bytes)) else 0
        if isinstance(value, bytes):
            size = size * 4 // 3
        if mime == "text/plain" and isinstance(value, str):
            kept[mime] = _shortened(value, _TEXT_CHARS)
        elif size > display_bytes:
            left_out.append(f"[{mime} of {size / (1 << 20):,.1f} MiB left out: more than {display_bytes >> 20} MiB]")
        else:
            kept[mime] = value
    if left_out:
        kept["text/plain"] = "\n".join([*left_out, *([kept["text/plain"]] if "text/plain" in kept else [])])
    return kept


def _bounded_lines(lines):
    lines = [_shortened(str(line), _LINE_CHARS) for line in lines]
    if len(lines) <= _LINES:
        return lines
    half = _LINES // 2
    return [*lines[:half], f"[… {len(lines) - _LINES:,} lines left out …]", *lines[-half:]]


def _shortened(text, limit):
    if len(text) <= limit:
        return text
    tail = limit // 4
    return f"{text[: limit - tail]}\n[… {len(text) - limit:,} characters left out …]\n{text[-tail:]}"


def _end_before_own_frame(trace):
    """Take the last frame off a traceback where it is the signal handler's."""
    before = None
    while trace is not None and trace.tb_next is not None:
        before, trace = trace, trace.tb_next
    if before is not None and trace.tb_frame.f_code.co_filename == interrupts_file:
        before.tb_next = None
