"""What a running cell puts out, as lines on a surface while it comes."""

import re
from typing import assert_never

from codeact_tui.line.base import Surface
from codeact_tui.line.words import Palette, bundle_text, one_line, own_lines
from codeact_tui.protocol.amounts import human_bytes
from codeact_tui.protocol.events import OutputSkipped, OutputTruncated
from codeact_tui.protocol.outputs import (
    ClearOutput,
    DisplayData,
    ErrorOutput,
    ExecuteResult,
    Output,
    StreamOutput,
    UpdateDisplay,
)
from codeact_tui.protocol.terminal_text import ControlStripper, LineSettler
from codeact_tui.secrets.veil import Veil
from codeact_tui.session.outputs import DisplayBlock, ErrorBlock, OutputBlock, OutputLog, StreamBlock

__all__ = ["CellPrinter", "draw_block", "draw_log"]

_SGR = re.compile(r"\x1b\[([0-9;:]*)m")
_CARRIED_CHARS = 64
"""The most colour codes that are carried from one line to the next."""


class CellPrinter:
    r"""Draws one cell's outputs as they come.

    Finished lines are written; the one that is not finished, which a `\r` may still overwrite, is shown live and
    written in its final state. Once the cell has taken output back (`clear_output`, `update_display`, lines that the
    cursor goes back to), what follows is shown live only, and its final state at the end.

    Args:
        surface: Where to.
        veil: Hides what looks like a key; None hides nothing.
    """

    def __init__(self, surface: Surface, veil: Veil | None = None) -> None:
        self._surface = surface
        self._veil = veil or Veil()
        self._palette = Palette(surface.colour)
        self._stream: _Stream | None = None
        self._replaced = False
        self._updated: set[str] = set()
        self._skipping = False

    def output(self, output: Output) -> None:
        """Draw one output."""
        match output:
            case StreamOutput():
                self._write_stream(output)
            case ClearOutput():
                self._break()
                self._replaced = True
            case UpdateDisplay():
                self._updated.add(output.display_id)
                self._live(one_line(bundle_text(output.data)))
            case DisplayData():
                if output.display_id is not None:
                    self._updated.discard(output.display_id)
                self._write_block(DisplayBlock(output.data, output.metadata, output.display_id))
            case ExecuteResult():
                self._write_block(DisplayBlock(output.data, output.metadata, is_result=True))
            case ErrorOutput():
                self._write_block(ErrorBlock(output.ename, output.evalue, output.traceback))
            case _:
                assert_never(output)

    def skipped(self, event: OutputSkipped) -> None:
        """Say that there is more than is drawn, once, and show the last of it."""
        if not self._skipping:
            self._skipping = True
            self._break()
            self._write(self._palette.dim("[… there is more output than is shown here; its end follows …]"))
        last = event.tail.rstrip("\n").rpartition("\n")[2]
        self._live(f"{human_bytes(event.total_bytes)} so far: {one_line(last, 120)}")

    def truncated(self, event: OutputTruncated, number: int) -> None:
        """Draw the tail, and say what is missing and where it is."""
        self._break()
        self._write(_tail_text(event.skipped_bytes, event.tail, self._surface.colour, self._palette))
        if event.blob is not None:
            whole = f"[the whole, {human_bytes(event.total_bytes)}: /output {number}]"
            self._write(self._palette.dim(whole))

    def pause(self) -> None:
        """Finish the line that is open, because something else is written now."""
        self._break()

    def finish(self, log: OutputLog) -> None:
        """Write what is still only live.

        Args:
            log: All the cell's outputs as they stand in the end.
        """
        self._break()
        self._live("")
        if self._replaced:
            text = draw_log(log, self._surface.colour)
            if text:
                self._write(text)
            return
        for block in log.blocks:
            if isinstance(block, DisplayBlock) and block.display_id in self._updated:
                self._write(draw_block(block, self._surface.colour))

    def _write_stream(self, output: StreamOutput) -> None:
        if self._stream is None or self._stream.name != output.name:
            self._break()
            self._stream = _Stream(output.name, self._surface.colour)
        lines, current = self._stream.feed(output.text)
        self._replaced = self._replaced or self._stream.took_back
        if lines and not self._replaced:
            self._write("\n".join(lines))
        self._live(current)

    def _write_block(self, block: OutputBlock) -> None:
        self._break()
        text = draw_block(block, self._surface.colour)
        if self._replaced:
            self._live(one_line(text))
        else:
            self._write(text)

    def _break(self) -> None:
        stream, self._stream = self._stream, None
        if stream is None:
            return
        rest = stream.finish()
        self._live("")
        if rest and not self._replaced:
            self._write(rest)

    def _write(self, text: str) -> None:
        self._surface.write(self._veil.shown(text))

    def _live(self, text: str) -> None:
        self._surface.live(self._veil.shown(text))


class _Stream:
    """Text on one stream, made into lines whose colours each line states anew."""

    def __init__(self, name: str, colour: bool) -> None:
        self.name = name
        self._stripper = ControlStripper(moves=True)
        self._settler = LineSettler()
        self._colour = colour
        self._carried = ""

    def feed(self, text: str) -> tuple[list[str], str]:
        """Give the lines that are finished, and the one that is not."""
        lines = [self._closed(line) for line in self._settler.feed(self._stripper.feed(text))]
        return lines, self._current()

    @property
    def took_back(self) -> bool:
        """Lines that were finished before are changed by the last text."""
        return self._settler.taken_back > 0

    def finish(self) -> str:
        """Give what was not finished."""
        return self._current()

    def _current(self) -> str:
        carried = self._carried
        drawn = [self._closed(line) for line in self._settler.current.split("\n")]
        self._carried = carried
        return "\n".join(drawn)

    def _closed(self, line: str) -> str:
        drawn = self._drawn(line)
        for match in _SGR.finditer(line):
            codes = match[1]
            self._carried = "" if codes in {"", "0", "00"} else (self._carried + match[0])[-_CARRIED_CHARS:]
        start = self._carried.find("\x1b")
        self._carried = self._carried[start:] if start >= 0 else ""
        return drawn

    def _drawn(self, line: str) -> str:
        plain = _SGR.sub("", line)
        if not self._colour or not plain:
            return plain
        return f"{self._carried}{line}\x1b[0m" if self._carried or "\x1b" in line else line


def draw_log(log: OutputLog, colour: bool) -> str:
    """Draw all that a cell put out, as it stands."""
    parts = [draw_block(block, colour) for block in log.blocks]
    if log.skipped_bytes or log.tail:
        parts.append(_tail_text(log.skipped_bytes, log.tail, colour, Palette(colour)))
    return "\n".join(part for part in parts if part)


def draw_block(block: OutputBlock, colour: bool) -> str:
    """Draw one output."""
    match block:
        case StreamBlock():
            text = block.text
        case DisplayBlock():
            text = bundle_text(block.data)
        case ErrorBlock():
            text = "\n".join(block.traceback) or f"{block.ename}: {block.evalue}"
    drawn = own_lines(text, colour=colour).rstrip("\n")
    return f"{drawn}\x1b[0m" if "\x1b" in drawn else drawn


def _tail_text(skipped_bytes: int, tail: str, colour: bool, palette: Palette) -> str:
    text = own_lines(tail, colour=colour).rstrip("\n")
    text = f"{text}\x1b[0m" if "\x1b" in text else text
    note = palette.dim(f"[… {skipped_bytes:,} bytes left out …]") if skipped_bytes else ""
    return "\n".join(part for part in (note, text) if part)
