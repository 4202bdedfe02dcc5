"""Reading JSON from elsewhere: each value is what it has to be, or nothing. Pure."""

from typing import Any, cast

__all__ = ["listed", "table", "text"]


def table(value: Any) -> dict[str, Any]:
    """Give a JSON object; an empty one for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """Give a JSON array; an empty one for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def text(value: Any) -> str:
    """Give a text; an empty one for anything else."""
    return value if isinstance(value, str) else ""
