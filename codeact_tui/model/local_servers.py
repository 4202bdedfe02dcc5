"""Servers on the user's own machine that speak the OpenAI protocol: where they listen, what they serve."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    import httpx

__all__ = ["LOCAL_SERVERS", "LocalServer", "base_url_of", "model_names", "probe"]

_CONNECT_S = 0.5
_LARGEST_BYTES = 1024 * 1024
_MOST_NAMES = 20


class LocalServer(Struct, frozen=True):
    """A kind of server."""

    provider: str
    """What a model's name begins with, as litellm has it."""
    title: str
    url: str
    """Where it listens unless told otherwise."""
    url_env: tuple[str, ...]
    """Environment variables that may say where it listens."""


LOCAL_SERVERS = (
    LocalServer("ollama_chat", "Ollama", "http://127.0.0.1:11434/v1", ("OLLAMA_API_BASE", "OLLAMA_HOST")),
    LocalServer("lm_studio", "LM Studio", "http://127.0.0.1:1234/v1", ("LM_STUDIO_API_BASE",)),
    LocalServer("llamafile", "llama.cpp", "http://127.0.0.1:8080/v1", ("LLAMAFILE_API_BASE",)),
    LocalServer("hosted_vllm", "vLLM", "http://127.0.0.1:8000/v1", ("HOSTED_VLLM_API_BASE",)),
)


def base_url_of(provider: str, environment: Mapping[str, str]) -> str:
    """Say where the server of a provider listens; empty for a provider that is none of the local ones.

    Args:
        provider: What a model's name begins with.
        environment: May name another address.
    """
    wanted = {"ollama": "ollama_chat"}.get(provider, provider)
    server = next((server for server in LOCAL_SERVERS if server.provider == wanted), None)
    return _address(server, environment) if server else ""


def _address(server: LocalServer, environment: Mapping[str, str]) -> str:
    given = next((value for name in server.url_env if (value := environment.get(name, "").strip())), "")
    if not given:
        return server.url
    address = given if "://" in given else f"http://{given}"
    address = address.replace("://0.0.0.0", "://127.0.0.1").rstrip("/")
    return address if address.endswith("/v1") else address + "/v1"


async def probe(environment: Mapping[str, str], *, answer_s: float = 1.5) -> list[tuple[LocalServer, list[str]]]:
    """Ask every local server what it serves; one that does not answer at once serves nothing.

    Args:
        environment: May name other addresses than the usual ones.
        answer_s: The longest that an answer may take.

    Returns:
        The servers that answered, each with the names of its models.
    """
    async with await asyncio.to_thread(_client, answer_s) as client:
        asked = [_ask(client, _address(server, environment), answer_s) for server in LOCAL_SERVERS]
        answers = await asyncio.gather(*asked)
    return [(server, names) for server, names in zip(LOCAL_SERVERS, answers, strict=True) if names]


def _client(answer_s: float) -> "httpx.AsyncClient":
    import httpx

    return httpx.AsyncClient(timeout=httpx.Timeout(answer_s, connect=min(_CONNECT_S, answer_s)), trust_env=False)


async def _ask(client: "httpx.AsyncClient", url: str, answer_s: float) -> list[str]:
    import httpx

    body = b""
    try:
        async with asyncio.timeout(answer_s), client.stream("GET", url + "/models") as response:
            if response.status_code != 200:
                return []
            async for data in response.aiter_raw():
                body += data
                if len(body) > _LARGEST_BYTES:
                    return []
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, TimeoutError):
        return []
    return model_names(body)


class _Model(Struct):
    id: str


class _Models(Struct):
    data: list[_Model]


def model_names(body: bytes) -> list[str]:
    """Read the list of models that a server sends; empty when it is none. Pure."""
    try:
        models = msgspec.json.decode(body, type=_Models).data
    except msgspec.DecodeError:
        return []
    names = (model.id for model in models)
    return [name for name in names if 0 < len(name) <= 200 and name.isprintable() and " " not in name][:_MOST_NAMES]
