"""Keeps the user's variables on disk, one group after the other, in a forked copy of the process.

The kernel is kept waiting for the fork alone. The copy pickles: what a `__reduce__` does, hangs in, or dies of happens
there. It may take so long: an alarm that nothing handles ends it then, also in C code; whatever was finished stays.

It tells of itself in `log`, a JSON value on each line: first the names of all that is to be kept, then what became of
each group, at last `{"done": true}`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import types
import warnings

from .namespace import is_machinery
from .pickling import Limit, MadeInCell, OverLimit, can_keep_code, dump
from .resting import copy_process
from .sharing import groups_of

__all__ = ["FIGURES", "STATE", "keep", "keep_here", "keep_in_copy"]

STATE = "state of random numbers"
FIGURES = "open figures"
_WHY_CHARS = 200
_NAMES = 10_000
_RESERVE_S = 1.0


def keep_in_copy(namespace, hidden, folder, limits):
    """Keep the variables in a copy of this process, which goes on when this returns.

    Raises:
        OSError: There can be no copy.
    """
    chance = random.getstate()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads: the copy uses none of what they may hold
        first = copy_process()
    if first:
        os.waitpid(first, 0)
        return
    try:
        if os.fork() == 0:
            random.setstate(chance)  # which seeds itself anew in a forked child
            keep_here(namespace, hidden, folder, limits)
    finally:
        os._exit(0)


def keep_here(namespace, hidden, folder, limits):
    """Keep the variables in this process, which is a copy made for that and may not live longer than they take."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits["seconds"] + _RESERVE_S)
    signal.signal(signal.SIGPROF, _too_long)
    with open(os.devnull, "w") as nowhere:
        sys.stdout = sys.stderr = nowhere
        keep(namespace, hidden, folder, limits, timer=True)


def _too_long(_number, _frame):
    raise OverLimit("took longer than it may")


def keep(
    namespace: dict[str, object], hidden: dict[str, object], folder: str, limits: dict[str, float], timer: bool = False
) -> None:
    """Keep the variables in a folder.

    Args:
        namespace: The user's.
        hidden: What was there before the user came.
        folder: An empty one.
        limits: `seconds` and `bytes` for all, `each_seconds` and `each_bytes` for one.
        timer: Bound code of the variables' own by a timer too: only in a process of its own.
    """
    pairs, modules, skipped = _sorted_out(namespace, hidden)
    whole = Limit(limits["bytes"], limits["seconds"])
    with open(os.path.join(folder, "log"), "x", encoding="utf-8") as log:
        say = _teller(log)
        say(
            names=[name for name, _value in pairs],
            modules=modules,
            skipped=skipped,
            python="%d.%d" % sys.version_info[:2],
            code=can_keep_code(),
        )
        for number, group in enumerate(_by_size(pairs, groups_of(pairs, namespace))):
            for said in _keep_group(number, [pairs[each] for each in group], namespace, folder, limits, whole, timer):
                say(**said)
        say(done=True)


def _teller(log):
    def say(**words):
        log.write(json.dumps(words) + "\n")
        log.flush()

    return say


def _sorted_out(namespace, hidden):
    """Divide the namespace into values to pickle, modules to import, and what is neither."""
    pairs, modules, skipped = [], [], []
    for name, value in list(dict.items(namespace)):
        if type(name) is not str or is_machinery(name) or (name in hidden and hidden[name] is value):
            continue
        if isinstance(value, types.ModuleType):
            known = sys.modules.get(value.__name__) is value
            (modules if known else skipped).append([name, value.__name__ if known else "a module that no import finds"])
        else:
            pairs.append((name, value))
    extra = [(STATE, _state())]
    figures = _open_figures()
    if figures:
        extra.append((FIGURES, figures))
    return pairs[:_NAMES] + extra, modules, skipped + [[name, "there are too many"] for name, _ in pairs[_NAMES:]]


def _state():
    numpy = sys.modules.get("numpy.random")
    return {"random": random.getstate(), "numpy": numpy.get_state() if numpy is not None else None, "cwd": os.getcwd()}


def _open_figures():
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    try:
        return [manager.canvas.figure for manager in helpers.Gcf.get_all_fig_managers()] if helpers else []
    except Exception:
        return []


def _by_size(pairs, groups):
    """Put what is small first: what is large may find no room or time."""
    return sorted(groups, key=lambda group: sum(_size(pairs[each][1]) for each in group))


def _size(value):
    try:
        found = getattr(value, "nbytes", None)
        return int(found) if isinstance(found, int) else sys.getsizeof(value, 0)
    except Exception:
        return 0


def _keep_group(number, group, namespace, folder, limits, whole, timer):
    """Keep a group; where that fails, its members each alone. Give what is to be said of it."""
    said = _try_to_keep(str(number), group, namespace, folder, limits, whole, timer)
    if "why" not in said or len(group) == 1:
        return [said]
    alone = []
    for index, member in enumerate(group):
        found = _try_to_keep("%d-%d" % (number, index), [member], namespace, folder, limits, whole, timer)
        if "why" not in found:
            found["parted"] = True
        alone.append(found)
    return alone


def _try_to_keep(stem, group, namespace, folder, limits, whole, timer):
    names = [name for name, _value in group]
    size = min(limits["each_bytes"], whole.left_bytes)
    paths = [os.path.join(folder, stem + ending) for ending in (".pickle", ".buffers")]
    limit = Limit(size, limits["each_seconds"])
    try:
        whole.check()
        with open(paths[0], "xb") as stream, open(paths[1], "xb") as aside:
            if timer:
                signal.setitimer(signal.ITIMER_PROF, limits["each_seconds"])
            try:
                lengths = dump(dict(group), namespace, stream, aside, limit)
            finally:
                if timer:
                    signal.setitimer(signal.ITIMER_PROF, 0)
            for file in (stream, aside):
                file.flush()
                os.fsync(file.fileno())
    except BaseException as error:  # a value's own code may raise anything, and none of it may end the others
        for path in paths:
            if os.path.exists(path):
                os.unlink(path)
        if isinstance(error, OSError) and error.errno in (28, 122):
            return {"names": names, "why": "the disk is full"}
        why = "no room was left for it" if isinstance(error, OverLimit) and size < limits["each_bytes"] else _why(error)
        return {"names": names, "why": why}
    whole.left_bytes -= size - limit.left_bytes
    return {"names": names, "file": stem, "lengths": lengths}


def _why(error):
    try:
        text = str(error)
    except BaseException:
        text = ""
    kind = "" if isinstance(error, (OverLimit, MadeInCell)) else type(error).__name__
    return ": ".join(filter(None, (kind, text)))[:_WHY_CHARS]
