"""A local model that streams one long Markdown reply at a given pace: a process of its own.

`python -m benchmarks.stream_server` prints its port. `GET /pace?tokens_per_s=200` sets how fast the next replies come
(0: at once); `GET /ended` gives when the last byte of the last reply was sent, by the clock that all processes share.
"""

import json
import re
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import parse_qs, urlsplit

__all__ = ["LAST_WORD", "TOKENS", "main", "reply_tokens"]

TOKENS = 2000
LAST_WORD = "finis-operis"

_SECTION = """## {n}. What the regions did

The **revenue** of region {n} grew by *twelve percent*, see [the report](https://example.org/report/{n}), mostly in its
second half; `df.groupby("region")` shows it. Nothing else in the table has changed as much as that since the year
began.

- the north has grown, slowly at first
  - its towns more than its villages
  - its ports most of all
- the south has **not**

| region | revenue | growth |
|:-------|--------:|:------:|
| north  | 1,204.5 |  12 %  |
| south  |   803.1 |   3 %  |

> A remark: what is measured in a hurry is measured twice.

```python
def growth(df, region):
    part = df[df.region == region]
    return part.revenue.pct_change().mean()
```

The mean is $\\bar x = \\frac{{1}}{{n}} \\sum_i x_i$ of all that was counted.

"""


def reply_tokens() -> list[str]:
    """Give the reply in pieces as a model's tokens are: a word or less."""
    text = "".join(_SECTION.format(n=number) for number in range(1, 40))
    tokens = re.findall(r" ?\w{1,7}|\s+|[^\w\s]{1,3}", text)[: TOKENS - 2]
    return [*tokens, "\n\n", LAST_WORD]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    tokens_per_s = 200.0
    ended_s = 0.0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def _owner(self) -> _Server:
        return cast("_Server", self.server)

    def do_GET(self) -> None:
        """Set the pace, or give the time."""
        asked = urlsplit(self.path)
        if asked.path == "/pace":
            self._owner.tokens_per_s = float(parse_qs(asked.query)["tokens_per_s"][0])
            self._owner.ended_s = 0.0
        body = json.dumps(self._owner.ended_s).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """Stream the reply."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        started_s, pace = time.monotonic(), self._owner.tokens_per_s
        for number, token in enumerate(reply_tokens()):
            self._send(_event({"index": 0, "delta": {"content": token}, "finish_reason": None}))
            if pace and (ahead_s := started_s + (number + 1) / pace - time.monotonic()) > 0:
                time.sleep(ahead_s)
        last = _event({"index": 0, "delta": {}, "finish_reason": "stop"}) + b"data: [DONE]\n\n"
        self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(last), last))
        self._owner.ended_s = time.monotonic()

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
