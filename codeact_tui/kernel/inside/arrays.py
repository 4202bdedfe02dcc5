"""What can be told of numpy arrays, torch tensors and scipy's sparse matrices, at a bounded cost.

`show` writes an item in a few words.
"""

from __future__ import annotations

from . import sorting
from .facts import Facts, Table
from .figures import spread
from .objects import loaded

__all__ = [
    "array_column",
    "array_columns",
    "array_facts",
    "array_order",
    "array_spread",
    "array_statistics",
    "array_table",
    "array_values",
    "scalar_facts",
    "sparse_facts",
    "tensor_facts",
    "tensor_statistics",
    "tensor_values",
]

_HEAD = 6
_NUMBERS = "biuf"
_SAMPLE = 1 << 17
_BLOCKS = 1 << 10


def array_facts(value, show):
    """Sum up an array, or an object of a class made from it."""
    array = _plain(value)
    text = f"{str(array.dtype)[:60]} {_shown(_items(array, 0, _HEAD), array.size, show)}"
    return Facts("array", array.shape, int(array.nbytes), text)


def scalar_facts(value, show):
    """Sum up a numpy scalar."""
    item = value.item()
    text = show(item) if type(item) is not type(value) else repr(value)
    return Facts("value", None, int(value.nbytes), text)


def array_values(value, start, count):
    """Give label and item of `count` items of an array, counted in its order, and how many it has."""
    array = _plain(value)
    labels = [str(list(_position(array.shape, index))) for index in range(start, min(start + count, array.size))]
    return list(zip(labels, _items(array, start, count))), array.size


def array_statistics(value):
    """Give label and value of an array's dtype and the figures of its numbers; a large one is sampled."""
    numpy = _Numpy()
    array = _plain(value)
    rows = [("dtype", str(array.dtype)[:200]), ("bytes", f"{array.nbytes:,}")]
    if array.dtype.kind not in _NUMBERS or not array.size:
        return rows
    sample = _sample(numpy, array)
    if sample.size < array.size:
        rows.append(("sampled", f"{sample.size:,} of {array.size:,} values"))
    with numpy.errstate(all="ignore"):
        return rows + _figures(numpy, sample)


def array_spread(value):
    """Give `(counts, low, high)` of the numbers of an array, of a large one's sample."""
    numpy, array = _Numpy(), _plain(value)
    if array.dtype.kind not in _NUMBERS or not array.size:
        return None
    sample = _sample(numpy, array)
    return spread(sample[numpy.isfinite(sample)] if array.dtype.kind == "f" else sample.reshape(-1))


def array_columns(value):
    """Give the names of an array's columns, a `range` where they have none; None for one that is no table.

    One dimension is one column, or one for each of its fields; two are rows and columns.
    """
    array = _plain(value)
    if array.dtype.kind == "V" and (array.dtype.names is None or array.ndim != 1):
        return None
    if array.ndim == 1:
        return ["value"] if array.dtype.names is None else list(array.dtype.names)
    return range(array.shape[1]) if array.ndim == 2 else None


def array_column(value, column):
    """Give a column of an array as an array of one dimension."""
    array = _plain(value)
    if array.dtype.names is not None:
        return array[array.dtype.names[column]]
    return array if array.ndim == 1 else array[:, column]


def array_table(value, window):
    """Give a window of an array of one or two dimensions; None for another."""
    names = array_columns(value)
    if names is None:
        return None
    shown = names[window.first : window.first + window.columns]
    total = _plain(value).shape[0]
    picked = slice(window.start, window.start + window.count) if window.order is None else window.order
    index = window.order or list(range(total)[picked])
    columns = [array_column(value, window.first + at)[picked] for at in range(len(shown))]
    cells = [_written(column) for column in columns]
    return Table(
        columns=list(shown),
        dtypes=[str(column.dtype)[:60] for column in columns],
        index=index,
        rows=[list(row) for row in zip(*cells)] if cells else [[] for _ in index],
        total_rows=total,
        total_columns=len(names),
    )


def array_order(value, column):
    """Find the order of an array's rows by one of its columns."""
    return sorting.array_order(array_column(value, column))


def _written(column):
    """Give items as objects; times in the words of numpy, whose own objects for them know no nanoseconds."""
    items = column.tolist()
    if column.dtype.kind not in "mM":
        return items
    return [None if text == "NaT" else text for text in column.astype(str).tolist()]


