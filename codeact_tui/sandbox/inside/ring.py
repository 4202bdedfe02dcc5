"""Which checkpoints to let go of, so that the others fit. Pure."""

_LATEST = 8
"""So many of the latest are thinned last."""


def surplus(names, marked, count):
    """Name the checkpoints that are too many.

    The latest are kept one by one. Of the older ones, those go whose neighbours stand closest, so that those which
    stay lie ever further apart; the first and the marked ones stay as long as there is anything else.

    Args:
        names: All, the oldest first.
        marked: Those that the user wants kept.
        count: How many may be kept.
    """
    places = {name: place for place, name in enumerate(names)}
    kept, gone = list(names), []
    while len(kept) > max(0, count):
        gone.append(_least(kept, marked, places))
        kept.remove(gone[-1])
    return gone


def first_to_go(names, marked):
    """Name the one to let go of when memory is short; None when only one is left, or none."""
    if len(names) <= 1:
        return None
    return _least(list(names), marked, {name: place for place, name in enumerate(names)})


def _least(kept, marked, places):
    older = kept[1:-_LATEST] if len(kept) > _LATEST + 1 else []
    for candidates in (older, kept[:-1], kept):
        free = [name for name in candidates if name not in marked]
        if free:
            return min(free, key=lambda name: _gap(kept, name, places))
    return kept[0]


def _gap(kept, name, places):
    """Say how long a stretch would be without a checkpoint, were this one gone, as seen from the latest."""
    index = kept.index(name)
    before = places[kept[index - 1]] if index else places[name] - 1
    after = places[kept[index + 1]] if index + 1 < len(kept) else places[name] + 1
    age = places[kept[-1]] - places[name] + 1
    return (after - before) / age, places[name]
