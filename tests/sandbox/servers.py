"""A web server on this machine's loopback, in a thread of its own."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

__all__ = ["HttpServer"]


class _Server(ThreadingHTTPServer):
    answer = ""
    requests = 0

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.files: dict[str, bytes] = {}

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        self.requests += 1
        return super().get_request()


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = self.server.files.get(self.path)
        words = body or (self.server.answer or f"you asked for {self.path} of {self.headers['Host']}").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "application/octet-stream")
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        self.wfile.write(words)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.rfile.read(length)
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


class HttpServer:
    """Serves until it is left.

    Args:
        answer: What it says; empty for what it was asked.
        files: What it says at some paths.
    """

    def __init__(self, answer: str = "", files: dict[str, bytes] | None = None) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.answer = answer
        self._server.files = files or {}
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def requests(self) -> int:
        """How often it was connected to."""
        return self._server.requests

    def __enter__(self) -> "HttpServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
