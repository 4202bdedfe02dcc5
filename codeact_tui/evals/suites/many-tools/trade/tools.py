"""Four ports, five goods, three currencies."""

__all__ = ["currency", "duty", "exchange", "freight", "price", "stock", "weight"]

_CURRENCIES = {"Norrvik": "crown", "Belmar": "mark", "Tesso": "lira", "Oster": "crown"}
_RATES = {"crown": 1.0, "mark": 2.5, "lira": 0.02}
_PRICES = {
    "tea": {"Norrvik": 38.0, "Belmar": 14.0, "Tesso": 1300.0, "Oster": 36.5},
    "wool": {"Norrvik": 12.5, "Belmar": 5.2, "Tesso": 700.0, "Oster": 11.0},
    "copper": {"Norrvik": 90.0, "Belmar": 34.0, "Tesso": 4600.0, "Oster": 88.0},
    "salt": {"Norrvik": 4.0, "Belmar": 1.8, "Tesso": 160.0, "Oster": 4.4},
    "glass": {"Norrvik": 55.0, "Belmar": 24.0, "Tesso": 2450.0, "Oster": 61.0},
}
_STOCK = {
    "tea": {"Norrvik": 20, "Belmar": 150, "Tesso": 400, "Oster": 65},
    "wool": {"Norrvik": 500, "Belmar": 90, "Tesso": 130, "Oster": 120},
    "copper": {"Norrvik": 35, "Belmar": 60, "Tesso": 10, "Oster": 48},
    "salt": {"Norrvik": 900, "Belmar": 75, "Tesso": 1200, "Oster": 300},
    "glass": {"Norrvik": 14, "Belmar": 33, "Tesso": 80, "Oster": 9},
}
_WEIGHTS_KG = {"tea": 1.5, "wool": 4.0, "copper": 12.0, "salt": 10.0, "glass": 6.5}
_DUTIES = {"tea": 0.10, "wool": 0.05, "copper": 0.02, "salt": 0.25, "glass": 0.08}
_LEAGUES = {
    frozenset({"Norrvik", "Belmar"}): 30,
    frozenset({"Norrvik", "Tesso"}): 85,
    frozenset({"Norrvik", "Oster"}): 12,
    frozenset({"Belmar", "Tesso"}): 60,
    frozenset({"Belmar", "Oster"}): 25,
    frozenset({"Tesso", "Oster"}): 90,
}


def price(good: str, port: str) -> float:
    """Give the price of one unit of a good (tea, wool, copper, salt, glass) in the port's own currency.

    The ports are Norrvik, Belmar, Tesso and Oster.
    """
    return _PRICES[good][port]


def currency(port: str) -> str:
    """Give the currency of a port: crown, mark or lira."""
    return _CURRENCIES[port]


def exchange(amount: float, source: str, target: str) -> float:
    """Change an amount of one currency into another, by the rate of the day, without a fee."""
    return round(amount * _RATES[source] / _RATES[target], 6)


def stock(good: str, port: str) -> int:
    """Give how many units of a good a port has for sale."""
    return _STOCK[good][port]


def weight(good: str, units: int) -> float:
    """Give the weight of some units of a good, in kilograms."""
    return _WEIGHTS_KG[good] * units


def duty(good: str, value: float) -> float:
    """Give the duty on a good of this value, in the value's currency."""
    return round(_DUTIES[good] * value, 6)


def freight(kilograms: float, origin: str, destination: str) -> float:
    """Give the cost of shipping a weight between two ports, in crowns."""
    return 0.0 if origin == destination else round(5 + 0.01 * kilograms * _LEAGUES[frozenset({origin, destination})], 6)