def _figures(numpy, sample):
    rows = []
    if sample.dtype.kind == "f":
        finite = sample[numpy.isfinite(sample)]
        missing = int(numpy.isnan(sample).sum())
        rows += [("NaN", f"{missing:,}"), ("infinite", f"{sample.size - finite.size - missing:,}")]
        sample = finite
    if not sample.size:
        return rows
    figures = [("min", sample.min()), ("max", sample.max())]
    figures += [("mean", sample.mean(dtype="float64")), ("std", sample.std(dtype="float64"))]
    rows += [
        (label, f"{figure.item():.6g}" if label in ("mean", "std") else str(figure.item())) for label, figure in figures
    ]
    return [*rows, ("zeros", f"{int(sample.size - numpy.count_nonzero(sample)):,}")]


class _Numpy:
    """The functions of numpy that are needed, as the imported module has them."""

    def __getattr__(self, name):
        return loaded("numpy", name)


def _plain(value):
    """Look at an array without whatever its own class adds."""
    array = loaded("numpy", "ndarray")
    return value if type(value) is array else array.view(value, array)


def _items(array, start, count):
    if array.dtype.kind == "V" and array.dtype.hasobject:
        return []
    return array.flat[start : start + count].tolist()


def _position(shape, index):
    position = []
    for length in reversed(shape):
        index, step = divmod(index, length)
        position.insert(0, step)
    return position


def _sample(numpy, array):
    """Take a hundred thousand values, in blocks spread over the array, without a copy of the whole."""
    if array.size <= _SAMPLE:
        return array
    if array.flags.c_contiguous or array.flags.f_contiguous:
        flat = array.reshape(-1, order="A")
        length = _SAMPLE // _BLOCKS
        gap = flat.size // _BLOCKS
        return numpy.concatenate([flat[block * gap : block * gap + length] for block in range(_BLOCKS)])
    step = int((array.size / _SAMPLE) ** (1 / array.ndim)) + 1
    return array[tuple(slice(None, None, step) for _ in array.shape)]


def _shown(items, total, show):
    if total and not items:
        return "[…]"
    more = ", …" if total > len(items) else ""
    return "[" + ", ".join(show(item, 1) for item in items) + more + "]"


def tensor_facts(value, show):
    """Sum up a torch tensor; the values of one on a device are left there."""
    text = f"{str(value.dtype).replace('torch.', '')} {value.device}"
    items = tensor_values(value, 0, _HEAD)
    if items is not None:
        text += f" {_shown([item for _, item in items[0]], items[1], show)}"
    return Facts("array", tuple(value.shape), int(value.numel() * value.element_size()), text)


def tensor_values(value, start, count):
    """Give label and item of `count` items of a tensor in the machine's memory; None for any other."""
    if not _readable(value):
        return None
    shape, total = tuple(value.shape), value.numel()
    items = value.detach().view(-1)[start : start + count].tolist()
    return [(str(_position(shape, start + index)), item) for index, item in enumerate(items)], total


def tensor_statistics(value):
    """Give label and value of a tensor's dtype, device and figures."""
    rows = [("dtype", str(value.dtype)), ("device", str(value.device)), ("gradient", str(bool(value.requires_grad)))]
    if not _readable(value) or value.is_complex() or not value.numel():
        return rows
    sample = value.detach().view(-1)[:_SAMPLE].double()
    if sample.numel() < value.numel():
        rows.append(("sampled", f"the first {sample.numel():,} of {value.numel():,} values"))
    figures = [("min", sample.min()), ("max", sample.max()), ("mean", sample.mean()), ("std", sample.std())]
    return rows + [(label, f"{figure.item():.6g}") for label, figure in figures]


def _readable(value):
    return value.device.type == "cpu" and not value.is_sparse and value.is_contiguous()


def sparse_facts(value, show):
    """Sum up a sparse matrix of scipy."""
    parts = [getattr(value, name, None) for name in ("data", "indices", "indptr", "row", "col", "offsets")]
    array = loaded("numpy", "ndarray")
    size = sum(int(part.nbytes) for part in parts if type(part) is array)
    return Facts("array", tuple(value.shape), size, f"{value.dtype} {value.format}, {int(value.nnz):,} stored")
