"""The pictures that are kept, and those that are waited for."""

import asyncio
from collections.abc import Coroutine

from codeact_tui.tui.pictures.gallery import Gallery
from codeact_tui.tui.pictures.mosaic import MosaicPainter
from codeact_tui.tui.pictures.pixmaps import BadPicture, Pixels
from codeact_tui.tui.rendering.lines import Line

SIZE = 80, 32


class Studio:
    """A gallery whose pictures are decoded at once, in the order in which that is asked for."""

    def __init__(self, side: int = 2) -> None:
        self.decoded: list[str] = []
        self.changes = 0
        self.side = side
        self._started: list[Coroutine[None, None, None]] = []
        self.gallery = Gallery(self._started.append, self._count, decode=self._decode)

    def draw(self, data: str) -> object:
        return self.gallery.draw("image/png", data, SIZE, 10, 4)

    def work(self) -> None:
        while self._started:
            asyncio.run(self._started.pop())

    def _count(self) -> None:
        self.changes += 1

    async def _decode(self, mime: str, data: str, *, side: int) -> Pixels:
        del mime, side
        self.decoded.append(data)
        if data == "bad":
            raise BadPicture("It is broken.")
        return Pixels(self.side, self.side, bytes(self.side * self.side * 3))


def test_a_picture_is_drawn_once_it_is_decoded() -> None:
    studio = Studio()
    assert studio.draw("a") == "drawing …"
    assert studio.draw("a") == "drawing …"
    studio.work()
    assert studio.changes == 1
    assert isinstance(studio.draw("a"), list)
    studio.work()
    assert studio.decoded == ["a"]


def test_what_can_not_be_decoded_says_why_and_is_not_tried_again() -> None:
    studio = Studio()
    studio.draw("bad")
    studio.work()
    assert studio.draw("bad") == "It is broken."
    studio.work()
    assert studio.decoded == ["bad"]


def test_what_was_asked_for_last_comes_first_and_what_is_long_out_of_sight_not_at_all() -> None:
    studio = Studio()
    for number in range(50):
        studio.draw(str(number))
    studio.work()
    assert studio.decoded == [str(number) for number in range(49, 17, -1)]


def test_only_so_many_bytes_are_kept() -> None:
    studio = Studio(side=2000)
    for number in range(5):
        studio.draw(str(number))
        studio.work()
    studio.gallery.draw("image/png", "0", SIZE, 8, 4)
    studio.work()
    assert studio.decoded == ["0", "1", "2", "3", "4", "0"]


def test_only_so_many_are_kept_however_small() -> None:
    studio = Studio()
    for number in range(600):
        studio.draw(str(number))
        studio.work()
    studio.gallery.draw("image/png", "599", SIZE, 8, 4)
    studio.gallery.draw("image/png", "0", SIZE, 8, 4)
    studio.work()
    assert studio.decoded[600:] == ["0"]


def test_a_picture_that_was_drawn_is_not_drawn_again_until_it_is_long_out_of_sight() -> None:
    studio = Studio()
    painted: list[object] = []
    forgotten: list[object] = []

    class Counting(MosaicPainter):
        def paint(self, place: object, pixels: Pixels, columns: int, rows: int) -> list[Line]:
            painted.append(place)
            return super().paint(place, pixels, columns, rows)

        def forget(self, place: object) -> None:
            forgotten.append(place)

    studio.gallery.painter = Counting()
    for columns in (10, 20, 10):
        studio.gallery.draw("image/png", "a", (800, 320), columns, 40)
        studio.work()
    assert [place[1] for place in painted if isinstance(place, tuple)] == [10, 20]
    assert studio.decoded == ["a"]
    for number in range(60):
        studio.gallery.draw("image/png", str(number), (8000, 3200), 200, 60)
        studio.work()
    assert forgotten[:2] == [painted[1], painted[0]]
