"""What is opened outside the terminal, where it is written, and by which program it is opened."""

import asyncio
import base64
import os
import stat
from pathlib import Path

import pytest

from codeact_tui.protocol.outputs import DisplayData, StreamOutput
from codeact_tui.session.outputs import OutputLog
from codeact_tui.tui.outside import Thing, keep, open_file, opener, things

PNG = base64.b64encode(b"\x89PNG").decode()


def found(*bundles: dict[str, str]) -> list[Thing]:
    log = OutputLog()
    log.add(StreamOutput("stdout", "text\n"))
    for bundle in bundles:
        log.add(DisplayData(bundle))
    return things(log)


def test_pictures_pages_and_charts_can_be_opened_and_text_alone_can_not() -> None:
    given = found(
        {"text/plain": "1"},
        {"image/png": PNG, "text/plain": "<Figure>"},
        {"text/html": "<b>x</b>", "text/plain": "x"},
        {"application/vnd.vegalite.v5+json": "{}", "text/plain": "x"},
        {"image/png": "no base64!", "text/plain": "x"},
    )
    assert [(thing.suffix, thing.name) for thing in given] == [
        (".png", "image PNG, 4 B"),
        (".html", "page, 8 B"),
        (".json", "chart as JSON, 2 B"),
    ]
    assert given[0].content == b"\x89PNG"


def test_what_a_cell_wrote_is_a_page_in_a_frame_without_an_origin() -> None:
    (page,) = found({"text/html": '</iframe>"><script>alert(1)</script>'})
    text = page.content.decode()
    assert text.count("<iframe") == text.count("</iframe>") == 1
    assert 'sandbox="allow-scripts allow-downloads"' in text
    assert "<script" not in text
    (drawing,) = found({"image/svg+xml": "<svg onload='alert(1)'>"})
    assert b"<svg" not in drawing.content


def test_files_are_the_users_own_and_old_ones_go(tmp_path: Path) -> None:
    folder = tmp_path / "opened"
    first = keep(Thing("x", ".png", b"1"), folder, "cell-1")
    os.utime(first, (0, 0))
    second = keep(Thing("x", ".png", b"2"), folder, "cell-2")
    again = keep(Thing("x", ".png", b"3"), folder, "cell-2")
    assert [path.name for path in folder.iterdir()] == ["cell-2.png"]
    assert again == second
    assert again.read_bytes() == b"3"
    assert stat.S_IMODE(again.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    folder, other = tmp_path / "opened", tmp_path / "precious"
    folder.mkdir()
    other.write_text("precious")
    (folder / "cell-1.png").symlink_to(other)
    keep(Thing("x", ".png", b"1"), folder, "cell-1")
    assert other.read_text() == "precious"


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="other systems open files by other programs")
def test_without_a_desktop_nothing_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "xdg-open"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert opener({}) is None
    assert opener({"DISPLAY": ":0"}) == ("xdg-open",)
    monkeypatch.setenv("PATH", "")
    assert opener({"DISPLAY": ":0"}) is None


def test_a_program_that_fails_or_is_not_there_is_noticed(tmp_path: Path) -> None:
    assert asyncio.run(open_file(tmp_path, ["true"]))
    assert not asyncio.run(open_file(tmp_path, ["false"]))
    assert not asyncio.run(open_file(tmp_path, [str(tmp_path / "none")]))
