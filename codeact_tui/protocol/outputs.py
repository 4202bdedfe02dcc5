"""What a cell puts out, as Jupyter sends it: the payload of `CellOutput`.

Source: Jupyter messaging protocol 5.4, "Messages on the IOPub channel".
"""

from typing import Literal

from msgspec import Struct

__all__ = [
    "ClearOutput",
    "DisplayData",
    "ErrorOutput",
    "ExecuteResult",
    "MimeBundle",
    "Output",
    "StreamOutput",
    "UpdateDisplay",
]

MimeBundle = dict[str, str]
"""MIME type to its text: binary types in base64, JSON types as JSON text."""


class StreamOutput(Struct, frozen=True, tag="stream"):
    """Text written to stdout or stderr, colours included, other control sequences not."""

    name: Literal["stdout", "stderr"]
    text: str


class DisplayData(Struct, frozen=True, tag="display_data"):
    """Something displayed."""

    data: MimeBundle
    metadata: dict[str, str] = {}
    display_id: str | None = None


class ExecuteResult(Struct, frozen=True, tag="execute_result"):
    """The value of the cell's last expression."""

    data: MimeBundle
    metadata: dict[str, str] = {}
    execution_count: int | None = None


class UpdateDisplay(Struct, frozen=True, tag="update_display_data"):
    """New data for every display with this id, in whichever cell it stands."""

    display_id: str
    data: MimeBundle
    metadata: dict[str, str] = {}


class ClearOutput(Struct, frozen=True, tag="clear_output"):
    """Take away what the cell has put out so far.

    `wait` means: only when the next output comes.
    """

    wait: bool = False


class ErrorOutput(Struct, frozen=True, tag="error"):
    """An exception that ended the cell, traceback lines with ANSI colours."""

    ename: str
    evalue: str
    traceback: tuple[str, ...] = ()


Output = StreamOutput | DisplayData | ExecuteResult | UpdateDisplay | ClearOutput | ErrorOutput
