"""A plain chat on Textual: an input, and one Markdown widget that a reply is streamed into.

`python -m benchmarks.bare_stream URL` asks for a reply at every Enter.
"""

import json
import sys

import httpx
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Markdown

__all__ = ["BareStream"]


class BareStream(App[None]):
    """An input and a reply."""

    CSS = "#scroll { height: 1fr; }"

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with VerticalScroll(id="scroll"):
            yield Markdown()
        yield Input(placeholder="ask anything")

    def on_mount(self) -> None:
        """Keep the end in sight, and type."""
        self.query_one(VerticalScroll).anchor()
        self.query_one(Input).focus()

    def on_input_submitted(self) -> None:
        """Ask."""
        self.query_one(Input).clear()
        self.run_worker(self._reply(), exclusive=True)

    async def _reply(self) -> None:
        stream = Markdown.get_stream(self.query_one(Markdown))
        body = {"model": "m", "messages": [{"role": "user", "content": "Tell."}], "stream": True}
        async with (
            httpx.AsyncClient(timeout=None) as client,
            client.stream("POST", f"{self._url}/chat/completions", json=body) as response,
        ):
            async for line in response.aiter_lines():
                if line.startswith("data: ") and line != "data: [DONE]":
                    await stream.write(json.loads(line[6:])["choices"][0]["delta"].get("content") or "")
        await stream.stop()


if __name__ == "__main__":
    BareStream(sys.argv[1]).run()
