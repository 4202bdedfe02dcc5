"""Tables of two times beside one another: rows, columns, values. Pure."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from codeact_tui.protocol.variables import TableColumn, Variable

__all__ = ["same_variable", "table_changes"]

_NAMES = 6


def same_variable(before: Variable, after: Variable) -> bool:
    """Say whether nothing is known in which they differ."""
    if replace(before, columns=()) != replace(after, columns=()):
        return False
    if not before.columns or not after.columns:
        return True
    pairs = zip(before.columns, after.columns, strict=False)
    return len(before.columns) == len(after.columns) and all(_same(*pair) for pair in pairs)


def table_changes(before: Variable, after: Variable) -> tuple[str, ...]:
    """Say in what two tables differ, a few words for each: rows, columns, values; nothing where neither is one."""
    if not before.columns or not after.columns or before.type_name != after.type_name:
        return ()
    return tuple(_changes(before, after))


def _changes(before: Variable, after: Variable) -> Iterator[str]:
    if before.shape and after.shape and before.shape != after.shape:
        if before.kind == "array" or len(before.shape) != len(after.shape):
            yield f"shape {_shape(before.shape)} → {_shape(after.shape)}"
        elif before.shape[0] != after.shape[0]:
            yield f"rows {before.shape[0]:,} → {after.shape[0]:,}"
    were, are = ({column.name: column for column in each.columns} for each in (before, after))
    both = [name for name in are if name in were]
    yield from _named("added", [name for name in are if name not in were])
    yield from _named("gone", [name for name in were if name not in are])
    if [name for name in were if name in are] != both:
        yield "columns in another order"
    for name in both[:_NAMES]:
        if were[name].dtype != are[name].dtype:
            yield f"{name or 'values'} {were[name].dtype} → {are[name].dtype}"
    rows = before.shape is not None and after.shape is not None and before.shape[:1] != after.shape[:1]
    reshaped = before.kind == "array" and before.shape != after.shape
    others = [] if rows or reshaped else [name for name in both if not _same(were[name], are[name])]
    others = [name for name in others if were[name].dtype == are[name].dtype]
    if others:
        yield "values" if others == [""] else f"values of {_listed(others)}"


def _named(what: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"column{'s' * (len(names) != 1)} {_listed(names)} {what}"


def _same(before: TableColumn, after: TableColumn) -> bool:
    looked = before.mark and after.mark
    return (before.name, before.dtype) == (after.name, after.dtype) and (not looked or before.mark == after.mark)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMES])
    return f"{shown} and {len(names) - _NAMES} more" if len(names) > _NAMES else shown


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(str(each) for each in shape)
