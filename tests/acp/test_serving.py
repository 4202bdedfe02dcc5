"""`codeact serve --acp`, driven by the protocol's own client: the installed program, a real kernel, whole turns."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from acp import PROTOCOL_VERSION, Client, RequestError, spawn_agent_process, text_block
from acp.client.connection import ClientSideConnection
from acp.helpers import embedded_text_resource, resource_block
from acp.schema import AllowedOutcome, DeniedOutcome, RequestPermissionResponse

from codeact_tui import Session
from codeact_tui.acp.agent import CodeActAgent
from codeact_tui.acp.files import FileWatch
from codeact_tui.acp.prompts import prompt_text
from codeact_tui.kernel.fake import FakeKernel
from codeact_tui.model.scripted import ScriptedModel
from tests.cli.commands import codeact
from tests.openai_script import text
from tests.openai_thread import ThreadedOpenAIServer

SOON_S = 300.0


class Editor:
    """Answers permissions as it was told, and keeps what it is told."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.updates: list[Any] = []
        self.asked: list[Any] = []
        self.heard = asyncio.Event()
        self.on_question: Callable[[], Any] | None = None

    async def request_permission(self, session_id: str, tool_call: Any, options: Any, **kwargs: Any) -> Any:
        self.asked.append((tool_call, options))
        if self.on_question is not None:
            await self.on_question()
        answer = self.answers.pop(0) if self.answers else ""
        outcome = AllowedOutcome(outcome="selected", option_id=answer) if answer else DeniedOutcome(outcome="cancelled")
        return RequestPermissionResponse(outcome=outcome)

    async def session_update(self, session_id: str, update: Any, **kwargs: Any) -> None:
        self.updates.append(update)
        self.heard.set()

    async def until(self, holds: Callable[[Any], bool]) -> None:
        """Wait until an update came of which something holds."""
        while not any(holds(update) for update in self.updates):
            self.heard.clear()
            await self.heard.wait()

    def kinds(self) -> list[str]:
        return [update.session_update for update in self.updates]

    def said(self) -> str:
        return "".join(each.content.text for each in self.updates if each.session_update == "agent_message_chunk")


