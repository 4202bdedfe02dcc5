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
    for name, module in modules:
        try:
            namespace[name] = importlib.import_module(module)
            back.append(name)
        except KeyboardInterrupt:
            failed.append([name, "it took too long"])
        except BaseException as error:
            failed.append([name, _why(error)])
    _show_figures()
    late = False
    for group in groups:
        try:
            if late:
                raise KeyboardInterrupt
            found = _load(namespace, os.path.join(folder, group["file"]), group["lengths"])
        except BaseException as error:
            late = late or isinstance(error, KeyboardInterrupt)
            why = "it took too long" if isinstance(error, KeyboardInterrupt) else _why(error)
            failed.extend([name, why] for name in group["names"])
            continue
        back.extend(_put(namespace, found))
    return {"back": back, "failed": failed}


def _show_figures():
    """Have figures drawn that a cell ends with: matplotlib sees to that when the first is made, and these were made."""
    pyplot, matplotlib = sys.modules.get("matplotlib.pyplot"), sys.modules.get("matplotlib")
    try:
        if pyplot is not None and matplotlib is not None:
            pyplot.switch_backend(matplotlib.get_backend())
    except Exception:
        pass


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
