"""Lets plotly display figures where nbformat is not installed.

plotly asks for nbformat's version before it displays one, raises without it, and uses nothing else of it.
"""

from __future__ import annotations

import importlib.machinery
import sys
import types

__all__ = ["display_without_nbformat"]

_MODULE = "plotly.io._renderers"
_ENOUGH = types.SimpleNamespace(__version__="4.2.0")
"""What stands for nbformat in that one module: the version that plotly asks for."""


def display_without_nbformat():
    """Take nbformat for installed in plotly's renderers, once they are imported."""
    sys.meta_path.insert(0, _Finder())


class _Finder:
    """Finds plotly's renderers as they would be found; they are completed when they have run."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != _MODULE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and type(spec.loader) is importlib.machinery.SourceFileLoader:
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def exec_module(self, module):
        super().exec_module(module)
        names = vars(module)
        if "nbformat" in names and names["nbformat"] is None:
            names["nbformat"] = _ENOUGH
