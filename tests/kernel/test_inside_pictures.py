"""Pictures of what is looked into, without a kernel."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.kernel.looking import pixels, plain


def test_arrays_of_bytes_are_pictures() -> None:
    image = np.zeros((4, 5, 3), dtype="u1")
    image[0, 0] = (255, 128, 1)
    width, height, data = pixels(plain(image))
    assert (width, height, len(data), data[:6]) == (5, 4, 60, b"\xff\x80\x01\x00\x00\x00")
    assert pixels(plain(np.full((4, 4), 7, dtype="u1")))[2] == b"\x07" * 48
    assert pixels(plain(np.ones((4, 4), dtype=bool)))[2] == b"\xff" * 48
    assert pixels(plain(np.full((4, 4, 3), 0.5)))[2] == b"\x7f" * 48
    clear = np.zeros((4, 4, 4), dtype="u1")
    assert pixels(plain(clear))[2] == b"\xff" * 48


@pytest.mark.parametrize(
    "value",
    [
        np.zeros((4, 5)),
        np.zeros((2, 5), dtype="u1"),
        np.zeros((4, 4, 5), dtype="u1"),
        np.full((4, 4, 3), 2.0),
        np.zeros(9),
    ],
)
def test_other_arrays_are_not(value: object) -> None:
    assert "picture" not in plain(value)


@pytest.mark.parametrize("size", [(1000, 10), (10, 1000), (161, 121), (5000, 3000)])
def test_a_large_picture_is_made_small(size: tuple[int, int]) -> None:
    width, height = size
    found = pixels(plain(np.zeros((height, width), dtype="u1")))
    assert found[0] <= 160
    assert found[1] <= 120
    assert len(found[2]) == found[0] * found[1] * 3


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "I", "F"])
def test_pillows_images_are_pictures(mode: str) -> None:
    found = plain(Image.new(mode, (320, 100)))
    assert pixels(found)[:2] == (160, 50)
    assert (found["variable"]["shape"], found["variable"]["summary"]) == ([100, 320], f"{mode} picture, 320 × 100")


def test_an_image_that_is_not_read_yet_is_left_alone(tmp_path: Any) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert "picture" not in plain(image)
        image.load()
        assert pixels(plain(image))[2][:3] == b"\xff\x00\x00"


class Mine(Image.Image):
    """A class of the user's."""


def test_a_class_made_from_an_image_is_no_image() -> None:
    assert "picture" not in plain(Mine())
