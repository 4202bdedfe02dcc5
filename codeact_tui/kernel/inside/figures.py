"""How the values of a column or an array are spread: figures and a histogram, of a sample where there are many."""

from __future__ import annotations

from .facts import Figures, missing_sign
from .objects import loaded

__all__ = ["numbers_figures", "pandas_figures", "polars_figures", "spread"]

_SAMPLE = 100_000
_BARS = 20
_COMMON = 8
_POLARS_ARRAYS = frozenset(("Boolean", "Date", "Datetime", "Duration"))
_HASHED = frozenset(map(id, (str, int, float, bool, bytes)))


def pandas_figures(series, is_known):
    """Give figures of a series; of a foreign dtype nothing but how long it is."""
    total, dtype = len(series), series.dtype
    rows = [("values", f"{total:,}")]
    if not is_known(dtype):
        return Figures(rows)
    step = _step(total)
    sample = series.iloc[::step]
    rows += _sampled(step, len(sample))
    kind = getattr(dtype, "numpy_dtype", dtype)
    kind = getattr(kind, "kind", "O")
    if getattr(dtype, "tz", None) is not None:
        return _numbers(rows, sample.to_numpy(f"datetime64[{dtype.unit}]"))
    if kind in "biuf" or (kind in "mM" and type(dtype) is not loaded("pandas", "ArrowDtype")):
        if hasattr(dtype, "numpy_dtype"):
            absent = sample.array.isna()
            return _numbers(rows, sample.to_numpy(dtype=dtype.numpy_dtype, na_value=0)[~absent], int(absent.sum()))
        return _numbers(rows, sample.to_numpy())
    return _objects(rows, sample.tolist())


def polars_figures(series):
    """Give figures of a polars series."""
    total = len(series)
    step = _step(total)
    sample = series.gather_every(step) if step > 1 else series
    rows = [("values", f"{total:,}"), *_sampled(step, len(sample))]
    numpy = loaded("numpy", "ndarray") is not None
    kind = str(series.dtype).split("(", 1)[0]
    if numpy and (series.dtype.is_integer() or series.dtype.is_float() or kind in _POLARS_ARRAYS):
        present = sample.drop_nulls()
        return _numbers(rows, present.to_numpy(), len(sample) - len(present))
    return _objects(rows, sample.to_list())


def numbers_figures(values):
    """Give figures of an array of one dimension."""
    step = _step(len(values))
    sample = values[::step]
    rows = [("values", f"{len(values):,}"), *_sampled(step, len(sample))]
    if values.dtype.kind in "biufmM":
        return _numbers(rows, sample)
    return _objects(rows, sample.tolist())


def spread(sample):
    """Count values in equal ranges: `(counts, low, high)`; nothing where there are none.

    Args:
        sample: Finite numbers, as an array of numpy's.
    """
    if not sample.size:
        return (), "", ""
    low, high = sample.min().item(), sample.max().item()
    bars = min(_BARS, int(high) - int(low) + 1) if sample.dtype.kind in "iub" else _BARS
    half = sample.astype("float64") * 0.5  # so that the distance between the ends is a number too
    try:
        counts, _ = loaded("numpy", "histogram")(half, bins=bars, range=(float(low) * 0.5, float(high) * 0.5))
        counts = tuple(int(count) for count in counts)
    except (ValueError, OverflowError):  # they are too near to each other to be told apart
        counts = (int(sample.size),)
    if low == high:
        counts = (int(sample.size),)
    return counts, _number(low), _number(high)


def _step(total):
    return max(1, -(-total // _SAMPLE))


def _sampled(step, count):
    return [("looked at", f"{count:,}, 1 in {step:,}")] if step > 1 else []


def _numbers(rows, sample, absent=0):
    total = sample.size + absent
    kind = sample.dtype.kind
    if kind in "fmM":
        flags = loaded("numpy", "isnan" if kind == "f" else "isnat")(sample)
        absent += int(flags.sum())
        sample = sample[~flags]
    rows = [*rows, ("missing", _share(absent, total))]
    rows.append(("distinct", f"{loaded('numpy', 'unique')(sample).size:,}"))
    if kind == "b":
        yes = int(sample.sum())
        return Figures(rows, (sample.size - yes, yes), labels=(False, True))
    if kind == "f":
        finite = sample[loaded("numpy", "isfinite")(sample)]
        if finite.size < sample.size:
            rows.append(("infinite", f"{sample.size - finite.size:,}"))
        sample = finite
    if not sample.size:
        return Figures(rows)
    if kind in "mM":
        return _times(rows, sample)
    rows += [("min", _number(sample.min().item())), ("max", _number(sample.max().item()))]
    with loaded("numpy", "errstate")(all="ignore"):
        median = loaded("numpy", "median")(sample)
        figures = (("mean", sample.mean(dtype="float64")), ("median", median), ("std", sample.std(dtype="float64")))
        rows += [(label, f"{float(figure):.6g}") for label, figure in figures]
    return Figures(rows, *spread(sample))


def _times(rows, sample):
    low, high = (_time(end) for end in (sample.min(), sample.max()))
    counts, _, _ = spread(sample.astype("int64"))
    return Figures([*rows, ("min", low), ("max", high)], counts, low, high)


def _time(value):
    if value.dtype.kind == "m":
        return str(value.astype("timedelta64[us]").item())
    return str(value)[:19].replace("T", " ")


def _objects(rows, values):
    """Count the values of built-in types; others are only counted, for asking for their hash would run their code."""
    absent, counts, foreign = 0, {}, 0
    for value in values:
        known = id(type(value)) in _HASHED
        if (not known or type(value) is float) and missing_sign(value) is not None:
            absent += 1
        elif known:
            key = (type(value), value)
            counts[key] = counts.get(key, 0) + 1
        else:
            foreign += 1
    rows = [*rows, ("missing", _share(absent, len(values)))]
    if foreign:
        return Figures([*rows, ("objects", f"{foreign:,}")])
    rows.append(("distinct", f"{len(counts):,}"))
    common = sorted(counts.items(), key=lambda pair: -pair[1])[:_COMMON]
    if common and common[0][1] == 1 and len(counts) > 1:
        return Figures(rows)
    return Figures(rows, tuple(count for _, count in common), labels=tuple(value for (_, value), _ in common))


def _share(count, total):
    return f"{count:,} ({count / total:.1%})" if count else "0"


def _number(value):
    return f"{value:.6g}" if type(value) is float else str(value)