@asynccontextmanager
async def served(editor: Editor, home: Path, *flags: str) -> AsyncGenerator[ClientSideConnection]:
    """Start the agent for an editor, and agree on a version."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CODEACT_")}
    environment = {**kept, "CODEACT_HOME": str(home)}
    command = (sys.executable, "-m", "codeact_tui", "serve", "--acp", *flags)
    client = cast("Client", editor)
    async with asyncio.timeout(SOON_S), spawn_agent_process(client, *command, env=environment) as (agent, process):
        response = await agent.initialize(protocol_version=PROTOCOL_VERSION)
        assert response.protocol_version == PROTOCOL_VERSION
        assert response.agent_capabilities is not None
        assert response.agent_capabilities.load_session
        yield agent
        assert process.returncode is None


@pytest.mark.kernel
async def test_the_protocols_own_client_drives_whole_turns(tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    work.mkdir()
    (work / "notes.txt").write_text("old\n", "utf-8")
    act = "I write.\n<execute>\nopen('notes.txt', 'w').write('new\\n')\nprint('written')\n</execute>"
    slow = "I wait.\n<execute>\nimport time\ntime.sleep(300)\n</execute>"
    replies = [text(act), text("It is written."), text(act), text("As you say."), text(slow)]
    with ThreadedOpenAIServer(replies) as server:
        home.mkdir()
        (home / "config").mkdir()
        (home / "config" / "config.toml").write_text(
            f'[model]\nname = "local"\nbase_url = "{server.base_url}"\n[sandbox]\nmode = "off"\n', "utf-8"
        )
        editor = Editor("once", "reject")
        async with served(editor, home) as agent:
            session = await agent.new_session(cwd=str(work))
            assert session.modes is not None
            assert session.modes.current_mode_id == "ask"
            response = await agent.prompt(session_id=session.session_id, prompt=[text_block("write it")])
            assert response.stop_reason == "end_turn"
            _check_first_turn(editor, work)
            response = await agent.prompt(session_id=session.session_id, prompt=[text_block("again")])
            assert response.stop_reason == "end_turn"
            assert editor.said().endswith("As you say.")
            await _cancelled(agent, editor, session.session_id)
            with pytest.raises(RequestError):
                await agent.prompt(session_id="nobody", prompt=[text_block("x")])
            with pytest.raises(RequestError):
                await agent.new_session(cwd="relative")


def _check_first_turn(editor: Editor, work: Path) -> None:
    (call, options), *_ = editor.asked
    assert [option.kind for option in options] == ["allow_once", "allow_always", "reject_once"]
    assert call.title == "[1] open('notes.txt', 'w').write('new\\n')"
    assert "writes" in call.content[-1].content.text
    calls = [update for update in editor.updates if update.session_update.startswith("tool_call")]
    assert [update.status for update in calls] == ["pending", "in_progress", "completed"]
    assert {update.tool_call_id for update in calls} == {"a1"}
    assert "written" in calls[-1].content[1].content.text
    (diff,) = [each for each in calls[-1].content if each.type == "diff"]
    assert (diff.path, diff.old_text, diff.new_text) == (str(work / "notes.txt"), "old\n", "new\n")
    assert "It is written." in editor.said()
    assert "session_info_update" in editor.kinds()


async def _cancelled(agent: ClientSideConnection, editor: Editor, session: str) -> None:
    await agent.set_session_mode(session_id=session, mode_id="all")
    turn = asyncio.create_task(agent.prompt(session_id=session, prompt=[text_block("wait")]))
    await editor.until(lambda update: getattr(update, "status", "") == "in_progress" and update.tool_call_id == "a3")
    await agent.cancel(session_id=session)
    assert (await turn).stop_reason == "cancelled"


@pytest.mark.kernel
async def test_a_session_that_is_kept_is_listed_and_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEACT_HOME", str(tmp_path / "home"))
    replies = ["I look.\n<execute>\n1/0\n</execute>", "I see.\n<execute>\nx\n</execute>", "Done."]
    decisions = iter((True, "not that"))
    session = Session(
        model=ScriptedModel(replies), kernel=FakeKernel(), folder=tmp_path, approve=lambda _: next(decisions)
    )
    async with session:
        await session.send("go")
        name = session.id
    editor, agent = Editor(), CodeActAgent("demo")
    agent.on_connect(cast("Client", editor))
    try:
        listed = await agent.list_sessions(cwd=str(tmp_path))
        assert [each.session_id for each in listed.sessions] == [name]
        await agent.load_session(cwd=str(tmp_path), session_id=name)
        assert editor.kinds()[:3] == ["user_message_chunk", "agent_message_chunk", "tool_call"]
        ended = [update for update in editor.updates if update.session_update == "tool_call_update"]
        assert [update.status for update in ended] == ["failed", "failed"]
        assert ended[1].content[-1].content.text == "Rejected: not that"
        with pytest.raises(RequestError):
            await agent.load_session(cwd=str(tmp_path), session_id="nothing")
    finally:
        await agent.close()


def test_a_prompt_brings_its_files_along() -> None:
    resource = resource_block(embedded_text_resource("file:///a.py", "x = '```'"))
    assert prompt_text([text_block("look at "), resource]) == "look at \n\nfile:///a.py:\n````\nx = '```'\n````"


def test_files_are_looked_at_only_in_the_folder_and_through_no_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("secret", "utf-8")
    work = tmp_path / "work"
    (work / "sub").mkdir(parents=True)
    (work / "link.txt").symlink_to(outside)
    (work / "sub" / "a.txt").write_text("a", "utf-8")
    (work / "data.bin").write_bytes(b"\xff\xfe")
    names = ("link.txt", "../outside.txt", str(outside), "sub/a.txt", "new.txt", "data.bin")
    watch = FileWatch(str(work), "\n".join(f"open({name!r}, 'w')" for name in names))
    outside.write_text("other", "utf-8")
    (work / "sub" / "a.txt").write_text("b", "utf-8")
    (work / "new.txt").write_text("n", "utf-8")
    (work / "data.bin").write_text("now text", "utf-8")
    assert [(each.path.removeprefix(str(work)), each.old, each.new) for each in watch.changed()] == [
        ("/sub/a.txt", "a", "b"),
        ("/new.txt", None, "n"),
    ]


def test_it_says_how_to_be_served(capsys: pytest.CaptureFixture[str]) -> None:
    assert codeact(capsys, "serve").code == 2
    assert codeact(capsys, "serve", "--acp", "--web").code == 2
