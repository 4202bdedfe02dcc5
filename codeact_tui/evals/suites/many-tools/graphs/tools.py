"""A network of mountain huts and the paths between them."""

__all__ = ["height", "huts", "kind", "length", "neighbours", "places"]

_HUTS = {
    "Adler": (1820, 24, "hut"),
    "Bernau": (2110, 40, "hut"),
    "Cima": (2760, 12, "bivouac"),
    "Dossen": (2340, 32, "hut"),
    "Enge": (1540, 60, "inn"),
    "Fuorn": (1990, 28, "hut"),
    "Grat": (2890, 8, "bivouac"),
    "Hang": (1710, 45, "inn"),
    "Isla": (2230, 18, "hut"),
}
_PATHS = {
    ("Adler", "Bernau"): 4.2, ("Adler", "Enge"): 3.1, ("Bernau", "Cima"): 5.6, ("Bernau", "Dossen"): 2.4,
    ("Cima", "Grat"): 1.8, ("Dossen", "Grat"): 6.3, ("Dossen", "Isla"): 3.3, ("Enge", "Fuorn"): 6.0,
    ("Enge", "Hang"): 2.7, ("Fuorn", "Isla"): 4.8, ("Fuorn", "Hang"): 3.9, ("Isla", "Grat"): 7.1,
}  # fmt: skip


def huts() -> list[str]:
    """Give the names of all huts."""
    return list(_HUTS)


def neighbours(hut: str) -> list[str]:
    """Give the huts that a path joins to this one, in alphabetical order."""
    return sorted({one if other == hut else other for one, other in _PATHS if hut in {one, other}})


def length(one: str, other: str) -> float:
    """Give the length of the path between two neighbouring huts, in kilometres."""
    found = _PATHS.get((one, other), _PATHS.get((other, one)))
    if found is None:
        raise ValueError(f"no path joins {one} and {other}")
    return found


def height(hut: str) -> int:
    """Give a hut's height above the sea, in metres."""
    return _HUTS[hut][0]


def places(hut: str) -> int:
    """Give the number of beds in a hut."""
    return _HUTS[hut][1]


def kind(hut: str) -> str:
    """Say what a hut is: hut, inn or bivouac."""
    return _HUTS[hut][2]
