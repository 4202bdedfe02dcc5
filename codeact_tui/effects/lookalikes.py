"""Words in code whose letters look like others: a Cyrillic а among Latin letters, a whole name of such. Pure.

Source: the idea of Unicode Technical Standard 39, with the few letters that monospaced fonts draw alike.
"""

import io
import re
import tokenize
import unicodedata
from collections.abc import Iterator

__all__ = ["lookalikes"]

_ALIKE = frozenset("авеѕіјкмнорстухԁԛԝһүԍАВЕЅІЈКМНОРСТУХԌԚԜҮονѵΑΒΕΖΗΙΚΜΝΟΡΤΥΧօոսցհıɑɡꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓞꓡꓢꓣꓦꓧꓨꓩꓪꓫꓬꓮꓰꓲꓳꓴ")
"""Drawn like a Latin letter, and none: Cyrillic, Greek, Armenian, Lisu, and three Latin ones that are others."""
_WORD = re.compile(r"[^\W\d_][\w]*")
_MOST = 50


def lookalikes(code: str) -> Iterator[tuple[int, str]]:
    """Give the line and a description of each such word, each word once: `pаth (а is U+0430)`.

    Anywhere a word is told that has such letters beside Latin ones; a name of code also where it has nothing else, and
    where Python reads it as another name than is shown.
    """
    seen: set[str] = set()
    if code.isascii():
        return
    names = _names(code)
    for number, line in enumerate(code.splitlines(), start=1):
        if line.isascii():
            continue
        for match in _WORD.finditer(line):
            word = match[0]
            if word.isascii() or word in seen or len(seen) >= _MOST:
                continue
            told = _told(word, is_name=word in names)
            if told:
                seen.add(word)
                yield number, told


def _told(word: str, *, is_name: bool) -> str:
    alike = [char for char in word if char in _ALIKE]
    normal = unicodedata.normalize("NFKC", word)
    if is_name and normal != word and normal.isascii():
        return f"{word} (read as {normal})"
    if not alike:
        return ""
    others = [char for char in word if char.isalpha() and char not in _ALIKE]
    if any(char.isascii() for char in others) or (is_name and not others):
        return f"{word} ({alike[0]} is U+{ord(alike[0]):04X})"
    return ""


def _names(code: str) -> set[str]:
    """Give the names of code, as they are written; where it can't be read, every word."""
    found: set[str] = set()
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.NAME and not token.string.isascii():
                found.add(token.string)
    except (tokenize.TokenError, SyntaxError, ValueError):
        return set(_WORD.findall(code))
    return found
