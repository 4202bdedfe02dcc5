"""The local model server by hand: a script in a file plays what it says."""

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest

from tests import openai_script_file
from tests.openai_script import Refusal, Reset, Streamed, overflow
from tests.openai_script_file import in_turn, read_script


def test_the_script_in_the_documentation_can_be_read() -> None:
    example = (openai_script_file.__doc__ or "").partition("[")[2].rpartition("]")[0]
    replies = read_script(f"[{example}]".encode())
    assert [type(reply) for reply in replies] == [Streamed] * 3 + [Refusal] * 3 + [Streamed] * 2
    assert replies[5] == overflow()
    assert isinstance(replies[3], Refusal)
    assert replies[3].headers == {"Retry-After": "3"}
    assert isinstance(replies[6], Streamed)
    assert replies[6].steps[-1] == Reset()


def test_a_script_is_played_over_again() -> None:
    first, second = read_script(b'["a", "b"]')
    choose = in_turn([first, second])
    assert [choose(None), choose(None), choose(None)] == [first, second, first]


@pytest.mark.parametrize("wrong", [b"[", b"[]", b"[{}]", b'[{"txt": "a"}]', b'[{"steps": [{}]}]', b'[{"fault": "x"}]'])
def test_what_is_no_script_is_refused(wrong: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_script(wrong)


async def test_the_server_runs_as_a_program(tmp_path: Path) -> None:
    import httpx

    script = tmp_path / "replies.json"
    script.write_text('[{"status": 418, "message": "I am a teapot"}]')
    command = (sys.executable, "-m", "tests.openai_server", "--script", str(script))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        where = (await process.stdout.readline()).decode().split()[-1]
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{where}/chat/completions", json={"model": "m"})
        assert (answer.status_code, answer.json()["error"]["message"]) == (418, "I am a teapot")
    finally:
        process.terminate()
        await process.communicate()
