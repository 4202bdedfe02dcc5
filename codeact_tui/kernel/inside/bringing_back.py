"""Brings variables back that were kept on disk. Runs what is in the pickles: only ever inside the sandbox."""

from __future__ import annotations

import importlib
import os
import random
import sys

from .keeping import FIGURES, STATE
from .pickling import load

__all__ = ["bring_back"]

_WHY_CHARS = 200


def bring_back(
    namespace: dict[str, object], folder: str, modules: list[list[str]], groups: list[dict[str, object]]
) -> dict[str, object]:
    """Bring variables back; what is in the namespace already stays.

    Args:
        namespace: The user's.
        folder: Where the files are.
        modules: Names and what was imported under them.
        groups: Of each: `file`, `names` and `lengths`.

    Returns:
        The names that are back, and of the others why not.
    """
    back, failed = [], []
    late = False

    def attempt(names, do):
        nonlocal late
        try:
            if late:
                raise KeyboardInterrupt  # which comes but once: what is left has no time any more either
            back.extend(do())
        except BaseException as error:
            late = late or isinstance(error, KeyboardInterrupt)
            why = "it took too long" if isinstance(error, KeyboardInterrupt) else _why(error)
            failed.extend([name, why] for name in names)

    for name, module in modules:
        attempt([name], lambda name=name, module=module: _import(namespace, name, module))
    attempt([], _show_figures)
    for group in groups:
        stem = os.path.join(folder, group["file"])
        attempt(
            group["names"], lambda stem=stem, group=group: _put(namespace, _load(namespace, stem, group["lengths"]))
        )
    return {"back": back, "failed": failed}


def _import(namespace, name, module):
    namespace[name] = importlib.import_module(module)
    return [name]


def _show_figures():
    """Have figures drawn that a cell ends with: matplotlib sees to that when the first is made, and these were made."""
    pyplot, matplotlib = sys.modules.get("matplotlib.pyplot"), sys.modules.get("matplotlib")
    try:
        if pyplot is not None and matplotlib is not None:
            pyplot.switch_backend(matplotlib.get_backend())
    except Exception:
        pass
    return []


def _load(namespace, stem, lengths):
    with open(stem + ".pickle", "rb") as stream, open(stem + ".buffers", "rb", buffering=0) as aside:
        return load(namespace, stream, aside, lengths)


def _put(namespace, found):
    state = found.pop(STATE, None)
    if state is not None:
        _set_state(state)
    found.pop(FIGURES, None)
    for name, value in found.items():
        namespace[name] = value
    return list(found)


def _set_state(state):
    random.setstate(state["random"])
    numpy = sys.modules.get("numpy.random")
    if numpy is not None and state["numpy"] is not None:
        numpy.set_state(state["numpy"])
    try:
        os.chdir(state["cwd"])
    except OSError:
        pass


def _why(error):
    try:
        text = str(error)
    except BaseException:
        text = ""
    return ": ".join(filter(None, (type(error).__name__, text)))[:_WHY_CHARS]
