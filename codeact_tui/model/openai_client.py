"""Servers that speak the OpenAI protocol, with nothing between them and us but httpx."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from codeact_tui.errors import ModelBadStream, ModelError, ModelRefused, ModelStreamEnded, ModelUnavailable
from codeact_tui.model.base import Alive, Delta, Finished, ModelInfo, Request
from codeact_tui.model.http_errors import error_of
from codeact_tui.model.keys import KeySource
from codeact_tui.model.openai_wire import ChunkReader, request_json
from codeact_tui.model.server_sent_events import EventLines
from codeact_tui.protocol.turns import Usage

if TYPE_CHECKING:
    import httpx

__all__ = ["OpenAIClient"]

_CONNECT_S = 10.0
_END_S = 0.2
_LONGER_NAME = "max_completion_tokens"
_LONGEST_BODY = 64 * 1024


class OpenAIClient:
    """One model at one server. Keeps its connection between requests.

    Args:
        info: What is known of the model.
        model: What the server calls it.
        base_url: Where the server listens, `/v1` included.
        keys: Where the key is from that is sent as a bearer token; None, or an empty one, sends none.
        price: Gives what a usage costs in US dollars; None where that is unknown.
    """

    def __init__(
        self,
        info: ModelInfo,
        *,
        model: str,
        base_url: str,
        keys: KeySource | None = None,
        price: Callable[[Usage], float | None] = lambda _: None,
    ) -> None:
        self._info = info
        self._model = model
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._where = urlsplit(base_url).netloc.rpartition("@")[2] or base_url
        self._is_local = urlsplit(base_url).hostname in {"localhost", "127.0.0.1", "::1"}
        self._keys = keys or KeySource({}, ())
        self._price = price
        self._client: httpx.AsyncClient | None = None
        self._making = asyncio.Lock()
        self._renamed: dict[str, str | None] = {}
        """Parameters that the server refused, each with what it wants instead."""

    @property
    def info(self) -> ModelInfo:
        """What is known of the model."""
        return self._info

    async def warm_up(self) -> None:
        """Import what a request needs, in a thread, and make the client. Asks for no key: that may ask the user."""
        await self._get_client()

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def stream(self, request: Request) -> AsyncGenerator[Delta]:
        """Ask, and give the reply as it comes.

        A server that refuses an optional parameter by name is asked again without it, or with the one that it names
        instead, and never sent it again.
        """
        client = await self._get_client()
        if key := await self._keys.get():
            client.headers["Authorization"] = f"Bearer {key}"
        while True:
            body = request_json(request, self._model)
            for name, instead in self._renamed.items():
                value = body.pop(name, None)
                if instead is not None and value is not None:
                    body[instead] = value
            try:
                async with aclosing(self._attempt(client, body)) as deltas:
                    async for delta in deltas:
                        yield delta
            except ModelRefused as error:
                unwanted = _unwanted(error.message, body)
                if unwanted is None:
                    raise self._keys.hide(error)  # noqa: B904 - the same error
                longer = unwanted == "max_tokens" and _LONGER_NAME in error.message
                self._renamed[unwanted] = _LONGER_NAME if longer else None
            except ModelError as error:
                raise self._keys.hide(error)  # noqa: B904 - the same error
            else:
                return

    async def _attempt(self, client: "httpx.AsyncClient", body: dict[str, Any]) -> AsyncGenerator[Delta]:
        import httpx

        try:
            async with client.stream("POST", self._url, content=msgspec.json.encode(body)) as response:
                if response.status_code != 200:
                    raise await self._refusal(response)
                async with aclosing(self._read(response)) as deltas:
                    async for delta in deltas:
                        yield delta
        except httpx.ConnectError as error:
            first = "Start the server" if self._is_local else "Check the network"
            raise ModelUnavailable(
                f"Nothing answers at {self._where}.", remedy=f"{first}, or correct model.base_url."
            ) from error
        except httpx.TimeoutException as error:
            raise ModelUnavailable(
                f"{self._where} did not answer in time.", remedy="Type /continue to try again."
            ) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise ModelUnavailable(
                f"The connection to {self._where} was lost.", remedy="Type /continue to try again."
            ) from error
        except httpx.InvalidURL as error:
            raise ModelRefused(f"{self._url} is no address.", remedy="Correct model.base_url.") from error

    async def _read(self, response: "httpx.Response") -> AsyncGenerator[Delta]:
        reader = ChunkReader(model=self._model, where=self._where)
        lines = EventLines()
        arriving = response.aiter_raw()
        unread = b""
        async for data in arriving:
            spoke = False
            payloads = lines.feed(data)
            if not lines.any and len(unread) < _LONGEST_BODY:
                unread += data
            for payload in payloads:
                if payload == b"[DONE]":
                    await _drain(arriving)
                    yield self._finished(reader)
                    return
                for delta in reader.read(payload.decode("utf-8", "replace")):
                    spoke = True
                    yield delta
            if not spoke:
                yield Alive()
        if not lines.any and "event-stream" not in response.headers.get("content-type", ""):
            raise self._no_stream(unread, reader)
        if reader.reason is None:
            raise ModelStreamEnded(
                f"{self._where} ended the reply before it was complete.", remedy="Type /continue to ask again."
            )
        yield self._finished(reader)

    def _no_stream(self, body: bytes, reader: ChunkReader) -> ModelError:
        """Translate a response that holds no event: an error that came with a status of success, or a page."""
        try:
            _ = list(reader.read(body.decode("utf-8", "replace")))
        except ModelBadStream:
            pass
        except ModelError as error:
            return error
        return ModelBadStream(
            f"{self._where} did not send a streamed reply.", remedy="Check model.base_url: it usually ends in /v1."
        )

    def _finished(self, reader: ChunkReader) -> Finished:
        finished, usage = reader.finished(), reader.usage
        priced = msgspec.structs.replace(usage, cost_usd=self._price(usage))
        return msgspec.structs.replace(finished, usage=priced)

    async def _refusal(self, response: "httpx.Response") -> ModelError:
        body = b""
        async for data in response.aiter_bytes():
            body += data
            if len(body) > _LONGEST_BODY:
                break
        text = body[:_LONGEST_BODY].decode("utf-8", "replace")
        return error_of(response.status_code, text, dict(response.headers), model=self._model, where=self._where)

    async def _get_client(self) -> "httpx.AsyncClient":
        async with self._making:  # warming up and a first request may want it at the same time
            if self._client is None:
                self._client = await asyncio.to_thread(self._make_client)
            return self._client

    def _make_client(self) -> "httpx.AsyncClient":
        import httpx

        headers = {b"Content-Type": b"application/json", b"Accept": b"text/event-stream"}
        headers[b"Accept-Encoding"] = b"identity"
        timeout = httpx.Timeout(None, connect=_CONNECT_S, write=30.0, pool=None)
        return httpx.AsyncClient(headers=headers, timeout=timeout, trust_env=not self._is_local)


async def _drain(arriving: AsyncIterator[bytes]) -> None:
    """Read to the response's end, which is due at once, so that the connection can be used again."""
    import httpx

    with contextlib.suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(_END_S):
            async for _ in arriving:
                pass


def _unwanted(message: str, body: dict[str, Any]) -> str | None:
    """Name the optional parameter that a refusal complains of."""
    complains = any(
        word in message.lower() for word in ("unsupported", "not support", "unknown", "unrecognized", "extra")
    )
    optional = ("stream_options", "temperature", "stop", "max_tokens")
    return next((name for name in optional if complains and name in body and name in message), None)
