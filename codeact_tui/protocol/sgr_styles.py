"""Colours and flags of terminal text, as `ESC [ … m` sets them: pure.

Source: ECMA-48, section 8.3.117 (SGR); xterm control sequences.
"""

from functools import lru_cache

__all__ = ["PLAIN", "Style", "next_style", "sgr"]

Style = tuple[tuple[str, str], ...]
"""What is set, each with the codes that set it."""
PLAIN: Style = ()

_FLAGS_OFF = {
    **{"22": ("1", "2"), "23": ("3",), "24": ("4",), "25": ("5",), "27": ("7",), "28": ("8",), "29": ("9",)},
    **{"39": ("fg",), "49": ("bg",), "55": ("53",), "59": ("58",)},
}
_FLAGS_ON = {**{code: code for code in ("1", "2", "3", "4", "5", "7", "8", "9", "53")}, "21": "4", "6": "5"}
_COLOURS = {
    **{str(code): "fg" for code in (*range(30, 38), *range(90, 98))},
    **{str(code): "bg" for code in (*range(40, 48), *range(100, 108))},
}
_EXTENDED = {"38": "fg", "48": "bg", "58": "58"}


@lru_cache(maxsize=512)
def next_style(style: Style, parameters: str) -> Style:
    """Apply one SGR sequence's parameters."""
    state = dict(style)
    codes = parameters.split(";")
    while codes:
        code = codes.pop(0).lstrip("0")
        head = code.split(":", 1)[0]
        if not code:
            state.clear()
        elif head in _EXTENDED:
            count = {"5": 2, "2": 4}.get(codes[0] if codes else "", 0) if head == code else 0
            arguments, codes = codes[:count], codes[count:]
            if head != code or len(arguments) == count > 0:
                state[_EXTENDED[head]] = ";".join([code, *arguments])
        elif head in _COLOURS:
            state[_COLOURS[head]] = code
        elif head in _FLAGS_ON:
            state[_FLAGS_ON[head]] = code
        else:
            for flag in _FLAGS_OFF.get(head, ()):
                state.pop(flag, None)
    return tuple(sorted(state.items()))


def sgr(style: Style) -> str:
    """Give the sequence that sets this style and nothing else."""
    return "\x1b[" + ";".join(["0", *(code for _, code in style)]) + "m"
