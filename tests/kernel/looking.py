"""What is looked into, without a kernel: as a front end asks for it."""

import base64
from typing import Any

import pandas as pd
import polars as pl

from codeact_tui.kernel.inside.details import detail
from codeact_tui.kernel.inside.sorting import Orders

__all__ = ["FRAMES", "look", "ordered", "pixels", "places", "plain", "table_of"]

_COLUMNS = {"n": range(1000), "s": [f"row {n}" for n in range(1000)], "x": [n / 4 for n in range(1000)]}
FRAMES: dict[str, Any] = {"pandas": pd.DataFrame(_COLUMNS), "polars": pl.DataFrame(_COLUMNS)}


def look(value: object, start: int = 0, orders: Orders | None = None, **part: object) -> Any:
    return detail({"v": value}, "v", [], start, {"as_table": True, **part}, orders)


def plain(value: object) -> Any:
    return detail({"v": value}, "v", [], 0)


def table_of(value: object, start: int = 0, orders: Orders | None = None, **part: object) -> Any:
    return look(value, start, orders, **part)["table"]


def ordered(value: object, column: int, **part: Any) -> Any:
    """Wait for the order, as a front end that asks again does."""
    orders = Orders()
    table = table_of(value, orders=orders, sort=column, **part)
    while table.get("sorting"):
        table = table_of(value, orders=orders, sort=column, **part)
    return table


def places(value: object, column: int = 0, **part: Any) -> list[int]:
    table = ordered(value, column, **part)
    assert table["problem"] == ""
    return [int(label) for label in table["index"]]


def pixels(found: Any) -> tuple[int, int, bytes]:
    picture = found["picture"]
    return picture["width"], picture["height"], base64.b64decode(picture["pixels"])
