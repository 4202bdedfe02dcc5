"""HTML as a stream of tags and text, in time linear in its length whatever stands in it.

The standard library's parser takes minutes for 64 kB of tags that do not end; this one knows no more than what a
rendering as text needs. Nothing in the source is fetched, run or trusted.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

__all__ = ["Tag", "html_tags"]

_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]{0,20})(?=[\s/>])"
    r"(?P<attributes>(?:[^<>\"']|\"[^\"<]{0,4000}\"|'[^'<]{0,4000}'){0,4000})>"
)
_ATTRIBUTE = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,40})\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]{1,4000}))")
_DROPPED = frozenset({"script", "style", "head", "template", "noscript", "svg", "object", "iframe", "select"})
"""What is left out with everything in it."""


class Tag(NamedTuple):
    """A tag."""

    name: str
    is_end: bool
    attributes: dict[str, str]


def html_tags(source: str) -> Iterator[Tag | str]:
    """Give tags, and the text between them with its character references resolved."""
    lower = source.lower()
    at = 0
    while at < len(source):
        start = source.find("<", at)
        if start < 0:
            start = len(source)
        if start > at:
            yield unescape(source[at:start])
        if start == len(source):
            return
        found = _TAG.match(source, start)
        if found is None:
            text, at = _no_tag(source, start)
            if text:
                yield text
            continue
        at = found.end()
        tag = Tag(found["name"].lower(), bool(found["end"]), _attributes(found["attributes"]))
        if tag.name in _DROPPED and not tag.is_end:
            end = lower.find(f"</{tag.name}", at)
            at = len(source) if end < 0 else end
        elif tag.name not in _DROPPED:
            yield tag


def _no_tag(source: str, start: int) -> tuple[str, int]:
    """Pass what begins with `<` and is no tag: a comment, a declaration, or the character itself."""
    for begin, end in (("<!--", "-->"), ("<!", ">"), ("<?", ">"), ("</", ">")):
        if source.startswith(begin, start):
            closed = source.find(end, start + len(begin))
            return "", len(source) if closed < 0 else closed + len(end)
    return "<", start + 1


def _attributes(text: str) -> dict[str, str]:
    return {name.lower(): unescape(double or single or bare) for name, double, single, bare in _ATTRIBUTE.findall(text)}
