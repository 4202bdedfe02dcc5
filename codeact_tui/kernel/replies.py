"""What our part of the kernel answers about variables, read as if a stranger had written it. Pure."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from codeact_tui.errors import KernelError
from codeact_tui.kernel.answers import (
    CellProgress,
    Checkpoint,
    CodeInspection,
    Completions,
    NamespaceDiff,
    NamespaceListing,
)
from codeact_tui.protocol.terminal_text import plain_text
from codeact_tui.protocol.travel import Grade
from codeact_tui.protocol.variables import (
    TableColumn,
    Variable,
    VariableDetail,
    VariableHistogram,
    VariableNode,
    VariablePicture,
    VariableTable,
)

__all__ = [
    "read_checkpoint", "read_completions", "read_detail", "read_diff", "read_inspection", "read_listing",
    "read_progress", "read_version",
]  # fmt: skip

_LINE_CHARS = 500
_FOLDER_CHARS = 4096
_TEXT_CHARS = 200_000
_MATCHES = 1000
_KIND_CHARS = 60
_PARAMETERS = 100
_PARAMETER_CHARS = 80
_LINES = 10_000_000
_ROWS = 500
_COLUMNS = 50
_TOLD_COLUMNS = 100
_TOTAL = 1 << 48
_BARS = 100
_PIXELS = 400
_REASONS = 12

_Position = Annotated[int, Meta(ge=0, le=1 << 40)]


class _Completions(Struct):
    matches: list[str] = []
    kinds: list[str] = []
    cursor_start: _Position = 0
    cursor_end: _Position = 0


_diff_decoder = msgspec.json.Decoder(NamespaceDiff)
_listing_decoder = msgspec.json.Decoder(NamespaceListing)
_detail_decoder = msgspec.json.Decoder(VariableDetail)
_completions_decoder = msgspec.json.Decoder(_Completions)


class _InspectionData(Struct, frozen=True):
    codeact: CodeInspection = CodeInspection()


class _Inspection(Struct):
    metadata: _InspectionData = _InspectionData()


_inspection_decoder = msgspec.json.Decoder(_Inspection)


class _LanguageInfo(Struct, frozen=True):
    version: str = ""


class _KernelInfo(Struct):
    language_info: _LanguageInfo = _LanguageInfo()


class _Checkpoint(Struct):
    status: str = ""
    problem: str = ""
    grade: Grade = "green"
    reasons: list[str] = []
    milliseconds: float = 0.0
    variables: NamespaceListing | None = None


_checkpoint_decoder = msgspec.json.Decoder(_Checkpoint)
_progress_decoder = msgspec.json.Decoder(CellProgress)


def read_version(content: bytes) -> str:
    """Read which Python the kernel has.

    Raises:
        msgspec.DecodeError: It is something else.
    """
    return msgspec.json.decode(content, type=_KernelInfo).language_info.version


def read_diff(content: bytes) -> NamespaceDiff:
    """Read what a cell did to the variables.

    Raises:
        msgspec.DecodeError: It is of another form.
    """
    diff = _diff_decoder.decode(content)
    return NamespaceDiff(
        added=tuple(_variable(variable) for variable in diff.added),
        changed=tuple(_variable(variable) for variable in diff.changed),
        removed=tuple(_line(name) for name in diff.removed),
        total=diff.total,
        cut=diff.cut,
    )


def read_listing(content: bytes) -> NamespaceListing:
    """Read a list of variables.

    Raises:
        msgspec.DecodeError: It is of another form.
    """
    return _listing(_listing_decoder.decode(content))


def _listing(listing: NamespaceListing) -> NamespaceListing:
    variables = tuple(_variable(variable) for variable in listing.variables)
    folder = listing.folder if listing.folder.isprintable() and len(listing.folder) <= _FOLDER_CHARS else ""
    return NamespaceListing(variables, listing.total, listing.cut, folder)


def read_detail(content: bytes) -> VariableDetail:
    """Read the detail of a variable.

    Raises:
        msgspec.DecodeError: It is of another form.
    """
    detail = _detail_decoder.decode(content)
    return VariableDetail(
        variable=_variable(detail.variable),
        table=None if detail.table is None else _table(detail.table),
        statistics=tuple((_line(label), _line(value)) for label, value in detail.statistics),
        nodes=tuple(_node(node) for node in detail.nodes),
        total_nodes=detail.total_nodes,
        source=_text(detail.source),
        text=_text(detail.text),
        error=_line(detail.error),
        histogram=None if detail.histogram is None else _histogram(detail.histogram),
        picture=None if detail.picture is None else _picture(detail.picture),
        has_rows=detail.has_rows,
    )


def read_completions(content: bytes, code: str, cursor: int) -> Completions:
    """Read completions; positions are in characters of `code`.

    Raises:
        msgspec.DecodeError: It is of another form.
    """
    found = _completions_decoder.decode(content)
    end = min(max(found.cursor_end, 0), len(code)) or cursor
    kinds = [*found.kinds[:_MATCHES], *[""] * len(found.matches)]
    kept = [
        (match, _line(kind)[:_KIND_CHARS])
        for match, kind in zip(found.matches[:_MATCHES], kinds, strict=False)
        if len(match) <= _LINE_CHARS and match.isprintable()
    ]
    matches, said = tuple(match for match, _ in kept), tuple(kind for _, kind in kept)
    return Completions(matches, min(found.cursor_start, end), end, said if any(said) else ())


def read_inspection(content: bytes) -> CodeInspection:
    """Read what is told of a call or a name.

    Raises:
        msgspec.DecodeError: It is of another form.
    """
    found = _inspection_decoder.decode(content).metadata.codeact
    parameters = None
    if found.parameters is not None:
        parameters = tuple(_line(parameter)[:_PARAMETER_CHARS] for parameter in found.parameters[:_PARAMETERS])
    active = found.active if parameters is not None and 0 <= found.active < len(parameters) else -1
    return CodeInspection(_line(found.name), _line(found.kind)[:_KIND_CHARS], parameters, active, _line(found.doc))


def read_progress(content: bytes) -> CellProgress:
    """Read where the running cell is.

    Raises:
        msgspec.DecodeError: It is of another form.
    """
    found = _progress_decoder.decode(content)
    return CellProgress(max(0, min(found.line, _LINES)), max(0, min(found.memory_bytes, 1 << 50)))


def read_checkpoint(name: str, content: bytes) -> Checkpoint:
    """Read what the kernel says of a checkpoint that it was asked for.

    Raises:
        KernelError: It could not be made.
        msgspec.DecodeError: It is of another form.
    """
    found = _checkpoint_decoder.decode(content)
    if found.status != "ok":
        raise KernelError(f"No checkpoint could be made: {_line(found.problem) or 'the kernel does not say why'}.")
    reasons = tuple(_line(reason) for reason in found.reasons[:_REASONS])
    variables = None if found.variables is None else _listing(found.variables)
    return Checkpoint(name, found.grade, reasons, max(0.0, found.milliseconds / 1000), variables)


def _variable(variable: Variable) -> Variable:
    return Variable(
        name=_line(variable.name),
        type_name=_line(variable.type_name),
        kind=_line(variable.kind),
        shape=variable.shape,
        size_bytes=variable.size_bytes,
        summary=_line(variable.summary),
        columns=tuple(
            TableColumn(_line(each.name), _line(each.dtype), each.mark) for each in variable.columns[:_TOLD_COLUMNS]
        ),
    )


def _node(node: VariableNode) -> VariableNode:
    return VariableNode(
        _line(node.label),
        _line(node.type_name),
        _line(node.summary),
        path=node.path,
        expandable=node.expandable,
        opens=node.opens,
    )


def _table(table: VariableTable) -> VariableTable:
    """Read a window, its rows as long as its head, whatever came."""
    columns = min(len(table.columns), len(table.dtypes), _COLUMNS)
    rows = tuple(_lines(row[:columns]) + ("",) * (columns - len(row)) for row in table.rows[:_ROWS])
    index = _lines(table.index[: len(rows)]) + ("",) * (len(rows) - len(table.index))
    cells = columns * len(rows)
    return VariableTable(
        columns=_lines(table.columns[:columns]),
        dtypes=_lines(table.dtypes[:columns]),
        index=index,
        rows=rows,
        total_rows=max(0, min(table.total_rows, _TOTAL)),
        total_columns=max(0, min(table.total_columns, _TOTAL)),
        missing=tuple(place for place in table.missing[:cells] if 0 <= place < cells),
        index_name=_line(table.index_name),
        sorting=table.sorting,
        problem=_line(table.problem),
    )


def _histogram(histogram: VariableHistogram) -> VariableHistogram:
    counts = tuple(max(0, min(count, _TOTAL)) for count in histogram.counts[:_BARS])
    return VariableHistogram(
        counts, _line(histogram.low), _line(histogram.high), _lines(histogram.labels[: len(counts)])
    )


def _picture(picture: VariablePicture) -> VariablePicture | None:
    """Read a picture; one whose pixels are not as many as it says is none."""
    width, height = picture.width, picture.height
    if not (0 < width <= _PIXELS and 0 < height <= _PIXELS and len(picture.pixels) == width * height * 4):
        return None
    return picture


def _lines(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_line(text) for text in texts)


def _line(text: str) -> str:
    """Make one harmless line of it, of characters that can be seen."""
    text = text[:_LINE_CHARS]
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in plain_text(text))


def _text(text: str) -> str:
    return plain_text(text[:_TEXT_CHARS])
