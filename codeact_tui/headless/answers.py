"""Answers of an agreed form: how they are asked for, found in what the model said, and checked. Pure."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from codeact_tui.errors import CodeActError, ConfigError

__all__ = ["AnswerForm", "AnswerMisfit", "ask_again", "ask_for", "form_of_schema", "form_of_type"]

_FENCE = re.compile(r"^[ \t]*(```+|~~~+)[ \t]*(?:json)?[ \t]*\n(.*?)^[ \t]*\1[ \t]*$", re.MULTILINE | re.DOTALL)
_PROBLEM_CHARS_MAX = 2_000
_TEXT_CHARS_MAX = 2_000_000
_OPENINGS_MAX = 200


class AnswerMisfit(CodeActError):
    """What the model answered is not of the form that was asked for."""


@dataclass(frozen=True)
class AnswerForm:
    """What an answer has to be.

    Attributes:
        schema: As JSON Schema.
        read: Makes the value of what JSON gave; raises `AnswerMisfit`.
    """

    schema: Mapping[str, Any]
    read: Callable[[Any], Any]

    def value(self, text: str) -> Any:
        """Give the value of an answer.

        Raises:
            AnswerMisfit: No JSON stands in it, or it does not fit.
        """
        misfit = AnswerMisfit("The answer holds no JSON.")
        for found in _values(text[:_TEXT_CHARS_MAX]):
            try:
                return self.read(found)
            except AnswerMisfit as error:
                misfit = error
        raise misfit


def form_of_type(kind: Any) -> AnswerForm:
    """Ask for a value of a type: a dataclass, a `msgspec.Struct`, a `TypedDict`, `list[int]`.

    Raises:
        ConfigError: JSON can't say such a value.
    """
    try:
        schema = msgspec.json.schema(kind)
    except (TypeError, RuntimeError) as error:
        raise ConfigError(f"An answer can't be a {kind!r}: {error}.") from error

    def read(value: Any) -> Any:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            raise AnswerMisfit(f"The answer does not fit: {error}.") from error

    return AnswerForm(schema, read)


def form_of_schema(schema: Mapping[str, Any]) -> AnswerForm:
    """Ask for JSON that a JSON Schema describes. References lead nowhere but into the schema itself.

    Raises:
        ConfigError: It is no JSON Schema.
    """
    import jsonschema
    import referencing.exceptions
    from jsonschema.validators import validator_for
    from referencing import Registry

    kind = validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(dict(schema))
    except jsonschema.SchemaError as error:
        raise ConfigError(f"The answer's schema is no JSON Schema: {_shortened(error.message)}.") from error
    validator = kind(dict(schema), registry=Registry())

    def read(value: Any) -> Any:
        try:
            problem = next(iter(validator.iter_errors(value)), None)
        except referencing.exceptions.Unresolvable as error:
            raise ConfigError(f"The answer's schema refers to what is not in it: {error}.") from error
        if problem is not None:
            place = f" at {problem.json_path}" if problem.absolute_path else ""
            raise AnswerMisfit(f"The answer does not fit{place}: {_shortened(problem.message)}.")
        return value

    return AnswerForm(schema, read)


def ask_for(prompt: str, form: AnswerForm) -> str:
    """Write a prompt that asks for an answer of this form."""
    wish = "Give your final answer, without code, as JSON alone that fits this JSON Schema:"
    return f"{prompt}\n\n{wish}\n\n{_fenced(form)}"


def ask_again(misfit: AnswerMisfit) -> str:
    """Write the prompt that follows an answer that does not fit."""
    return f"{misfit.message} Answer again: JSON alone that fits the JSON Schema which you were given."


def _fenced(form: AnswerForm) -> str:
    return f"```json\n{json.dumps(form.schema, indent=1)}\n```"


def _values(text: str) -> Iterator[Any]:
    """Give what may be meant, the likeliest first: all of it, fenced blocks from the last, then JSON among words."""
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    for candidate in (text, *(match[2] for match in reversed(list(_FENCE.finditer(text))))):
        try:
            yield decoder.decode(candidate.strip())
        except (ValueError, RecursionError):
            continue
    at = 0
    for _ in range(_OPENINGS_MAX):
        opening = re.compile(r"[{\[]").search(text, at)
        if opening is None:
            return
        try:
            value, at = decoder.raw_decode(text, opening.start())
            yield value
        except (ValueError, RecursionError):
            at = opening.end()


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _shortened(text: str) -> str:
    return text if len(text) <= _PROBLEM_CHARS_MAX else text[:_PROBLEM_CHARS_MAX] + "…"
