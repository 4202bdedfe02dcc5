"""A local model that streams one long Markdown reply at a given pace: a process of its own.

`python -m benchmarks.stream_server` prints its port. `GET /pace?tokens_per_s=200` sets how fast the next replies come
(0: at once); `GET /ended` gives when the last byte of the last reply was sent, by the clock that all processes share.
"""

import re
import time
from typing import cast
from urllib.parse import parse_qs, urlsplit

from benchmarks.serving import StreamingHandler, StreamingServer, serve

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


class _Server(StreamingServer):
    tokens_per_s = 200.0
    ended_s = 0.0


class _Handler(StreamingHandler):
    @property
    def _owner(self) -> _Server:
        return cast("_Server", self.server)

    def do_GET(self) -> None:
        """Set the pace, or give the time."""
        asked = urlsplit(self.path)
        if asked.path == "/pace":
            self._owner.tokens_per_s = float(parse_qs(asked.query)["tokens_per_s"][0])
            self._owner.ended_s = 0.0
        self.answer(self._owner.ended_s)

    def do_POST(self) -> None:
        """Stream the reply."""
        self.begin()
        started_s, pace = time.monotonic(), self._owner.tokens_per_s
        for number, token in enumerate(reply_tokens()):
            self.send_piece(token)
            if pace and (ahead_s := started_s + (number + 1) / pace - time.monotonic()) > 0:
                time.sleep(ahead_s)
        self.end()
        self._owner.ended_s = time.monotonic()


def main() -> None:
    """Serve until the process is ended."""
    serve(_Server(("127.0.0.1", 0), _Handler))


if __name__ == "__main__":
    main()
