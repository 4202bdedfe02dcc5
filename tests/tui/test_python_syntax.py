from codeact_tui.tui.python_syntax import PythonSyntax

BLOCK = ["def größe(a):", '    """Über', '    mehrere Zeilen."""', "    return a + 1  # Maß", ""]


def spans(lines: list[str], line: int) -> list[tuple[int, int, str]]:
    syntax = PythonSyntax()
    syntax.update(lines)
    return syntax.spans(line, line + 1)[line]


def test_long_code_is_coloured_as_short_code_is() -> None:
    long = BLOCK * 1000
    for line in (0, 1, 2, 3, 2501, 2502, 4998):
        assert spans(long, line) == spans(BLOCK, line % 5)


def test_places_are_characters_and_in_utf_8_bytes() -> None:
    syntax = PythonSyntax()
    syntax.update(BLOCK)
    assert (4, 9, "function") in syntax.spans(0, 1)[0]
    assert (4, 11, "function") in syntax.byte_spans(0, 1)[0]
    assert (4, None, "string") in syntax.byte_spans(1, 2)[1]


def test_what_changed_is_coloured_anew() -> None:
    syntax = PythonSyntax()
    syntax.update(["x = 1"])
    assert syntax.spans(0, 1)[0] == [(2, 3, "operator"), (4, 5, "number")]
    syntax.update(["# no"])
    assert syntax.spans(0, 1)[0] == [(0, 4, "comment")]
