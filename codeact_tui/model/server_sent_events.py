"""Server-sent events, as far as model servers use them: the payload of each `data:` line. Pure, linear.

Source: HTML Standard, section 9.2 "Server-sent events".
"""

from codeact_tui.errors import ModelBadStream

__all__ = ["EventLines"]

_LONGEST_LINE = 16 * 1024 * 1024


class EventLines:
    """Takes bytes as they come, gives payloads; the same ones however the bytes are cut."""

    def __init__(self) -> None:
        self.any = False
        """There was a payload."""
        self._pieces: list[bytes] = []
        self._length = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take more bytes; give the payloads of the lines that end in them.

        Raises:
            ModelBadStream: A line has no end.
        """
        *lines, rest = data.split(b"\n")
        if not lines:
            self._hold(rest)
            return []
        lines[0] = b"".join([*self._pieces, lines[0]])
        self._pieces, self._length = [], 0
        self._hold(rest)
        payloads = [line[5:].strip() for line in lines if line.startswith(b"data:") and line[5:].strip()]
        self.any = self.any or bool(payloads)
        return payloads

    def _hold(self, data: bytes) -> None:
        if data:
            self._pieces.append(data)
            self._length += len(data)
        if self._length > _LONGEST_LINE:
            raise ModelBadStream("The server sent a line without an end.", remedy="Check model.base_url.")
