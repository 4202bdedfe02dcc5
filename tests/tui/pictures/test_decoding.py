"""Pictures decoded in a process of their own: what can be drawn, and what becomes of what can't."""

import asyncio
import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from codeact_tui.tui.pictures.decoding import decode
from codeact_tui.tui.pictures.pixmaps import BadPicture, Pixels

_RECT = '<rect width="30" height="30" fill="#f00"/>'
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10">{_RECT}</svg>'


def encoded(picture: Image.Image, kind: str = "PNG") -> str:
    file = io.BytesIO()
    picture.save(file, kind)
    return base64.b64encode(file.getvalue()).decode()


def decoded(mime: str, data: str, side: int = 64) -> Pixels:
    return asyncio.run(decode(mime, data, side=side))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_each_kind_of_picture_is_decoded(kind: str) -> None:
    width, height, rgb = decoded(f"image/{kind.lower()}", encoded(Image.new("RGB", (30, 20), (250, 250, 250)), kind))
    assert (width, height) == (30, 20)
    assert min(rgb) > 240


def test_a_large_one_comes_smaller_and_keeps_its_shape() -> None:
    found = decoded("image/png", encoded(Image.new("RGB", (600, 300))))
    assert (found.width, found.height) == (64, 32)


def test_what_is_transparent_lies_on_white() -> None:
    found = decoded("image/png", encoded(Image.new("RGBA", (4, 4), (0, 0, 0, 0))))
    assert set(found.rgb) == {255}


def test_svg_is_drawn_as_large_as_is_wanted() -> None:
    found = decoded("image/svg+xml", SVG)
    assert (found.width, found.height) == (64, 32)
    assert found.rgb[:3] == b"\xff\x00\x00"


def test_svg_reads_no_file(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (0, 255, 0)).save(tmp_path / "secret.png")
    link = f'<image href="{tmp_path / "secret.png"}" width="8" height="8"/>'
    found = decoded("image/svg+xml", f'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8">{link}</svg>')
    assert set(found.rgb) == {255}


@pytest.mark.parametrize(
    ("mime", "data", "why"),
    [
        ("image/png", "", "none of PNG"),
        ("image/png", "AAAA", "none of PNG"),
        ("image/png", "not base64!", "broken"),
        ("image/png", encoded(Image.new("RGB", (90, 90), "red"))[:150], "broken"),
        ("image/svg+xml", "<svg", "broken"),
        ("image/png", encoded(Image.new("1", (9000, 9000))), "too large"),
    ],
)
def test_what_is_no_picture_is_said_to_be_none(mime: str, data: str, why: str) -> None:
    with pytest.raises(BadPicture, match=why):
        decoded(mime, data)


@pytest.mark.parametrize("program", ["raise SystemExit", "print('5 5')", "print('99999 1')", "import os; os._exit(9)"])
def test_a_worker_that_fails_is_a_picture_that_cant_be_drawn(tmp_path: Path, program: str) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text(program)
    with pytest.raises(BadPicture, match="too much time or memory"):
        asyncio.run(decode("image/png", "AAAA", side=8, worker=worker))


def test_what_a_picture_says_of_itself_is_no_sequence_that_a_terminal_obeys() -> None:
    with pytest.raises(BadPicture) as caught:
        decoded("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'><b:\u0600x\x1b/></svg>")
    assert "\x1b" not in caught.value.sentence
