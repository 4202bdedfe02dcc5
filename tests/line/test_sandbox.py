"""What the sandbox did to a cell, in lines."""

import asyncio
import io

from codeact_tui.cli.conversation import conversation
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.kernel.fake_script import Hang, Raise
from codeact_tui.line.plain import PlainSurface
from codeact_tui.line.telling import Teller
from codeact_tui.protocol.ids import ActionId
from codeact_tui.protocol.network import Reached
from codeact_tui.sandbox.policy import SandboxPolicy
from tests.line.stage import Stage, act, converse


async def test_what_the_sandbox_refused_is_said_under_the_cell_and_when_the_session_comes_back() -> None:
    error = "[Errno 30] Read-only file system: '/data/x'"
    kernel = FakeKernel({"save()": [Raise("OSError", error)]})
    kernel.sandbox = SandboxPolicy("/project", homes=("/home/me",))
    stage = Stage([act("save()"), "I see."], kernel=kernel)
    said = (
        'The sandbox refused writing /data/x; `sandbox.writable = ["/data"]` in your config.toml allows it, '
        "from the next start on."
    )
    text, _ = await converse(stage, "save it\ny\n")
    lines = text.split("\n")
    assert lines[lines.index(said) - 1].startswith("[1] failed after ")
    [controller] = stage.controllers
    out, transcript = io.StringIO(), controller.transcript
    Teller(PlainSurface(io.StringIO(), out, delay_s=0.0), transcript).cells.replay(transcript.actions[ActionId("a1")])
    assert said in out.getvalue()
    assert f"  · {said[0].lower()}{said[1:-1]}" in "\n".join(conversation(transcript))


async def test_what_a_cell_has_reached_is_a_line_for_each_host() -> None:
    kernel = FakeKernel({"get()": []})
    kernel.network = [Reached("a.example", 443, connections=1, sent_bytes=100, received_bytes=25_000)]
    stage = Stage([act("get()"), "I see."], kernel=kernel)
    text, _ = await converse(stage, "get it\ny\n")
    said = "Network: a.example:443 · 1 connection, 100 B sent, 25 kB received"
    assert any(line.startswith(said) for line in text.split("\n"))
    assert "  ⇄ a.example:443 · 1 connection" in "\n".join(conversation(stage.controllers[0].transcript))


async def test_a_script_is_not_asked_about_a_host_and_is_told_the_setting() -> None:
    kernel = FakeKernel({"get()": [Hang()]})
    stage = Stage([act("get()"), "I see."], kernel=kernel)

    async def reach() -> None:
        async with asyncio.timeout(20):
            while not kernel.executed or kernel.on_host is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            kernel.on_host("a.example", 8443)
            while not kernel.answered_hosts:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            await kernel.interrupt()

    reaching = asyncio.create_task(reach())
    text, _ = await converse(stage, "get it\ny\n")
    await reaching
    assert kernel.answered_hosts == [("a.example", 8443, False)]
    said = 'Nobody can be asked about hosts here; `sandbox.network = ["a.example:8443"]` in your config.toml opens it.'
    assert said in text.split("\n")
