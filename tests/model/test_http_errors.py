"""A provider's refusal becomes one sentence of ours."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.errors import (
    ContextOverflow,
    ModelAuthFailed,
    ModelError,
    ModelNotFound,
    ModelRateLimited,
    ModelRefused,
    ModelUnavailable,
)
from codeact_tui.model.http_errors import error_of, is_overflow, quoted, retry_after_s


def translated(status: int, body: str = "", headers: dict[str, str] | None = None) -> ModelError:
    return error_of(status, body, headers or {}, model="gpt-x", where="api.example.com")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ModelRefused), (401, ModelAuthFailed), (402, ModelRefused), (403, ModelAuthFailed), (404, ModelNotFound),
        (408, ModelUnavailable), (413, ModelRefused), (422, ModelRefused), (429, ModelRateLimited),
        (500, ModelUnavailable), (502, ModelUnavailable), (503, ModelUnavailable), (529, ModelUnavailable),
    ],
)  # fmt: skip
def test_every_status_has_its_error(status: int, kind: type[ModelError]) -> None:
    error = translated(status)
    assert type(error) is kind
    assert error.remedy


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens",
        "prompt is too long: 213000 tokens > 200000 maximum",
        "the request exceeds the available context size. try increasing the context size",
        "Input exceeds the model's maximum context",
        "context_length_exceeded",
        "Too many tokens in the request",
    ],
)
def test_an_overflow_is_known_by_its_words(said: str) -> None:
    assert is_overflow(said)
    assert isinstance(translated(400, json.dumps({"error": {"message": said}})), ContextOverflow)
    assert isinstance(translated(500, said), ContextOverflow)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (402, ""),
        (429, '{"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}'),
        (400, '{"error": {"message": "Your credit balance is too low to access the API."}}'),
        (403, '{"error": {"message": "Insufficient credits"}}'),
    ],
)
def test_used_up_credit_is_not_waited_for(status: int, body: str) -> None:
    error = translated(status, body)
    assert type(error) is ModelRefused
    assert "credit is used up" in error.message
    assert "Top it up" in error.remedy


def test_a_wrong_address_is_not_blamed_on_the_model_alone() -> None:
    for body in ("", '{"detail": "Not Found"}', "<html>404</html>"):
        error = translated(404, body)
        assert "model.base_url" in error.remedy
    assert "model.base_url" not in translated(404, '{"error": {"message": "The model gpt-x does not exist"}}').remedy
    moved = translated(301)
    assert type(moved) is ModelRefused
    assert moved.remedy == "Correct model.base_url."


def test_no_other_refusal_is_an_overflow() -> None:
    assert isinstance(translated(400, "max_tokens is too large: 9000"), ModelRefused)
    assert isinstance(translated(401, "context length"), ModelAuthFailed)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"error": {"message": "No such thing"}}', " It says: No such thing."),
        ('{"error": {"message": "Really?"}}', " It says: Really?"),
        ('{"error": "plain"}', " It says: plain."),
        ('{"message": "flat", "type": "x"}', " It says: flat."),
        ('{"error": {"message": "a\\n\\tb\\u001b[31m c"}}', " It says: a b [31m c."),
        ("not JSON", " It says: not JSON."),
        ("<HTML><body>502</body></HTML>", ""),
        ('{"detail": 1}', ""),
        ("", ""),
        ("x" * 400, " It says: " + "x" * 300 + "…"),
    ],
)
def test_the_providers_words_become_a_sentence(body: str, words: str) -> None:
    assert quoted(body) == words


@given(st.integers(400, 599), st.text(max_size=2000))
def test_any_body_gives_one_bounded_line(status: int, body: str) -> None:
    sentence = translated(status, body).sentence
    assert len(sentence) < 700
    assert sentence.isprintable()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("17", 17.0),
        (" 1.5 ", 1.5),
        ("Sat, 21 Nov 2026 04:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 03:00:00 GMT", 0.0),
        ("-4", None),
        ("soon", None),
        ("", None),
        ("9" * 40, None),
        ("Sat, 99 Nov 99999 04:00:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": value}, now_s=1795233600.0) == seconds


def test_retry_after_is_told_where_it_is_asked_to_wait() -> None:
    for status in (429, 503):
        error = translated(status, headers={"retry-after": "7"})
        assert isinstance(error, ModelRateLimited | ModelUnavailable)
        assert error.retry_after_s == 7
    missing = translated(429)
    assert isinstance(missing, ModelRateLimited)
    assert missing.retry_after_s is None
