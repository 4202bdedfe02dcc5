"""The one form of a picture that needs no decoding."""

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codeact_tui.protocol.variables import VariablePicture
from codeact_tui.tui.pictures.decoding import decode
from codeact_tui.tui.pictures.pixmaps import PIXMAP, BadPicture, Pixels, pixmap, read_pixmap

SIDE = st.integers(min_value=1, max_value=9)


@given(SIDE, SIDE, st.randoms(use_true_random=False))
def test_what_was_written_is_read(width: int, height: int, noise: random.Random) -> None:
    rgb = noise.randbytes(width * height * 3)
    written = pixmap(VariablePicture(width, height, base64.b64encode(rgb).decode()))
    assert written is not None
    assert read_pixmap(written) == Pixels(width, height, rgb)


async def test_it_is_decoded_without_a_process() -> None:
    written = pixmap(VariablePicture(1, 1, "AAAA"))
    assert written is not None
    assert await decode(PIXMAP, written, side=10) == Pixels(1, 1, bytes(3))


@pytest.mark.parametrize("pixels", ["", "!!!!", "AAAA", "AAAA" * 99, "AA\n="])
def test_pixels_that_are_not_what_is_said_are_none(pixels: str) -> None:
    assert pixmap(VariablePicture(4, 4, pixels)) is None


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"P6 1 1 255\n",
        b"P6 1 1 255\n" + bytes(4),
        b"P6 0 1 255\n",
        b"P6 99999 1 255\n",
        b"P5 1 1 255\n" + bytes(3),
        b"P6 1 1 65535\n" + bytes(6),
    ],
)
def test_what_is_no_pixmap_says_so(written: bytes) -> None:
    with pytest.raises(BadPicture, match="pixels are not"):
        read_pixmap(base64.b64encode(written).decode())


def test_what_is_not_in_base64_says_so() -> None:
    with pytest.raises(BadPicture, match="base64"):
        read_pixmap("P6 1 1 255\n\0\0\0")
