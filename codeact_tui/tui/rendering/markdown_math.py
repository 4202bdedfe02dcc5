r"""Formulas in Markdown: `$…$`, `$$…$$`, `\(…\)` and `\[…\]`, in a line or as blocks of their own."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.ruler import RuleOptionsType
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

__all__ = ["BLOCK", "INLINE", "understand_math"]

INLINE = "math_inline"
BLOCK = "math_block"

_MAX_LINES = 200
# A dollar sign before a price or a shell's variable opens nothing: the closing one stands at a formula's end, and no
# letter or digit follows it.
_IN_A_LINE = re.compile(
    r"\$\$(?P<a>[^$]{1,4000}?)\$\$"
    r"|\\\((?P<b>.{1,4000}?)\\\)"
    r"|\\\[(?P<c>.{1,4000}?)\\\]"
    r"|\$(?P<d>(?![\s$])(?:[^$\\\n]|\\.){0,400}?(?:[^$\\\s]|\\[^\s]))\$(?![\w$])",
    re.DOTALL,
)
_ENDS = {"$$": "$$", "\\[": "\\]"}


def understand_math(parser: "MarkdownIt") -> None:
    """Teach the parser formulas; they become tokens `math_inline` and `math_block`."""
    parser.inline.ruler.before("escape", INLINE, _inline)
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    parser.block.ruler.before("fence", BLOCK, _block, interrupts)


def _inline(state: "StateInline", silent: bool) -> bool:
    found = _IN_A_LINE.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        token = state.push(INLINE, "math", 0)
        token.content = next(filter(None, found.groups()))
    state.pos = found.end()
    return True


def _block(state: "StateBlock", line: int, last: int, silent: bool) -> bool:
    """Take the lines from one delimiter to the other; without the other, all of them."""
    if state.is_code_block(line):
        return False
    first = _text(state, line)
    end = _ENDS.get(first[:2])
    if end is None or (len(first) > 2 and end not in first[2:] and line + 1 >= last):
        return False
    rows = [first[2:]]
    at = line
    while not rows[-1].rstrip().endswith(end) and at + 1 < min(last, line + _MAX_LINES):
        at += 1
        rows.append(_text(state, at))
    closed = rows[-1].rstrip().endswith(end)
    if not closed and first.strip() not in _ENDS:
        return False
    if not silent:
        content = "\n".join(rows)
        state.line = at + 1
        token = state.push(BLOCK, "math", 0)
        token.block = True
        token.content = content.rstrip().removesuffix(end) if closed else content
        token.map = [line, state.line]
    return True


def _text(state: "StateBlock", line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
