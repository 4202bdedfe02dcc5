"""Chooses how a MIME bundle is shown: as what a terminal shows best, or in one of its other forms.

Source: Jupyter messaging protocol 5.4, "display_data": a bundle holds one thing in several representations.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from codeact_tui.protocol.amounts import human_bytes
from codeact_tui.tui.rendering.chart import CHART_TYPES, VEGA_LITE, chart_text, vega_spec
from codeact_tui.tui.rendering.html import html_to_markdown
from codeact_tui.tui.rendering.images import describe_image
from codeact_tui.tui.rendering.json_tree import json_part
from codeact_tui.tui.rendering.latex import latex_to_unicode
from codeact_tui.tui.rendering.output_part import MAX_DISPLAY, OutputPart, display_lines
from codeact_tui.tui.rendering.picture import PictureBody
from codeact_tui.tui.rendering.table_part import TABLE, table_part

__all__ = ["Form", "bundle_forms", "bundle_part", "form_names"]

_BARE = re.compile(r"<[\w.]{1,200}(?: object)?(?: at 0x[0-9a-f]+)?(?: size [^<>]{1,60})?>", re.IGNORECASE)
"""A text that says no more than what type something is."""
_DRAWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/svg+xml")

_Make = Callable[[], OutputPart | None]


class Form(NamedTuple):
    """One way to show a bundle."""

    name: str
    """As the user is told it: `picture`, `text`, …."""
    make: _Make
    """Makes the part; gives None where the data is not what its type says."""


def bundle_forms(data: Mapping[str, str], *, is_result: bool = False) -> list[Form]:
    """Give the ways to show a bundle, the best one first; none for a bundle of unknown types alone."""
    texts = _texts(data, is_result=is_result)
    forms: list[Form] = []
    image = next((mime for mime in _DRAWN if mime in data), None)
    if image is not None:
        forms.append(Form("picture", lambda: _picture(image, data[image])))
    if TABLE in data:
        forms.append(Form("table", lambda: table_part(data[TABLE])))
    chart = next((mime for mime in data if CHART_TYPES.fullmatch(mime)), None)
    if chart is not None:
        forms.append(Form("chart", lambda: _chart(chart, data[chart])))
    elif "text/html" in data and (spec := vega_spec(data["text/html"])):
        forms.append(Form("chart", lambda: _chart(VEGA_LITE, spec)))
    if "application/json" in data:
        forms.append(Form("JSON", lambda: json_part(data["application/json"])))
    return forms + texts


def form_names(data: Mapping[str, str]) -> list[str]:
    """Name the forms of a bundle, in their order."""
    return [form.name for form in bundle_forms(data)]


def bundle_part(data: Mapping[str, str], *, is_result: bool = False, form: int = 0) -> OutputPart:
    """Show a bundle.

    Args:
        data: MIME types and what they hold.
        is_result: It is the value of the cell's last expression.
        form: Which of its forms is shown, counted from the best; past the last one it begins again.
    """
    forms = bundle_forms(data, is_result=is_result)
    for at in range(len(forms)):
        part = forms[(form + at) % len(forms)].make()
        if part is not None:
            return part
    if "text/html" in data:
        size = human_bytes(len(data["text/html"]))
        return OutputPart("note", [f"a page without text, {size} · o opens it outside"])
    kinds = [f"{mime}, {human_bytes(len(text))}" for mime, text in data.items()]
    return OutputPart("note", [f"shown elsewhere only: {'; '.join(kinds)}" if kinds else "an empty display"])


def _texts(data: Mapping[str, str], *, is_result: bool) -> list[Form]:
    """Give the forms that are text; plain text first, unless it says nothing."""
    forms: list[Form] = []
    if "text/markdown" in data:
        forms.append(Form("Markdown", lambda: _markdown(data["text/markdown"][:MAX_DISPLAY])))
    if "text/latex" in data:
        forms.append(Form("formula", lambda: _formula(data["text/latex"])))
    if "text/html" in data:
        forms.append(Form("HTML", lambda: _markdown(html_to_markdown(data["text/html"]))))
    if "text/plain" in data:
        plain = data["text/plain"]
        says_nothing = _BARE.fullmatch(plain.strip()[:500]) is not None
        first = bool(forms) and (says_nothing or forms[0].name == "Markdown")
        kind = "result" if is_result else "display"
        forms.insert(len(forms) if first else 0, Form("text", lambda: OutputPart(kind, display_lines(plain))))
    return forms


def _picture(mime: str, data: str) -> OutputPart:
    return OutputPart("note", [describe_image(mime, data)], PictureBody(mime, data))


def _chart(mime: str, data: str) -> OutputPart | None:
    text = chart_text(mime, data)
    return OutputPart("display", display_lines(text)) if text else None


def _markdown(text: str) -> OutputPart | None:
    return OutputPart("markdown", text.split("\n")) if text.strip() else None


def _formula(text: str) -> OutputPart:
    return OutputPart("display", display_lines(latex_to_unicode(text)))
