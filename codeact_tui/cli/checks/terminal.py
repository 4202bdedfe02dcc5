"""The terminal: what it can draw, and how text is copied out of it."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping

from msgspec import Struct

from codeact_tui.cli.checks.finding import Finding

__all__ = ["Terminal", "check_terminal", "this_terminal"]

_CLIPBOARDS = ("pbcopy", "wl-copy", "xclip", "xsel", "clip.exe")


class Terminal(Struct, frozen=True):
    """What is known of a terminal without asking it."""

    is_one: bool
    columns: int
    rows: int
    encoding: str
    environ: Mapping[str, str]
    clipboard: str = ""
    """The program that reaches the system's clipboard; empty for none."""


def this_terminal() -> Terminal:
    """Describe the terminal that the command runs in."""
    is_one = sys.stdin.isatty() and sys.stdout.isatty()
    columns, rows = shutil.get_terminal_size()
    clipboard = next((name for name in _CLIPBOARDS if shutil.which(name)), "")
    return Terminal(is_one, columns, rows, sys.stdout.encoding or "", os.environ, clipboard)


def check_terminal(terminal: Terminal) -> Iterator[Finding]:
    """Say what a screen on this terminal would lack."""
    if not terminal.is_one:
        remedy = "codeact chat will be the line front end, as with --line."
        yield Finding("terminal", "warning", "input or output is no terminal", remedy)
        return
    yield _kind(terminal.environ)
    if terminal.columns < 60 or terminal.rows < 20:
        remedy = "Make it at least 60×20, better 100×30; or use codeact chat --line."
        yield Finding("terminal", "warning", f"{terminal.columns}×{terminal.rows} is small", remedy)
    else:
        yield Finding("terminal", "ok", f"{terminal.columns}×{terminal.rows}")
    if terminal.encoding.lower().replace("-", "") != "utf8":
        remedy = "Set a UTF-8 locale: export LANG=C.UTF-8."
        yield Finding(
            "terminal", "warning", f"encoding {terminal.encoding or 'unknown'}: signs will be missing", remedy
        )
    yield from _between(terminal.environ)
    yield _clipboard(terminal)


def _kind(environ: Mapping[str, str]) -> Finding:
    term = environ.get("TERM", "")
    if term in {"", "dumb"}:
        remedy = "Set TERM to what the terminal is (often xterm-256color), or use codeact chat --line."
        return Finding("terminal", "warning", f"TERM is {term or 'not set'}: no screen can be drawn", remedy)
    if environ.get("NO_COLOR"):
        return Finding("terminal", "ok", f"{term}, no colours (NO_COLOR is set)")
    if environ.get("COLORTERM", "") in {"truecolor", "24bit"}:
        return Finding("terminal", "ok", f"{term}, 16 million colours")
    if "256" in term:
        return Finding("terminal", "ok", f"{term}, 256 colours (COLORTERM=truecolor where it has more)")
    remedy = "The theme `ansi` looks best there: codeact chat --theme ansi."
    return Finding("terminal", "ok", f"{term}, its own 16 colours", remedy)


def _between(environ: Mapping[str, str]) -> Iterator[Finding]:
    if environ.get("TMUX"):
        remedy = "For copying and for Shift+Enter: set -g set-clipboard on; set -g extended-keys on."
        yield Finding("terminal", "ok", "inside tmux", remedy)
    elif environ.get("STY"):
        yield Finding("terminal", "warning", "inside screen: copying out does not work", "tmux lets it through.")


def _clipboard(terminal: Terminal) -> Finding:
    if terminal.environ.get("SSH_CONNECTION") or terminal.environ.get("SSH_TTY"):
        return Finding("clipboard", "ok", "over SSH: through the terminal (OSC 52), where it allows that")
    if terminal.clipboard:
        return Finding("clipboard", "ok", f"{terminal.clipboard}, and through the terminal (OSC 52)")
    remedy = "Install wl-clipboard, xclip or xsel where the terminal does not allow it."
    return Finding("clipboard", "ok", "through the terminal (OSC 52)", remedy)
