"""A cell's outputs as text that can be drawn from any line on: streams, results, tracebacks, displays."""

import re
from typing import assert_never

from codeact_tui.protocol.amounts import human_bytes
from codeact_tui.protocol.events import OutputSkipped
from codeact_tui.protocol.terminal_text import LineSettler, plain_text, settle, strip_controls
from codeact_tui.session.outputs import DisplayBlock, ErrorBlock, OutputBlock, OutputLog, StreamBlock
from codeact_tui.tui.rendering.output_part import OutputPart, display_lines

__all__ = ["OutputReader", "outputs_text", "skipped_parts"]

_SGR = r"(?:\x1b\[[\d;]*m)*"
_RULE = re.compile(rf"\A{_SGR}-{{20,}}{_SGR}\n")
_FILL = re.compile(r"(?<! ) {3,}(?=Traceback \(most recent call last\))")


class OutputReader:
    """Keeps the parts of a log up to date while it grows: what was read is not read again."""

    def __init__(self, form: int = 0) -> None:
        self.form = form
        """Which form of each display is shown, counted from its best."""
        self._read: list[tuple[OutputBlock, object, OutputPart]] = []
        self._settlers: list[_StreamReader | None] = []

    def parts(self, log: OutputLog) -> list[OutputPart]:
        """Give the parts as they are now; a part that has not changed is the same object."""
        for at, block in enumerate(log.blocks):
            if at < len(self._read) and self._read[at][0] is block:
                self._update(at, block)
            else:
                del self._read[at:], self._settlers[at:]
                self._add(block)
        del self._read[len(log.blocks) :], self._settlers[len(log.blocks) :]
        parts = [part for _, _, part in self._read]
        return [*parts, *_cut_parts(log)]

    @property
    def form_words(self) -> str:
        """Say which form is shown and which is the next; empty where no display has another."""
        displays = [block for block, _, _ in self._read if isinstance(block, DisplayBlock)]
        if not displays:
            return ""
        from codeact_tui.tui.rendering.bundles import form_names

        names = max((form_names(block.data) for block in displays), key=len)
        if len(names) < 2:
            return ""
        at = self.form % len(names)
        return f"{names[at]} · t {names[(at + 1) % len(names)]}"

    def _add(self, block: OutputBlock) -> None:
        if isinstance(block, StreamBlock):
            reader = _StreamReader(block)
            self._settlers.append(reader)
            self._read.append((block, None, reader.part))
        else:
            self._settlers.append(None)
            self._read.append((block, _content(block), _part(block, self.form)))

    def _update(self, at: int, block: OutputBlock) -> None:
        reader = self._settlers[at]
        if reader is not None:
            reader.update()
        elif not isinstance(block, StreamBlock) and self._read[at][1] is not _content(block):
            self._read[at] = (block, _content(block), _part(block, self.form))


class _StreamReader:
    """Settles a stream's text as it grows."""

    def __init__(self, block: StreamBlock) -> None:
        self.part = OutputPart("stderr" if block.name == "stderr" else "stdout", [], grows=True)
        self._block = block
        self._settler = LineSettler()
        self._finished = 0
        self._fed = ""
        self.update()

    def update(self) -> None:
        text = self._block.text
        if text == self._fed:
            return
        if not text.startswith(self._fed):  # what looks like a key is hidden now, or shown
            self._settler, self._finished, self._fed = LineSettler(), 0, ""
            self.part.lines.clear()
            self.part.revise(0)
        lines = self._settler.feed(text[len(self._fed) :])
        self._fed = text
        current = self._settler.current
        open_before = len(self.part.lines) - self._finished
        self._finished -= self._settler.taken_back
        del self.part.lines[self._finished :]
        if self._settler.taken_back or open_before > 1:
            self.part.revise(self._finished)
        self.part.lines.extend(lines)
        self._finished += len(lines)
        if current:
            self.part.lines.extend(current.split("\n"))


def _content(block: DisplayBlock | ErrorBlock) -> object:
    """Give what tells whether a block is still the same."""
    if isinstance(block, DisplayBlock):
        return block.data
    return block if block.veil.drawn else block.raw_traceback


def _part(block: DisplayBlock | ErrorBlock, form: int) -> OutputPart:
    from codeact_tui.tui.rendering.bundles import bundle_part  # late: no display is there at the first paint

    match block:
        case ErrorBlock():
            text = "\n".join(block.traceback) or f"{block.ename}: {block.evalue}"
            return OutputPart("error", display_lines(_closer(text)))
        case DisplayBlock():
            return bundle_part(block.data, is_result=block.is_result, form=form)
        case _:
            assert_never(block)


def _closer(traceback: str) -> str:
    """Take IPython's rule of 75 columns away, and the blanks that fill its head to them: panes are narrower."""
    return _FILL.sub("  ", _RULE.sub("", traceback, count=1), count=1)


def _cut_parts(log: OutputLog) -> list[OutputPart]:
    """Give what tells of the text that was kept aside, and its tail."""
    if not log.skipped_bytes and not log.tail:
        return []
    where = ", o opens the whole" if log.blob else ", which was not kept"
    return [OutputPart("note", [f"… {human_bytes(log.skipped_bytes)} more{where}"]), _tail_part(log.tail)]


def skipped_parts(event: OutputSkipped) -> list[OutputPart]:
    """Give what tells of a running cell's text past what is shown, and the last of it."""
    return [OutputPart("note", [f"… {human_bytes(event.total_bytes)} so far, the last of it:"]), _tail_part(event.tail)]


def _tail_part(tail: str) -> OutputPart:
    return OutputPart("stdout", settle(strip_controls(tail, moves=True)).rstrip("\n").split("\n"))


def outputs_text(log: OutputLog) -> str:
    """Give all that is kept of a cell's output as plain text."""
    return "\n".join(plain_text("\n".join(part.lines)) for part in OutputReader().parts(log))
