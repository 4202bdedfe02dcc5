"""Imports that a fresh kernel will not have to wait for: made once in a frozen copy, which is woken for a restart.

Only `sys.modules` is warm: the user's namespace stays empty. What was imported must be what an import would find now,
so before the copy is used it is looked whether packages were installed since, or files here go by those names.
"""

from __future__ import annotations

import gc
import importlib
import os
import random
import sys
import warnings

__all__ = ["Warmth"]

_ENTRIES = 100_000


class Warmth:
    """What was imported ahead.

    Args:
        modules: The modules that are wanted; those that are not there are left out.
    """

    def __init__(self, modules):
        before = set(sys.modules)
        path, sys.path[:] = list(sys.path), [entry for entry in sys.path if entry]  # no module of the user's folder
        streams = sys.stdout, sys.stderr
        try:
            with open(os.devnull, "w") as sys.stdout, warnings.catch_warnings():
                sys.stderr = sys.stdout
                warnings.simplefilter("ignore")
                for name in modules:
                    _import(name)
        finally:
            sys.stdout, sys.stderr = streams
            sys.path[:] = path
        self._names = {name.partition(".")[0] for name in set(sys.modules) - before}
        self._places = _changed_at()
        gc.collect()
        gc.freeze()  # or the first collection in a woken copy would touch, and so copy, all that was imported

    def holds(self) -> bool:
        """Say whether an import would still find the same."""
        if _changed_at() != self._places:
            return False
        try:
            with os.scandir(os.getcwd()) as entries:
                for count, entry in enumerate(entries):
                    if count > _ENTRIES or entry.name.partition(".")[0] in self._names:
                        return False
        except OSError:
            return False
        return True

    def freshen(self):
        """Be as a process that has just begun: chance is new, and nothing is known of folders."""
        importlib.invalidate_caches()
        random.seed()
        numpy = sys.modules.get("numpy.random")
        if numpy is not None:
            numpy.seed()


def _import(name):
    try:
        importlib.import_module(name)
    except BaseException:  # a package may fail by anything, and the user will see it when they import it
        return


def _changed_at():
    """Tell when the folders that packages lie in last had one added or removed."""
    found = {}
    for entry in sys.path:
        if entry:
            try:
                found[entry] = os.stat(entry).st_mtime_ns
            except OSError:
                found[entry] = None
    return found
