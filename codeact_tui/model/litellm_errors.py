"""From litellm's exceptions to our errors, by class and by HTTP status. Imports neither litellm nor httpx.

litellm gives many failures a class that says too little (a 503 can come as `BadRequestError`), so the status decides
where there is one that a server sent.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast

from codeact_tui.errors import ModelAuthFailed, ModelBadStream, ModelError, ModelNotFound, ModelUnavailable
from codeact_tui.model.http_errors import error_of, is_overflow, overflow, quoted

__all__ = ["translated"]

_T = TypeVar("_T")
_LONGEST_CHAIN = 12
_PREFIX = re.compile(r"^(?:(?:litellm\.)?\w*(?:Error|Exception)(?:: | - ))+")
_NO_KEY = re.compile(r"missing (?:credentials|[\w ]*api key)|api_key client option must be set", re.IGNORECASE)
_AGAIN = "Type /continue to try again."
_START = "Start the server, or correct model.base_url."
_NETWORK = "Check the network, then type /continue."
_SET_KEY = "Set it in the environment before codeact starts, or name its variable in model.api_key_env."
_NAME_PROVIDER = "Write it as provider/model; `codeact models` lists what can be used now."
_STATUS_OF_CLASS = {
    "AuthenticationError": 401,
    "PermissionDeniedError": 403,
    "NotFoundError": 404,
    "RateLimitError": 429,
    "ServiceUnavailableError": 503,
    "BadGatewayError": 502,
    "BadRequestError": 400,
    "UnprocessableEntityError": 422,
    "InternalServerError": 500,
}
_UNREACHABLE = {"ConnectError", "ConnectionRefusedError", "ClientConnectorError", "gaierror"}
_CONNECTION = {"ConnectionError", "ClientError", "TransportError"}
_LOST = {"APIConnectionError", "MidStreamFallbackError", *_CONNECTION}
_RESET = {"ConnectionResetError", "BrokenPipeError", "ServerDisconnectedError"}
_TIMEOUTS = {"Timeout", "APITimeoutError", "TimeoutError", "TimeoutException"}


def translated(error: BaseException, *, model: str, address: str) -> ModelError:
    """Translate what litellm raised, at the call or in mid-stream.

    Args:
        error: The exception.
        model: The model that was asked.
        address: The host that was asked; empty for the provider's own.
    """
    where = address or model.partition("/")[0]
    chain = list(_chain(error))
    names = {kind.__name__ for one in chain for kind in type(one).__mro__}
    said = _said(error)
    if "ContextWindowExceededError" in names or is_overflow(said):
        return overflow(said, model=model)
    if (package := _missing_package(chain)) is not None:
        return ModelError(
            f"litellm needs the package {package} for {model}.", remedy=f"Install {package} beside codeact."
        )
    if _NO_KEY.search(said):
        return ModelAuthFailed(f"There is no key for {where}.", remedy=_SET_KEY)
    if "LLM Provider NOT provided" in said:
        return ModelNotFound(f"litellm knows no provider for {model}.", remedy=_NAME_PROVIDER)
    if (status := _sent_status(chain)) is not None:
        return error_of(status, said, _headers(chain), model=model, where=where)
    if names & (_UNREACHABLE | _LOST | _TIMEOUTS) or any(type(one).__name__ == "APIError" for one in chain):
        return _unanswered(chain, names, where, model, said, remedy=_START if address else _NETWORK)
    status = next((_STATUS_OF_CLASS[name] for name in _STATUS_OF_CLASS if name in names), None)
    if status is not None:
        return error_of(status, said, {}, model=model, where=where)
    return ModelError(f"litellm failed: {type(error).__name__}.{quoted(said)}", remedy="Type /model to choose another.")


def _unanswered(
    chain: list[BaseException], names: set[str], where: str, model: str, said: str, *, remedy: str
) -> ModelError:
    """Translate what no server's status stands behind."""
    if any(isinstance(one, json.JSONDecodeError | UnicodeDecodeError) for one in chain):
        return ModelBadStream(
            f"{where} sent something that is no part of a streamed reply.",
            remedy="Check model.base_url: it usually ends in /v1.",
        )
    if names & _TIMEOUTS:
        return ModelUnavailable(f"{where} did not answer in time.", remedy=_AGAIN)
    if names & _UNREACHABLE and not names & _RESET:
        return ModelUnavailable(f"Nothing answers at {where}.", remedy=remedy)
    if (body := _error_object(chain)) is not None:
        return error_of(_code_of(body), json.dumps({"error": body}), {}, model=model, where=where)
    if names & _CONNECTION:
        return ModelUnavailable(f"The connection to {where} was lost.", remedy=_AGAIN)
    return ModelUnavailable(f"The reply of {where} was broken off.{quoted(said)}", remedy=_AGAIN)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give the exception and what it came from, the nearest first."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting and len(seen) < _LONGEST_CHAIN:
        one = waiting.pop(0)
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [_attribute(one, "original_exception", BaseException), one.__cause__, one.__context__]


def _missing_package(chain: list[BaseException]) -> str | None:
    """Name what could not be imported; litellm passes that off as a lost connection."""
    names = (one.name for one in chain if isinstance(one, ModuleNotFoundError))
    return next((name.partition(".")[0] for name in names if name), None)


def _sent_status(chain: list[BaseException]) -> int | None:
    """Give the HTTP status that a server sent; None where litellm made one up."""
    for one in chain:
        status = _attribute(one, "status_code", int)
        if status is not None and 400 <= status < 600 and _headers([one]):
            return status
    return None


def _headers(chain: list[BaseException]) -> dict[str, str]:
    """Give the headers of the response that is behind an exception, names in lower case."""
    for one in chain:
        for holder in (one, getattr(one, "response", None)):
            for name in ("litellm_response_headers", "headers"):
                found: object = getattr(holder, name, None)
                if isinstance(found, Mapping) and found:
                    headers = cast("Mapping[Any, Any]", found)
                    return {str(key).lower(): str(value) for key, value in headers.items()}
    return {}


def _error_object(chain: list[BaseException]) -> dict[str, Any] | None:
    """Give the error that came as an event in mid-stream."""
    for one in chain:
        body: object = getattr(one, "body", None)
        if isinstance(body, dict) and body:
            return cast("dict[str, Any]", body)
    return None


def _code_of(body: Mapping[str, Any]) -> int:
    code = body.get("code")
    if isinstance(code, str) and code.isdigit():
        code = int(code)
    return code if isinstance(code, int) and 400 <= code < 600 else 500


def _attribute(error: BaseException, name: str, kind: type[_T]) -> _T | None:
    value: object = getattr(error, name, None)
    return value if isinstance(value, kind) else None


def _said(error: BaseException) -> str:
    """Give the provider's own words, without litellm's prefixes."""
    message = getattr(error, "message", None)
    text = message if isinstance(message, str) else str(error)
    return _PREFIX.sub("", text).partition(" Original exception:")[0]
