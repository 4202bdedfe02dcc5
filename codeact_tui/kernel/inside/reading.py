"""Reads code that is not finished: what stands before the cursor, which call it is in, what it gives names to."""

from __future__ import annotations

import ast
import re
from collections import namedtuple

__all__ = ["Call", "Place", "bindings", "bound_names", "place_of"]

_TOKEN = re.compile(
    r"""
      \#[^\n]*
    | (?P<prefix>[rRbBuUfFtT]{0,2})(?:
        \"\"\"(?:\\.|[^\\])*?(?P<end1>\"\"\"|\Z) | '''(?:\\.|[^\\])*?(?P<end2>'''|\Z)
      | "(?:\\.|[^"\\\n])*(?P<end3>"|(?=\n)|\Z)  | '(?:\\.|[^'\\\n])*(?P<end4>'|(?=\n)|\Z) )
    | [()\[\]{},\n]
    | \w+
    """,
    re.VERBOSE | re.DOTALL,
)
_PAIRS = {")": "(", "]": "[", "}": "{"}
_KEYWORD_ARGUMENT = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)")
_WORDS_BEFORE = frozenset(("def", "class"))
_CHARS = 60_000
"""Of longer code, only so much before the cursor is read."""
_EXPRESSION_CHARS = 400
_PARSED_LINES = 2_000

Call = namedtuple("Call", "function position keyword")
"""The innermost call around the cursor: the function's expression, which argument, and its name if it is written."""

Place = namedtuple("Place", "kind owner typed start call quote")
"""What stands before the cursor.

kind: `name`, `attribute`, `key`, `import`, `from`, or `nothing`, where nothing can be offered.
owner: The expression before the dot or the bracket; the module after `from`.
typed: What of the name is there already; it begins at `start`, in characters of the whole code.
call: The `Call` around it, or None.
quote: What the key's string begins with.
"""


class _Scan:
    """Tokens before the cursor: which brackets are open, and where strings begin."""

    def __init__(self, text):
        self.text = text
        self.open = []  # of (bracket, position, positions of commas)
        self.opened_by = {}
        self.string_start = {}
        self.comment = False
        self.string = None
        for token in _TOKEN.finditer(text):
            self._take(token)

    def _take(self, token):
        text, start, end = token[0], token.start(), token.end()
        if text[0] == "#":
            self.comment = end == len(self.text)
        elif text in "([{":
            self.open.append((text, start, []))
        elif text in _PAIRS:
            self._close(text, start)
        elif text == ",":
            if self.open:
                self.open[-1][2].append(start)
        elif token["prefix"] is not None:
            self.string_start[end] = start
            if _is_open_string(token) and end == len(self.text):
                self.string = start

    def _close(self, text, position):
        while self.open:
            bracket, start, _ = self.open.pop()
            if bracket == _PAIRS[text]:
                self.opened_by[position] = start
                return

    def expression_before(self, end):
        """Give the expression that ends here: names, dots, and what is in brackets behind them."""
        start, text = end, self.text
        while True:
            start = _skip_blanks(text, start)
            before = text[start - 1 : start]
            if before in _PAIRS and before:
                opened = self.opened_by.get(start - 1)
                if opened is None:
                    return ""
                start = opened
                if before == "}" or _skip_blanks(text, start) != start or not _ends_value(text[start - 1 : start]):
                    break
                continue
            if before and before in "\"'":
                start = self.string_start.get(start, start)
                break
            word = re.search(r"\w*\Z", text[max(0, start - 200) : start])[0]
            if not word:
                return ""
            start -= len(word)
            dot = _skip_blanks(text, start)
            if text[dot - 1 : dot] != ".":
                break
            start = dot - 1
        found = text[start:end].strip()
        return found if len(found) <= _EXPRESSION_CHARS else ""


def _is_open_string(token):
    return any(token[name] == "" for name in ("end1", "end2", "end3", "end4"))


def _ends_value(char):
    return char.isalnum() or char in tuple("_)]\"'")


def _skip_blanks(text, end):
    while end and text[end - 1] in " \t":
        end -= 1
    return end


