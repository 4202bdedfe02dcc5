"""plotly's figures where nbformat is not installed, without a kernel."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from codeact_tui.kernel.inside.plotly_figures import display_without_nbformat

NAMES = ("plotly", "plotly.io", "plotly.io._renderers")


@pytest.fixture
def renderers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """Give plotly's module as it is imported in a kernel, with this in it."""
    package = tmp_path / "plotly" / "io"
    package.mkdir(parents=True)
    (tmp_path / "plotly" / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "_renderers.py").write_text(request.param, "utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    assert not sys.modules.keys() & set(NAMES)
    display_without_nbformat()
    yield importlib.import_module("plotly.io._renderers")
    for name in NAMES:
        del sys.modules[name]


@pytest.mark.parametrize("renderers", ["nbformat = None\n"], indirect=True)
def test_nbformat_that_is_missing_is_new_enough(renderers: ModuleType) -> None:
    assert renderers.nbformat.__version__ == "4.2.0"


@pytest.mark.parametrize(
    ("renderers", "found"), [("nbformat = 'its own'\n", "its own"), ("", None)], indirect=["renderers"]
)
def test_what_is_there_stays(renderers: ModuleType, found: object) -> None:
    assert getattr(renderers, "nbformat", None) == found
