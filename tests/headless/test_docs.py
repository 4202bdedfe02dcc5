"""Every example of the Python API's page runs."""

import re
from pathlib import Path
from types import CodeType

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "python-api.md"
EXAMPLES = re.findall(r"(?ms)^```python\n(.*?)^```$", PAGE.read_text("utf-8"))


def compiled(example: str) -> CodeType:
    return compile(example, str(PAGE), "exec")


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 4


@pytest.mark.kernel
@pytest.mark.parametrize("example", EXAMPLES, ids=range(1, len(EXAMPLES) + 1))
def test_an_example_runs(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compiled(example), {"__name__": "example"})
    assert "Traceback" not in capsys.readouterr().err
