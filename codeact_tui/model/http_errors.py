"""From an HTTP status and a provider's error body to our errors. Pure."""

import email.utils
import re
import time
from collections.abc import Mapping

import msgspec

from codeact_tui.errors import (
    ContextOverflow,
    ModelAuthFailed,
    ModelError,
    ModelNotFound,
    ModelRateLimited,
    ModelRefused,
    ModelUnavailable,
)

__all__ = ["error_of", "is_overflow", "overflow", "quoted", "retry_after_s"]

_OVERFLOW = re.compile(
    r"context[ _]?(?:length|window|size)|maximum context|too many tokens|prompt is too long"
    r"|exceeds? the (?:model'?s )?max",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(
    r"insufficient[_ ](?:quota|credit|balance|fund)|credit balance is too low|billing_(?:not_active|hard_limit)",
    re.IGNORECASE,
)
_LONGEST = 300
_ENDS = (".", "!", "?", "…")


def error_of(status: int, body: str, headers: Mapping[str, str], *, model: str, where: str) -> ModelError:
    """Translate a refusal.

    Args:
        status: The HTTP status.
        body: The response's text.
        headers: The response's headers, names in lower case.
        model: The model that was asked.
        where: The host that answered.
    """
    said = quoted(body)
    if status == 402 or (400 <= status < 500 and _NO_CREDIT.search(body)):
        return ModelRefused(
            f"{where} says that the credit is used up ({status}).{said}",
            remedy="Top it up there, or choose another model with /model.",
        )
    if status in {401, 403}:
        return ModelAuthFailed(
            f"{where} did not accept the key ({status}).{said}",
            remedy="Set the provider's key in the environment; `codeact doctor` says which variable is looked at.",
        )
    if is_overflow(body):
        return overflow(body, model=model)
    if status == 404:
        return _not_found(said, model=model, where=where)
    if status == 429:
        return ModelRateLimited(
            f"{where} asks to slow down (429).{said}",
            remedy="Wait a little, or choose another model with /model.",
            retry_after_s=retry_after_s(headers),
        )
    if status >= 500 or status == 408:
        return ModelUnavailable(
            f"{where} failed ({status}).{said}",
            remedy="Type /continue to try again.",
            retry_after_s=retry_after_s(headers),
        )
    if status < 400:
        return ModelRefused(f"{where} points to another address ({status}).", remedy="Correct model.base_url.")
    return ModelRefused(f"{where} refused the request ({status}).{said}", remedy="Choose another model with /model.")


def _not_found(said: str, *, model: str, where: str) -> ModelNotFound:
    """Translate a 404, which servers send for an unknown model and for a wrong address alike."""
    if "model" in said.lower():
        return ModelNotFound(f"{where} has no model {model}.{said}", remedy="Type /model to choose another.")
    return ModelNotFound(
        f"{where} has no model {model}, or nothing at this address (404).{said}",
        remedy="Check model.base_url, which usually ends in /v1, or type /model to choose another.",
    )


def overflow(body: str, *, model: str) -> ContextOverflow:
    """Give the error for a conversation that does not fit."""
    return ContextOverflow(
        f"The conversation no longer fits the window of {model}.{quoted(body)}",
        remedy="Set model.context_window to what the server allows, or begin a new session with /new.",
    )


def is_overflow(body: str) -> bool:
    """Say whether a provider complains of too long a conversation."""
    return _OVERFLOW.search(body) is not None


def retry_after_s(headers: Mapping[str, str], now_s: float | None = None) -> float | None:
    """Read Retry-After: seconds, or a date; None where there is none that can be read.

    Source: RFC 9110, section 10.2.3.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(?:\.\d+)?", value):
        return float(value)
    try:
        then_s = email.utils.parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(then_s - (time.time() if now_s is None else now_s), 0.0)


class _Inner(msgspec.Struct):
    message: str = ""


class _Body(msgspec.Struct):
    error: _Inner | str = ""
    message: str = ""


def quoted(body: str) -> str:
    """Give what a provider says, as a sentence to append: on one line, bounded; empty where it says nothing."""
    try:
        parsed = msgspec.json.decode(body.encode("utf-8", "replace"), type=_Body)
    except msgspec.DecodeError:
        text = "" if "<html" in body.lower() else body
    else:
        text = parsed.error.message if isinstance(parsed.error, _Inner) else parsed.error or parsed.message
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if len(line) > _LONGEST:
        line = line[:_LONGEST] + "…"
    return f" It says: {line}{'' if line.endswith(_ENDS) else '.'}" if line else ""
