"""What litellm raises becomes one of our errors: by its class, by the status a server sent, by what is behind it."""

import json

import pytest

from codeact_tui.errors import (
    ContextOverflow,
    ModelAuthFailed,
    ModelBadStream,
    ModelError,
    ModelNotFound,
    ModelRateLimited,
    ModelRefused,
    ModelStreamEnded,
    ModelUnavailable,
)
from codeact_tui.model.litellm_errors import translated
from codeact_tui.model.litellm_wire import Failed, failed


def raised(name: str, message: str = "", **attributes: object) -> Exception:
    """Give an exception of a class of that name, as litellm's are known by theirs."""
    error = type(name, (Exception,), {})(message)
    for key, value in attributes.items():
        setattr(error, key, value)
    return error


def ours(error: BaseException, address: str = "host:1") -> ModelError:
    return translated(error, model="acme/m", address=address)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (raised("AuthenticationError", "no"), ModelAuthFailed),
        (raised("PermissionDeniedError", "no"), ModelAuthFailed),
        (raised("NotFoundError", "no"), ModelNotFound),
        (raised("RateLimitError", "no"), ModelRateLimited),
        (raised("BadRequestError", "no"), ModelRefused),
        (raised("InternalServerError", "no"), ModelUnavailable),
        (raised("ContextWindowExceededError", "eight thousand is the most"), ContextOverflow),
        (raised("Timeout", "no"), ModelUnavailable),
        (raised("BadRequestError", "no", status_code=503, litellm_response_headers={"a": "b"}), ModelUnavailable),
        (raised("BadRequestError", "Missing Anthropic API Key - A call is being made"), ModelAuthFailed),
        (raised("InternalServerError", "Missing credentials. Please pass an `api_key`"), ModelAuthFailed),
        (raised("BadRequestError", "LLM Provider NOT provided. Pass in the LLM provider"), ModelNotFound),
        (raised("APIError", "", body={"message": "x", "code": "429"}), ModelRateLimited),
        (raised("APIError", "the engine is overloaded", body={"message": "x", "code": None}), ModelUnavailable),
        (raised("APIConnectionError", "", body={"message": "x", "code": "429"}), ModelRateLimited),
    ],
)
def test_each_has_its_error(error: Exception, kind: type[ModelError]) -> None:
    assert type(ours(error)) is kind
    assert ours(error).remedy


def test_an_unknown_failure_is_a_general_one() -> None:
    error = ours(raised("OddError", "litellm.OddError: it broke\nbadly"))
    assert type(error) is ModelError
    assert error.message == "litellm failed: OddError. It says: it broke badly."


def test_a_package_that_is_missing_is_named() -> None:
    error = raised("APIConnectionError", "No module named 'boto3'")
    error.__context__ = ModuleNotFoundError("No module named 'boto3'", name="boto3.session")
    assert ours(error).sentence == "litellm needs the package boto3 for acme/m. Install boto3 beside codeact."


def test_what_is_behind_a_lost_connection_decides() -> None:
    def behind(cause: Exception) -> ModelError:
        error = raised("MidStreamFallbackError", "litellm.Error: it broke Original exception: it", status_code=500)
        error.original_exception = raised("APIConnectionError")  # pyright: ignore[reportAttributeAccessIssue]
        error.original_exception.__cause__ = cause  # pyright: ignore[reportAttributeAccessIssue]
        return ours(error)

    assert type(behind(json.JSONDecodeError("x", "y", 0))) is ModelBadStream
    assert behind(ConnectionRefusedError()).message == "Nothing answers at host:1."
    assert behind(ConnectionResetError()).message == "The connection to host:1 was lost."
    assert behind(ConnectionAbortedError()).message == "The connection to host:1 was lost."
    assert behind(raised("OddError")).message == "The reply of host:1 was broken off. It says: it broke."


def test_what_to_do_depends_on_whose_server_it_is() -> None:
    refused = raised("InternalServerError")
    refused.__cause__ = ConnectionRefusedError()
    assert "Start the server" in ours(refused).remedy
    assert ours(refused, address="").sentence == "Nothing answers at acme. Check the network, then type /continue."


def test_a_circle_of_causes_has_an_end() -> None:
    first, second = raised("RateLimitError", "slow"), raised("OddError")
    first.__context__, second.__context__ = second, first
    assert type(ours(first)) is ModelRateLimited


@pytest.mark.parametrize(
    "error",
    [
        ModelAuthFailed("a", remedy="b"),
        ModelRateLimited("a", remedy="b", retry_after_s=3.5),
        ModelUnavailable("a", remedy="b"),
        ContextOverflow("a"),
        ModelStreamEnded("a"),
        ModelBadStream("a"),
        ModelNotFound("a"),
        ModelRefused("a"),
        ModelError("a", remedy="b"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_the_same_on_the_other_side_of_the_pipe(error: ModelError) -> None:
    again = failed(7, error).error()
    assert type(again) is type(error)
    assert vars(again) == vars(error)


def test_an_error_of_an_unknown_kind_is_a_general_one() -> None:
    assert type(Failed(1, "KernelDied", "a").error()) is ModelError
    assert type(Failed(1, "__doc__", "a").error()) is ModelError
