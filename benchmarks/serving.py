"""What a local model of a benchmark is made of: it speaks the OpenAI streaming protocol, in a process of its own."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["StreamingHandler", "StreamingServer", "serve"]


class StreamingServer(ThreadingHTTPServer):
    """Serves each connection in a thread that ends with the process."""

    daemon_threads = True


class StreamingHandler(BaseHTTPRequestHandler):
    """Sends replies piece by piece, each as it is."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, found: object) -> None:
        """Answer a question of the benchmark's, as JSON."""
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def begin(self) -> None:
        """Read the request and begin a reply."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def send_piece(self, text: str) -> None:
        """Send a piece of the reply."""
        data = _event({"index": 0, "delta": {"content": text}, "finish_reason": None})
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def end(self) -> None:
        """End the reply."""
        last = _event({"index": 0, "delta": {}, "finish_reason": "stop"}) + b"data: [DONE]\n\n"
        self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(last), last))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def serve(server: StreamingServer) -> None:
    """Print the port, and serve until the process is ended."""
    with server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


def _event(choice: dict[str, object]) -> bytes:
    return b"data: " + json.dumps({"object": "chat.completion.chunk", "choices": [choice]}).encode() + b"\n\n"
