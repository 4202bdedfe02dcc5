"""A provider's key that is planted before a whole session is in nothing that the session leaves, and in no argument."""

import json
from pathlib import Path

import pytest

from tests.cli.commands import codeact, fresh
from tests.openai_script import Reply, refusal, text
from tests.openai_server import Received
from tests.openai_thread import ThreadedOpenAIServer

pytestmark = [pytest.mark.kernel, pytest.mark.e2e]

KEY = "planted0key0of0no0known0form0x9"
CELL = """I look around.
<execute>
import os, pathlib
print(sorted(os.environ))
for process in pathlib.Path('/proc').glob('[0-9]*'):
    for name in ('cmdline', 'environ'):
        try:
            print((process / name).read_bytes())
        except OSError:
            pass
</execute>"""
FORMS = ("ipynb", "py", "md", "html", "jsonl")
SOURCES = {
    "environment": {"OPENAI_API_KEY": KEY},
    "keyring": {"PYTHON_KEYRING_BACKEND": "tests.keyring_file.FileKeyring"},
    "command": {"CODEACT_MODEL_API_KEY_COMMAND": "sh,-c,cat $KEY_FILE"},
}


def with_the_key_in_an_argument() -> list[str]:
    """Name the processes of this machine that have it there."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if KEY.encode() in words:
            found.append(repr(words))
    return found


@pytest.mark.parametrize("source", list(SOURCES))
def test_it_is_nowhere_after_a_session(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    sent: list[str | None] = []
    replies = iter([text(CELL), refusal(400, f"You sent Bearer {KEY}, and I say no.")])

    def choose(received: Received) -> Reply | str:
        sent.append(received.headers.get("authorization"))
        seen.extend(with_the_key_in_an_argument())
        return next(replies)

    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    (tmp_path / "KEY").write_text(KEY, "utf-8")
    (tmp_path / "keyring").write_text(json.dumps({"codeact OPENAI_API_KEY": KEY}), "utf-8")
    with ThreadedOpenAIServer(choose=choose) as server:
        environ = {
            **{"CODEACT_HOME": str(home), "CODEACT_LOG": "debug", "KEYRING_FILE": str(tmp_path / "keyring")},
            **{"CODEACT_MODEL_BASE_URL": server.base_url, "OPENAI_API_KEY": "", "KEY_FILE": str(tmp_path / "KEY")},
            **{"PYTHONPATH": str(Path(__file__).parents[2]), **SOURCES[source]},
        }
        ask = ("run", "-C", str(work), "--model", "openai/m", "--approve", "all", "--json")
        told = [fresh(*ask, "look around", environ=environ)]
    assert sent == [f"Bearer {KEY}"] * 2, told
    assert seen == []
    assert "I say no" in told[0].out
    monkeypatch.setenv("CODEACT_HOME", str(home))
    told += [codeact(capsys, "export", "-C", str(work), "-o", "-", "-t", form) for form in FORMS]
    session = json.loads(told[0].out.splitlines()[0])["event"]["session"]
    told += [codeact(capsys, "sessions", "show", session, "--json"), codeact(capsys, "sessions", "show", session)]
    assert [each.code for each in told[1:]] == [0] * (len(told) - 1), told
    assert KEY not in "".join(each.out + each.err for each in told)
    files = [path for path in [*home.rglob("*"), *work.rglob("*")] if path.is_file()]
    assert any(path.name == "codeact.log" for path in files)
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
