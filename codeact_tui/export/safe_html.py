"""Text from outside as HTML that is only text, shape and colour: no script, nothing fetched. Pure."""

import re
from functools import lru_cache
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from codeact_tui.protocol.sgr_styles import PLAIN, Style, next_style
from codeact_tui.protocol.terminal_text import plain_text, settle
from codeact_tui.protocol.visible import visible

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

__all__ = ["cleaned_html", "code_html", "markdown_html", "terminal_html", "text_html"]

_SGR = re.compile(r"\x1b\[([0-9;:]{0,64})m")
_WRITTEN = """table thead tbody tfoot tr th td caption b i em strong u s code pre p br ul ol li dl dt dd h1 h2 h3
h4 h5 h6 div span sub sup hr blockquote small details summary figure figcaption"""
_PLAIN_TAGS = frozenset(_WRITTEN.split())
_VOID = frozenset({"br", "hr"})
_NOT_SHOWN = "script style head title template iframe object noscript svg math textarea"
_SILENT = frozenset(_NOT_SHOWN.split())
_SPANS = frozenset({"colspan", "rowspan"})
_HTML_CHARS_MAX = 2_000_000
_DEPTH_MAX = 200
_FLAGS = {"1": "b", "2": "d", "3": "i", "4": "u", "7": "r", "9": "s"}
_LEVELS = (0, 95, 135, 175, 215, 255)


def text_html(text: str) -> str:
    """Write text, what is invisible written out."""
    return escape(visible(plain_text(text)))


def terminal_html(text: str) -> str:
    """Write what a program put on a terminal: progress bars as they ended, colours as classes."""
    out: list[str] = []
    style, at = PLAIN, 0
    settled = settle(text)
    for match in _SGR.finditer(settled):
        out.append(_styled(settled[at : match.start()], style))
        style, at = next_style(style, match[1]), match.end()
    out.append(_styled(settled[at:], style))
    return "".join(out)


def code_html(code: str) -> str:
    """Write Python, highlighted by classes."""
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers.python import PythonLexer

    written: str = highlight(visible(code), PythonLexer(ensurenl=False, stripnl=False), HtmlFormatter(nowrap=True))
    return written.rstrip("\n")


def markdown_html(text: str) -> str:
    """Write Markdown; HTML in it is text, and a picture is a link to where it is."""
    return _markdown().render(visible(plain_text(text)))


def cleaned_html(html: str) -> str:
    """Leave of HTML what is table, list and text, without any attribute that does something."""
    cleaner = _Cleaner()
    cleaner.feed(html[:_HTML_CHARS_MAX])
    cleaner.close()
    return cleaner.result()


@lru_cache(maxsize=1)
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token

    reader = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])

    def picture(_: RendererHTML, tokens: list[Token], index: int, *_rest: object) -> str:
        token = tokens[index]
        name, address = token.content or "picture", str(token.attrGet("src") or "")
        return f'<span class="away">{escape(name)} ({escape(address[:300])})</span>'

    def link(renderer: RendererHTML, tokens: list[Token], index: int, *rest: object) -> str:
        tokens[index].attrSet("rel", "noopener noreferrer nofollow")
        return renderer.renderToken(tokens, index, *rest)  # pyright: ignore[reportArgumentType]

    reader.add_render_rule("image", picture)
    reader.add_render_rule("link_open", link)
    return reader


def _styled(text: str, style: Style) -> str:
    if not text:
        return ""
    shown = escape(visible(text))
    if style == PLAIN:
        return shown
    classes: list[str] = []
    colours: list[str] = []
    for name, code in style:
        if name in _FLAGS:
            classes.append(f"t{_FLAGS[name]}")
        elif name in {"fg", "bg"}:
            known, colour = _colour(name, code)
            classes += [known] if known else []
            colours += [f"{'color' if name == 'fg' else 'background'}:{colour}"] if colour else []
    about = f' class="{" ".join(classes)}"' if classes else ""
    about += f' style="{";".join(colours)}"' if colours else ""
    return f"<span{about}>{shown}</span>"


def _colour(kind: str, code: str) -> tuple[str, str]:
    """Give a class for the sixteen colours, which follow the page's theme, or a colour."""
    numbers = [int(part) for part in re.split("[;:]", code) if part.isdigit()]
    base = 30 if kind == "fg" else 40
    if len(numbers) == 1:
        place = numbers[0] - base if numbers[0] < base + 10 else numbers[0] - base - 52
        return (f"{kind[0]}{place}", "") if 0 <= place < 16 else ("", "")
    if len(numbers) >= 3 and numbers[1] == 5:
        return _of_256(kind, numbers[2])
    if len(numbers) >= 5 and numbers[1] == 2:
        red, green, blue = (min(number, 255) for number in numbers[-3:])
        return "", f"rgb({red},{green},{blue})"
    return "", ""


def _of_256(kind: str, number: int) -> tuple[str, str]:
    if number < 16:
        return f"{kind[0]}{number}", ""
    if number < 232:
        cube = number - 16
        red, green, blue = (_LEVELS[cube // step % 6] for step in (36, 6, 1))
        return "", f"rgb({red},{green},{blue})"
    grey = min(8 + 10 * (number - 232), 255)
    return "", f"rgb({grey},{grey},{grey})"


class _Cleaner(HTMLParser):
    """Writes anew what is known, and balances it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._open: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif not self._silent and tag in _PLAIN_TAGS and len(self._open) < _DEPTH_MAX:
            spans = [f' {name}="{value}"' for name, value in attrs if name in _SPANS and _is_small(value)]
            self._out.append(f"<{tag}{''.join(spans)}>")
            if tag not in _VOID:
                self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SILENT:
            self.handle_starttag(tag, attrs)
            if tag not in _VOID:
                self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag == self._silent[-1]:
                self._silent.pop()
        elif tag in self._open:
            while self._open:
                closed = self._open.pop()
                self._out.append(f"</{closed}>")
                if closed == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._out.append(escape(visible(data)))

    def result(self) -> str:
        """Give what was written, with all that is open closed."""
        return "".join([*self._out, *(f"</{tag}>" for tag in reversed(self._open))])


def _is_small(value: str | None) -> bool:
    return value is not None and value.isascii() and value.isdigit() and 0 < len(value) < 4
