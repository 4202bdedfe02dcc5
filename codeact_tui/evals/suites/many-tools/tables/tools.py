"""Four tables of a weather and orchard station, asked row by row."""

__all__ = ["columns", "distinct", "mean", "row", "row_count", "tables", "total"]

_TABLES = {
    "orchards": (
        ("id", "name", "hectares", "district"),
        [
            (1, "Ashby", 12, "north"),
            (2, "Birch Hill", 7, "south"),
            (3, "Cold Spring", 20, "north"),
            (4, "Dell", 5, "east"),
            (5, "Eastfield", 16, "east"),
        ],
    ),
    "harvests": (
        ("orchard", "year", "kind", "tonnes"),
        [
            (1, 2021, "apple", 140), (1, 2021, "pear", 35), (1, 2022, "apple", 155), (2, 2021, "apple", 60),
            (2, 2022, "apple", 48), (2, 2022, "plum", 22), (3, 2021, "pear", 180), (3, 2022, "pear", 205),
            (3, 2022, "apple", 75), (4, 2021, "plum", 41), (4, 2022, "plum", 37), (5, 2021, "apple", 190),
            (5, 2022, "apple", 171), (5, 2022, "pear", 64),
        ],
    ),
    "prices": (
        ("kind", "year", "per_tonne"),
        [
            ("apple", 2021, 310), ("apple", 2022, 335), ("pear", 2021, 420), ("pear", 2022, 390),
            ("plum", 2021, 610), ("plum", 2022, 655),
        ],
    ),
    "rain": (
        ("district", "month", "mm"),
        [
            ("north", "April", 61), ("north", "May", 74), ("north", "June", 55), ("south", "April", 48),
            ("south", "May", 39), ("south", "June", 66), ("east", "April", 52), ("east", "May", 80),
            ("east", "June", 31),
        ],
    ),
}  # fmt: skip


def tables() -> list[str]:
    """Give the names of all tables."""
    return list(_TABLES)


def columns(table: str) -> list[str]:
    """Give the names of a table's columns."""
    return list(_TABLES[table][0])


def row_count(table: str) -> int:
    """Count the rows of a table."""
    return len(_TABLES[table][1])


def row(table: str, number: int) -> dict[str, object]:
    """Give one row of a table, counted from 0, by column."""
    names, rows = _TABLES[table]
    return dict(zip(names, rows[int(number)]))


def distinct(table: str, column: str) -> list[object]:
    """Give the different values of a column, in the order in which they come."""
    return list(dict.fromkeys(_column(table, column)))


def total(table: str, column: str, where: str, value: str) -> float:
    """Add up a column over the rows whose column `where` has this value."""
    names, rows = _TABLES[table]
    at, by = names.index(column), names.index(where)
    return sum(float(found[at]) for found in rows if str(found[by]) == str(value))


def mean(table: str, column: str, where: str, value: str) -> float:
    """Give the mean of a column over the rows whose column `where` has this value, rounded to two decimals."""
    names, rows = _TABLES[table]
    at, by = names.index(column), names.index(where)
    chosen = [float(found[at]) for found in rows if str(found[by]) == str(value)]
    return round(sum(chosen) / len(chosen), 2)


def _column(table: str, column: str) -> list[object]:
    names, rows = _TABLES[table]
    return [found[names.index(column)] for found in rows]