def place_of(code: str, cursor: int) -> Place:
    """Say what stands before the cursor."""
    cursor = max(0, min(cursor, len(code)))
    offset = max(0, cursor - _CHARS)
    if offset:
        offset = code.find("\n", offset, cursor) + 1 or offset
    text = code[offset:cursor]
    scan = _Scan(text)
    call = _call(scan)
    if scan.comment:
        return Place("nothing", "", "", cursor, None, "")
    if scan.string is not None:
        return _key(scan, offset) or Place("nothing", "", "", cursor, call, "")
    typed = re.search(r"\w*\Z", text)[0]
    start = len(text) - len(typed)
    if typed[:1].isdigit():
        return Place("nothing", "", "", cursor, call, "")
    imported = _import(text, typed, offset + start)
    if imported is not None:
        return imported
    dot = _skip_blanks(text, start)
    if text[dot - 1 : dot] == ".":
        owner = scan.expression_before(dot - 1)
        kind = "nothing" if not owner or owner.isdigit() else "attribute"
        return Place(kind, owner, typed, offset + start, call, "")
    return Place("name", "", typed, offset + start, call, "")


def _import(text, typed, start):
    line = text[text.rfind("\n") + 1 :]
    found = re.match(r"\s*from\s+([\w.]+)\s+import\s+(?:\(?\s*[\w\s,]*)?\Z", line)
    if found:
        return Place("from", found[1], typed, start, None, "")
    found = re.match(r"\s*(?:import\s+(?:[\w.]+(?:\s+as\s+\w+)?\s*,\s*)*|from\s+)([\w.]*)\Z", line)
    if found:
        owner = found[1].rpartition(".")[0]
        return Place("import", owner, typed, start, None, "")
    return None


def _key(scan, offset):
    start = scan.string
    quote = re.match(r"[A-Za-z]*(\"\"\"|'''|\"|')", scan.text[start:])[0]
    before = _skip_blanks(scan.text, start)
    if scan.text[before - 1 : before] != "[" or quote not in ("'", '"'):
        return None
    owner = scan.expression_before(before - 1)
    if not owner:
        return None
    typed_from = start + len(quote)
    return Place("key", owner, scan.text[typed_from:], offset + typed_from, None, quote)


def _call(scan):
    for bracket, start, commas in reversed(scan.open):
        if bracket != "(":
            continue
        function = scan.expression_before(start)
        if not function:
            continue
        line = scan.text[scan.text.rfind("\n", 0, start) + 1 : start].split()
        if _WORDS_BEFORE.intersection(line[:2]):
            return None
        begun = scan.text[(commas[-1] if commas else start) + 1 :]
        keyword = _KEYWORD_ARGUMENT.match(begun)
        return Call(function, len(commas), keyword[1] if keyword else "")
    return None


def bindings(code, cursor):
    """Give what the code itself gives names to, above the cursor's line, the last one for each.

    Returns:
        Names, each with the syntax node that it is from: an `ast.alias`, a definition, or an expression that was
        assigned; and all names that the code binds anywhere, parameters included.
    """
    tree = _parsed(code, cursor)
    line = code.count("\n", 0, cursor) + 1
    known, names = {}, set()
    for node in () if tree is None else ast.walk(tree):
        bound = list(bound_names(node))
        names.update(name for name, _ in bound)
        if getattr(node, "lineno", 0) < line:
            known.update((name, source) for name, source in bound if source is not None)
    return known, names


def bound_names(node):
    """Give the names that a node binds, each with what it is bound to as far as that can be said."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            name = alias.asname or alias.name.split(".", 1)[0]
            yield name, ("module", alias.name if alias.asname else name)
    elif isinstance(node, ast.ImportFrom):
        if node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, ("member", node.module, alias.name)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name, node
    elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        yield node.targets[0].id, node.value
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
        yield node.target.id, node.value
    elif isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
        yield node.optional_vars.id, node.context_expr
    elif isinstance(node, ast.arg):
        yield node.arg, None
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id, None


def _parsed(code, cursor):
    """Parse the code with the cursor's line left out; else what is before it; else nothing."""
    if len(code) > _CHARS:
        return None
    lines = code.split("\n")[:_PARSED_LINES]
    row = code.count("\n", 0, cursor)
    if row >= len(lines):
        return None
    indent = re.match(r"\s*", lines[row])[0]
    for kept in ([*lines[:row], indent + "pass", *lines[row + 1 :]], [*lines[:row], indent + "pass"]):
        try:
            return ast.parse("\n".join(kept))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None
