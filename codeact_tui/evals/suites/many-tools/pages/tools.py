"""A browser for the pages of a small town's museum, five lines at a time."""

__all__ = ["back", "calculate", "down", "follow", "look", "search"]

_PAGES = {
    "/": """Museum of the Harbour, Tellin
Open from Tuesday to Sunday.
[Visit] -> /visit
[Rooms] -> /rooms
[People] -> /people
[Shop] -> /shop
[Events] -> /events
Last admission: half an hour before closing.""",
    "/visit": """Your visit
Adults: 9.50
Students: 6.00
Children under 12: 3.00
Family card (2 adults, up to 3 children): 21.00
On the first Sunday of a month all pay half.
Opening hours: 10:00 to 17:30, on Thursdays to 20:00.
The lift is in the east wing.""",
    "/rooms": """Rooms
[Ships] -> /rooms/ships
[Nets] -> /rooms/nets
[Storms] -> /rooms/storms
[Charts] -> /rooms/charts
There are four rooms on two floors.""",
    "/rooms/ships": """Ships
Ground floor. Keeper: Ines Falk.
The Marta, a brig of 1788, 31 metres.
The Lark, a cutter of 1823, 14 metres.
The Old Henrik, a trawler of 1911, 27 metres.
The Seven Sisters, a lugger of 1856, 19 metres.
Objects on show: 212.""",
    "/rooms/nets": """Nets
Ground floor. Keeper: Tomas Brandt.
Nets of hemp, cotton and nylon.
The largest is 140 metres long.
Objects on show: 87.""",
    "/rooms/storms": """Storms
Upper floor. Keeper: Ines Falk.
1825: 14 boats lost.
1872: 31 boats lost.
1901: 6 boats lost.
1953: 22 boats lost.
Objects on show: 45.""",
    "/rooms/charts": """Charts
Upper floor. Keeper: Ruth Okafor.
The oldest chart is of 1641.
Objects on show: 168.""",
    "/people": """People
[Ines Falk] -> /people/falk
[Tomas Brandt] -> /people/brandt
[Ruth Okafor] -> /people/okafor
[Piet Vos] -> /people/vos
[Lena Adami] -> /people/adami""",
    "/people/falk": """Ines Falk
Keeper of ships and storms since 2009.
Telephone: 4417
Office: room 12""",
    "/people/brandt": """Tomas Brandt
Keeper of nets since 2016.
Telephone: 4432
Office: room 9""",
    "/people/okafor": """Ruth Okafor
Keeper of charts since 2003.
Telephone: 4409
Office: room 21""",
    "/people/vos": """Piet Vos
Director since 2018. He was a keeper of nets before.
Telephone: 4400
Office: room 1""",
    "/people/adami": """Lena Adami
Runs the shop and the café since 2021.
Telephone: 4451
Office: room 3""",
    "/shop": """Shop
Poster of the Marta: 12.00
Chart of Tellin bay, print: 28.50
Model of the Lark: 64.00
Tin of sardines: 4.20
Book "Four storms": 22.80
Members pay a tenth less.
[Membership] -> /shop/members""",
    "/shop/members": """Membership
A year: 35.00, for two in one home: 52.00.
Members enter free, and pay a tenth less in the shop.
Members since: 1974. Members now: 1,318.""",
    "/events": """Events
12 May: Night of the nets, with Tomas Brandt. 40 seats, 7.00 each.
3 June: How storms are named, with Ines Falk. 60 seats, 5.00 each.
21 June: Midsummer on the Marta. 25 seats, 18.00 each.
9 July: Drawing a chart, with Ruth Okafor. 15 seats, 12.50 each.
30 August: Sardines and songs. 80 seats, 9.00 each.
[Past events] -> /events/past""",
    "/events/past": """Past events
2 February: Winter songs. 55 came.
18 March: The brig rebuilt. 38 came.
7 April: Knots for children. 71 came.""",
}
_LINES = 5


class _View:
    page = "/"
    line = 0
    visited: tuple[str, ...] = ()


def look() -> str:
    """Show the lines of the page that are in view. A link is written as [name] -> address."""
    lines = _PAGES[_View.page].split("\n")
    below = len(lines) - _View.line - _LINES
    shown = "\n".join(lines[_View.line : _View.line + _LINES])
    return f"{shown}\n({below} more below)" if below > 0 else shown


def down() -> str:
    """Move the view down by five lines and show them."""
    if _View.line + _LINES >= len(_PAGES[_View.page].split("\n")):
        return "This is the end of the page."
    _View.line += _LINES
    return look()


def follow(address: str) -> str:
    """Open the page at an address, such as /visit, and show its first lines."""
    if address not in _PAGES:
        return f"There is no page {address}."
    _View.visited = (*_View.visited, _View.page)
    _View.page, _View.line = address, 0
    return look()


def back() -> str:
    """Go back to the page before and show its first lines."""
    if not _View.visited:
        return "There is no page before this one."
    _View.visited, _View.page, _View.line = _View.visited[:-1], _View.visited[-1], 0
    return look()


def search(word: str) -> str:
    """Give the lines of the page that is open, in view or not, that hold a word; capitals do not matter."""
    lines = _PAGES[_View.page].split("\n")
    return "\n".join(line for line in lines if word.lower() in line.lower()) or "Nothing was found."


def calculate(expression: str) -> float:
    """Work out sums, differences, products and quotients of numbers, with brackets: (2 + 3) * 4.5."""
    if not set(expression) <= set("0123456789.+-*/() "):
        raise ValueError("only numbers, + - * / and brackets")
    return round(eval(expression, {"__builtins__": {}}), 6)
