"""What a plotly figure or a Vega chart shows, in words: its title, its marks, what is on its axes.

Source: plotly.js figure schema; Vega-Lite 5 specification, "mark" and "encoding".
"""

import json
import re
from collections.abc import Iterator
from typing import cast

from codeact_tui.tui.rendering.text import one_line

__all__ = ["CHART_TYPES", "VEGA_LITE", "chart_text", "vega_spec"]

CHART_TYPES = re.compile(r"application/vnd\.(?:plotly\.v\d+|vegalite\.v\d+|vega\.v\d+)\+json")
VEGA_LITE = "application/vnd.vegalite.v5+json"
_CALL = re.compile(r"\}\)\((?=\{)")
"""What stands before the chart in the page that Altair writes: the end of a function, which is called with it."""
_MAX_CHARS = 4 * 1024 * 1024
_MAX_ROWS = 12
_MAX_DEPTH = 6
_POINTS = ("x", "y", "z", "values", "lat", "labels")

_Json = dict[str, object]


def chart_text(mime: str, data: str) -> str:
    """Write what a chart shows, a line each; nothing where the data is no chart or very large.

    Args:
        mime: Its type: plotly's, Vega's or Vega-Lite's.
        data: JSON.
    """
    if len(data) > _MAX_CHARS:
        return ""
    try:
        chart: object = json.loads(data)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(chart, dict):
        return ""
    lines = list((_plotly if "plotly" in mime else _vega)(cast("_Json", chart)))
    if len(lines) > _MAX_ROWS:
        lines[_MAX_ROWS:] = [f"  … {len(lines) - _MAX_ROWS} more"]
    return "\n".join(lines)


def vega_spec(page: str) -> str:
    """Give the Vega-Lite chart that a page of Altair's holds, as JSON; nothing where there is none.

    Args:
        page: HTML.
    """
    found = _CALL.search(page[:_MAX_CHARS])
    if found is None or "vega-lite" not in page[:_MAX_CHARS]:
        return ""
    try:
        _, end = json.JSONDecoder().raw_decode(page, found.end())
    except (ValueError, RecursionError):
        return ""
    return page[found.end() : end]


def _plotly(figure: _Json) -> Iterator[str]:
    layout = _dict(figure.get("layout"))
    yield f"plotly figure{_titled(layout.get('title'))}"
    axes = [f"{name}: {title}" for name in "xy" if (title := _title(_dict(layout.get(f"{name}axis")).get("title")))]
    for trace in map(_dict, _list(figure.get("data"))):
        kind = _word(trace.get("type")) or "scatter"
        name = _word(trace.get("name"))
        points = next((count for key in _POINTS if (count := _count(trace.get(key)))), 0)
        yield "  " + " · ".join(filter(None, (kind, name, f"{points:,} points" if points else "")))
    if axes:
        yield "  " + " · ".join(axes)


def _vega(chart: _Json) -> Iterator[str]:
    yield f"chart{_titled(chart.get('title'))}"
    data = _dict(chart.get("data"))
    sets = _dict(chart.get("datasets"))
    count = _count(data.get("values")) or max((_count(each) for each in sets.values()), default=0)
    yield from _views(chart, 0)
    if count:
        yield f"  {count:,} rows"


def _views(view: _Json, depth: int) -> Iterator[str]:
    """Describe a view, and those that it is put together from."""
    mark = view.get("mark")
    kind = _word(mark) or _word(_dict(mark).get("type"))
    if kind:
        channels = [f"{name} {told}" for name, each in _dict(view.get("encoding")).items() if (told := _channel(each))]
        yield "  " + " · ".join([kind, *(one_line(channel, 60) for channel in channels[:6])])
    if depth < _MAX_DEPTH:
        for key in ("layer", "hconcat", "vconcat", "concat"):
            for inner in _list(view.get(key)):
                yield from _views(_dict(inner), depth + 1)
        if "spec" in view:
            yield from _views(_dict(view["spec"]), depth + 1)


def _channel(channel: object) -> str:
    told = _dict(channel)
    words = [_word(told.get("aggregate")), _word(told.get("field"))]
    return " ".join(filter(None, words))


def _titled(title: object) -> str:
    words = _title(title)
    return f": {words}" if words else ""


def _title(title: object) -> str:
    return _word(title) or _word(_dict(title).get("text"))


def _word(value: object) -> str:
    return one_line(value, 80) if isinstance(value, str) else ""


def _dict(value: object) -> _Json:
    return cast("_Json", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast("list[object]", value)[:200] if isinstance(value, list) else []


def _count(value: object) -> int:
    """Count points: of a list, or of an array that plotly wrote as base64."""
    if isinstance(value, list):
        return len(cast("list[object]", value))
    packed = _dict(value)
    data, kind = packed.get("bdata"), packed.get("dtype")
    size = int(kind[-1]) if isinstance(kind, str) and kind[-1:].isdigit() else 0
    return len(data) * 3 // 4 // size if isinstance(data, str) and size else 0
