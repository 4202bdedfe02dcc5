"""A local model that speaks the OpenAI streaming protocol and notes times: a process of its own.

`python -m benchmarks.model_server` prints its port. `GET /script?actions=50` sets how many of the next replies hold an
action, `GET /stamps` gives the milliseconds from the last byte of each such reply to the arrival of the request after
it. Both times are taken here, by one clock.
"""

import json
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import parse_qs, urlsplit

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


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    script = Script()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

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
        body = json.dumps(self._script.overheads_ms).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Stream a reply."""
        self.rfile.read(int(self.headers["Content-Length"]))
        script = self._script
        acts, script.actions = script.actions > 0, script.actions - 1
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in (*_ACTION, *_ACTION_END) if acts else _WORDS:
            self._send(_event({"index": 0, "delta": {"content": piece}, "finish_reason": None}))
            time.sleep(_PIECE_S)
        last = _event({"index": 0, "delta": {}, "finish_reason": "stop"}) + b"data: [DONE]\n\n"
        self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(last), last))
        if acts:
            script.replied_at_s = time.perf_counter()

    def _send(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _event(choice: dict[str, object]) -> bytes:
    return b"data: " + json.dumps({"object": "chat.completion.chunk", "choices": [choice]}).encode() + b"\n\n"


def main() -> None:
    """Serve until the process is ended."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
