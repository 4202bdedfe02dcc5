"""A cell's outputs as text that can be drawn from any line on: streams, results, tracebacks, displays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, assert_never

from codeact_tui.protocol.events import OutputSkipped
from codeact_tui.protocol.terminal_text import LineSettler, plain_text, settle, strip_controls
from codeact_tui.session.outputs import DisplayBlock, ErrorBlock, OutputBlock, OutputLog, StreamBlock
from codeact_tui.tui.rendering.ansi import PLAIN_PEN, Pen, ansi_line, pen_after
from codeact_tui.tui.rendering.code import code_lines
from codeact_tui.tui.rendering.images import describe_image
from codeact_tui.tui.rendering.lines import Line, Piece, chop, flow, indented
from codeact_tui.tui.rendering.markdown import markdown_lines
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import clean, human_bytes

__all__ = ["OutputPart", "OutputReader", "bundle_part", "outputs_text", "skipped_parts"]

PartKind = Literal["stdout", "stderr", "display", "result", "error", "json", "markdown", "note"]

_PEN_STEP = 200
_MAX_LINE = 1024 * 1024
_MAX_JSON = 256 * 1024
_MAX_DISPLAY = 256 * 1024


@dataclass
class OutputPart:
    """Some lines of output of one kind, colours still as escape sequences."""

    kind: PartKind
    lines: list[str]
    grows: bool = False
    """More may come at its end."""
    revisions: int = 0
    """How often lines before the last have been replaced."""
    _pens: list[Pen] = field(default_factory=lambda: [PLAIN_PEN])

    def estimate(self, first: int, last: int, width: int) -> int:
        """Give the height of some lines, roughly."""
        return sum(1 if len(line) <= width else -(-len(line) // width) for line in self.lines[first:last])

    def draw(self, first: int, last: int, width: int, paint: Paint, *, line_chars_max: int = _MAX_LINE) -> list[Line]:
        """Draw some lines.

        Args:
            first: The first, counted from 0.
            last: The one after the last.
            width: Cells there are.
            paint: The styles.
            line_chars_max: What is beyond this in a line is left out, and said to be.
        """
        lines = [line[:line_chars_max] for line in self.lines[first:last]]
        match self.kind:
            case "note":
                return [line for text in lines for line in flow([(clean(text), paint.muted)], width)]
            case "markdown":
                return markdown_lines("\n".join(lines), width, paint)
            case "json":
                rows = code_lines("\n".join(lines), paint, language="json")
                return [line for row in rows for line in chop(row, width)]
            case "stderr":
                lead: list[Piece] = [("▎", paint.warn)]
                return indented(self._text(first, lines, width - 1, paint), lead)
            case _:
                return self._text(first, lines, width, paint)

    def _text(self, first: int, lines: list[str], width: int, paint: Paint) -> list[Line]:
        pen = self._pen_at(first)
        drawn: list[Line] = []
        for number, text in enumerate(lines, first):
            pieces, pen = ansi_line(text, pen, paint.terminal)
            drawn.extend(chop(pieces, width))
            if len(text) < len(self.lines[number]):
                drawn.append(Line((("… the line goes on", paint.muted),)))
        return drawn

    def _pen_at(self, line: int) -> Pen:
        """Give what is set before a line, from marks that are made on the way."""
        mark = line // _PEN_STEP
        while len(self._pens) <= mark:
            start = (len(self._pens) - 1) * _PEN_STEP
            self._pens.append(pen_after("\n".join(self.lines[start : start + _PEN_STEP]), self._pens[-1]))
        rest = self.lines[mark * _PEN_STEP : line]
        return pen_after("\n".join(rest), self._pens[mark]) if rest else self._pens[mark]

    def revise(self, first: int) -> None:
        """Take it that the lines from `first` on are not what they were."""
        self.revisions += 1
        del self._pens[first // _PEN_STEP + 1 :]


class OutputReader:
    """Keeps the parts of a log up to date while it grows: what was read is not read again."""

    def __init__(self) -> None:
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

    def _add(self, block: OutputBlock) -> None:
        if isinstance(block, StreamBlock):
            reader = _StreamReader(block)
            self._settlers.append(reader)
            self._read.append((block, None, reader.part))
        else:
            self._settlers.append(None)
            self._read.append((block, _content(block), _part(block)))

    def _update(self, at: int, block: OutputBlock) -> None:
        reader = self._settlers[at]
        if reader is not None:
            reader.update()
        elif not isinstance(block, StreamBlock) and self._read[at][1] is not _content(block):
            self._read[at] = (block, _content(block), _part(block))


class _StreamReader:
    """Settles a stream's text as it grows."""

    def __init__(self, block: StreamBlock) -> None:
        self.part = OutputPart("stderr" if block.name == "stderr" else "stdout", [], grows=True)
        self._block = block
        self._settler = LineSettler()
        self._finished = 0
        self._fed = 0
        self.update()

    def update(self) -> None:
        text = self._block.text
        if len(text) == self._fed:
            return
        lines = self._settler.feed(text[self._fed :])
        self._fed = len(text)
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
    return block.data if isinstance(block, DisplayBlock) else block


def _part(block: DisplayBlock | ErrorBlock) -> OutputPart:
    match block:
        case ErrorBlock():
            text = "\n".join(block.traceback) or f"{block.ename}: {block.evalue}"
            return OutputPart("error", _display_lines(text))
        case DisplayBlock():
            return bundle_part(block.data, is_result=block.is_result)
        case _:
            assert_never(block)


def bundle_part(data: Mapping[str, str], *, is_result: bool = False) -> OutputPart:
    """Choose what to show of a MIME bundle: what a terminal shows best, never what it would have to obey."""
    image = next((mime for mime in data if mime.startswith("image/")), None)
    if image is not None:
        return OutputPart("note", [describe_image(image, data[image])])
    if "application/json" in data and (pretty := _pretty(data["application/json"])):
        return OutputPart("json", pretty.split("\n"))
    if "text/markdown" in data:
        return OutputPart("markdown", data["text/markdown"][:_MAX_DISPLAY].split("\n"))
    if "text/plain" in data:
        return OutputPart("result" if is_result else "display", _display_lines(data["text/plain"]))
    kinds = [f"{mime}, {human_bytes(len(text))}" for mime, text in data.items()]
    return OutputPart("note", [f"shown elsewhere only: {'; '.join(kinds)}" if kinds else "an empty display"])


def _display_lines(text: str) -> list[str]:
    """Divide a display's text into lines; of a very long one the beginning."""
    lines = settle(strip_controls(text[:_MAX_DISPLAY], moves=True)).split("\n")
    if len(text) > _MAX_DISPLAY:
        lines.append(f"\x1b[0m… {human_bytes(len(text) - _MAX_DISPLAY)} more")
    return lines


def _pretty(text: str) -> str:
    if len(text) > _MAX_JSON:
        return ""
    import json

    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""


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
