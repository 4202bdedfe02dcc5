"""A local model that speaks the OpenAI streaming protocol and notes times: a process of its own.

`python -m benchmarks.model_server` prints its port. `GET /script?actions=50` sets how many of the next replies hold an
action, `GET /stamps` gives the milliseconds from the last byte of each such reply to the arrival of the request after
it. Both times are taken here, by one clock.
"""

import time
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import parse_qs, urlsplit

from benchmarks.serving import StreamingHandler, StreamingServer, serve

__all__ = ["main"]

_PIECE_S = 0.002
"""Between two pieces of a reply: 500 a second, faster than most models."""
_ACTION = ("I ", "count ", "one ", "further", ".\n", "<execute>\n", "count = ", "globals()", ".get('count', 0)")
_ACTION_END = (" + 1\n", "print(count)\n")
_WORDS = ("That ", "is ", "all.")


@dataclass
class Script:
    """What is replied, and when what came."""

    actions: int = 0
    replied_at_s: float | None = None
    overheads_ms: list[float] = field(default_factory=list[float])

    def arrived(self, at_s: float) -> None:
        """A request has come."""
        if self.replied_at_s is not None:
            self.overheads_ms.append((at_s - self.replied_at_s) * 1e3)
            self.replied_at_s = None


class _Server(StreamingServer):
    script = Script()


class _Handler(StreamingHandler):
    @property
    def _script(self) -> Script:
        return cast("_Server", self.server).script

    def parse_request(self) -> bool:
        """Note the time when the first line has come."""
        at_s = time.perf_counter()
        understood = super().parse_request()
        if understood and self.command == "POST":
            self._script.arrived(at_s)
        return understood

    def do_GET(self) -> None:
        """Set the script, or give the times."""
        asked = urlsplit(self.path)
        if asked.path == "/script":
            cast("_Server", self.server).script = Script(int(parse_qs(asked.query)["actions"][0]))
        self.answer(self._script.overheads_ms)

    def do_POST(self) -> None:
        """Stream a reply."""
        script = self._script
        acts, script.actions = script.actions > 0, script.actions - 1
        self.begin()
        for piece in (*_ACTION, *_ACTION_END) if acts else _WORDS:
            self.send_piece(piece)
            time.sleep(_PIECE_S)
        self.end()
        if acts:
            script.replied_at_s = time.perf_counter()


def main() -> None:
    """Serve until the process is ended."""
    serve(_Server(("127.0.0.1", 0), _Handler))


if __name__ == "__main__":
    main()
