"""The agent's side of the Agent Client Protocol: an editor's requests become Ops, Events become its updates."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, cast, get_args

from acp import PROTOCOL_VERSION, Agent, RequestError
from acp.helpers import update_agent_message_text, update_agent_thought_text, update_current_mode
from acp.interfaces import Client
from acp.schema import (
    AgentCapabilities,
    AllowedOutcome,
    Implementation,
    InitializeResponse,
    ListSessionsResponse,
    LoadSessionResponse,
    NewSessionResponse,
    PromptCapabilities,
    PromptResponse,
    ResumeSessionResponse,
    SessionCapabilities,
    SessionInfo,
    SessionInfoUpdate,
    SessionListCapabilities,
    SetSessionModeResponse,
)

from codeact_tui import __version__
from codeact_tui.acp.files import FileWatch
from codeact_tui.acp.prompts import prompt_text
from codeact_tui.acp.telling import (
    call_started,
    call_updated,
    modes,
    permission_call,
    permission_options,
    retold,
)
from codeact_tui.api import Session
from codeact_tui.errors import CodeActError
from codeact_tui.headless.outcome import End
from codeact_tui.headless.turn import Turn
from codeact_tui.protocol.events import (
    ActionEdited,
    ActionProposed,
    ActionRejected,
    ApprovalRequested,
    CellFinished,
    CellStarted,
    Envelope,
    Event,
    InputRequested,
    Noted,
    PolicyChanged,
    ReplyDelta,
    RetryScheduled,
    TitleChanged,
)
from codeact_tui.protocol.ops import Approve, Policy, Reject, SetPolicy, SubmitPrompt
from codeact_tui.protocol.terminal_text import plain_text

__all__ = ["CodeActAgent"]

_log = logging.getLogger(__name__)

_SESSIONS_MAX = 16
_STOPS: dict[End, Any] = {
    "answer": "end_turn",
    "empty": "end_turn",
    "refused": "end_turn",
    "turns": "max_turn_requests",
    "interrupted": "cancelled",
}


class CodeActAgent(Agent):
    """Sessions of this user, for one editor.

    Args:
        model: Which model is asked; None: the settings' own.
        settings: Other settings, by their names.
    """

    def __init__(self, model: str | None = None, settings: dict[str, object] | None = None) -> None:
        self._model = model
        self._settings = settings or {}
        self._client: Client | None = None
        self._rooms: dict[str, _Room] = {}

    # -- what an editor asks

    def on_connect(self, conn: Client) -> None:
        """Take the connection."""
        self._client = conn

    async def initialize(
        self, protocol_version: int, client_capabilities: Any = None, client_info: Any = None, **kwargs: Any
    ) -> InitializeResponse:
        """Agree on a version, and say what can be done."""
        return InitializeResponse(
            protocol_version=min(protocol_version, PROTOCOL_VERSION),
            agent_capabilities=AgentCapabilities(
                load_session=True,
                prompt_capabilities=PromptCapabilities(embedded_context=True),
                session_capabilities=SessionCapabilities(list=SessionListCapabilities()),
            ),
            agent_info=Implementation(name="codeact", title="codeact", version=__version__),
            auth_methods=[],
        )

    async def new_session(
        self, cwd: str, additional_directories: Any = None, mcp_servers: Any = None, **kwargs: Any
    ) -> NewSessionResponse:
        """Make a session in a folder; its kernel starts in the background."""
        room = await self._open(cwd)
        return NewSessionResponse(session_id=room.session.id, modes=modes(room.session.transcript.policy))

    async def load_session(
        self, cwd: str, session_id: str, mcp_servers: Any = None, additional_directories: Any = None, **kwargs: Any
    ) -> LoadSessionResponse:
        """Open a session that is kept, and tell all of it."""
        room = self._rooms.get(session_id) or await self._open(cwd, session_id)
        for update in list(retold(room.session.transcript)):
            await room.update(update)
        return LoadSessionResponse(modes=modes(room.session.transcript.policy))

    async def resume_session(
        self, session_id: str, cwd: str, additional_directories: Any = None, mcp_servers: Any = None, **kwargs: Any
    ) -> ResumeSessionResponse:
        """Open a session that is kept, and tell nothing of it."""
        room = self._rooms.get(session_id) or await self._open(cwd, session_id)
        return ResumeSessionResponse(modes=modes(room.session.transcript.policy))

    async def list_sessions(
        self, cwd: str | None = None, cursor: str | None = None, **kwargs: Any
    ) -> ListSessionsResponse:
        """List the sessions of a folder, or all."""
        from codeact_tui.stored_sessions import open_catalog

        catalog = open_catalog()
        try:
            found = await catalog.sessions(folder=cwd)
        finally:
            await catalog.close()
        return ListSessionsResponse(
            sessions=[
                SessionInfo(
                    session_id=each.id,
                    cwd=each.folder,
                    title=each.title or None,
                    updated_at=datetime.fromtimestamp(each.updated_at, UTC).isoformat(),
                )
                for each in found
            ]
        )

    async def set_session_mode(self, session_id: str, mode_id: str, **kwargs: Any) -> SetSessionModeResponse:
        """Choose who decides about actions."""
        if mode_id not in get_args(Policy):
            raise RequestError.invalid_params({"message": f"There is no mode {mode_id!r}."})
        self._room(session_id).session.do(SetPolicy(cast("Policy", mode_id)))
        return SetSessionModeResponse()

    async def prompt(self, session_id: str, prompt: list[Any], **kwargs: Any) -> PromptResponse:
        """Ask the model, and tell what comes until the turn's end."""
        room = self._room(session_id)
        text = prompt_text(prompt)
        if not text.strip():
            raise RequestError.invalid_params({"message": "The prompt is empty."})
        try:
            return PromptResponse(stop_reason=await room.ask(text))
        except CodeActError as error:
            raise _refusal(error) from error

    async def cancel(self, session_id: str, **kwargs: Any) -> None:
        """Stop the turn that goes on."""
        room = self._rooms.get(session_id)
        if room is not None:
            room.session.interrupt()

    async def close_session(self, session_id: str, **kwargs: Any) -> None:
        """Close a session; it is kept."""
        room = self._rooms.pop(session_id, None)
        if room is not None:
            await room.close()

    async def authenticate(self, method_id: str, **kwargs: Any) -> NoReturn:
        """There is nobody to be."""
        raise RequestError.method_not_found("authenticate")

    async def fork_session(
        self, session_id: str, cwd: str, additional_directories: Any = None, mcp_servers: Any = None, **kwargs: Any
    ) -> NoReturn:
        """Sessions are not forked from an editor."""
        raise RequestError.method_not_found("session/fork")

    async def set_config_option(self, config_id: str, session_id: str, value: str | bool, **kwargs: Any) -> NoReturn:
        """There are no options but the modes."""
        raise RequestError.method_not_found("session/set_config_option")

    async def ext_method(self, method: str, params: dict[str, Any]) -> NoReturn:
        """There are no extensions."""
        raise RequestError.method_not_found(method)

    async def ext_notification(self, method: str, params: dict[str, Any]) -> None:
        """There are no extensions."""

    async def close(self) -> None:
        """Close all sessions: the editor is gone."""
        rooms, self._rooms = self._rooms, {}
        await asyncio.gather(*(room.close() for room in rooms.values()), return_exceptions=True)

    # -- sessions

    def _room(self, session_id: str) -> "_Room":
        room = self._rooms.get(session_id)
        if room is None:
            raise RequestError.resource_not_found(session_id)
        return room

    async def _open(self, folder: str, resume: str = "") -> "_Room":
        assert self._client is not None
        if len(self._rooms) >= _SESSIONS_MAX:
            raise RequestError.invalid_params({"message": f"{_SESSIONS_MAX} sessions are open already; close one."})
        if not Path(folder).is_absolute():
            raise RequestError.invalid_params({"message": "cwd has to be an absolute path."})
        session = Session(model=self._model, folder=folder, resume=resume or None, settings=self._settings)
        try:
            await session.__aenter__()
        except CodeActError as error:
            raise _refusal(error) from error
        room = self._rooms[session.id] = _Room(session, self._client)
        return room


class _Room:
    """A session and the editor that looks at it."""

    def __init__(self, session: Session, client: Client) -> None:
        self.session = session
        self._client = client
        self._questions: set[asyncio.Task[None]] = set()
        self._watches: dict[str, asyncio.Task[FileWatch]] = {}

    async def ask(self, text: str) -> Any:
        """Go through a turn; give the reason why it stopped."""
        turn = Turn(self.session.port, SubmitPrompt(text), "ask")
        stop_watching = self.session.port.listen(self._watch)
        try:
            async for event in turn:
                await self._tell(event)
        finally:
            stop_watching()
            turn.interrupt()
            await _end((*self._questions, *self._watches.values()))
            self._watches.clear()
        outcome = turn.outcome
        if outcome.end == "failed":
            raise CodeActError(outcome.message)
        return _STOPS.get(outcome.end, "end_turn")

    async def update(self, update: Any) -> None:
        """Tell the editor something."""
        await self._client.session_update(session_id=self.session.id, update=update)

    async def close(self) -> None:
        """Close the session."""
        await self.session.__aexit__(None, None, None)

    async def _tell(self, event: Event) -> None:
        actions = self.session.transcript.actions
        match event:
            case ReplyDelta(kind="text"):
                await self.update(update_agent_message_text(event.text))
            case ReplyDelta(kind="reasoning"):
                await self.update(update_agent_thought_text(plain_text(event.text)))
            case ActionProposed():
                await self.update(call_started(actions[event.action]))
            case ApprovalRequested():
                self._question(event)
            case CellFinished():
                watch = self._watches.pop(event.action, None)
                changed = await asyncio.to_thread((await watch).changed) if watch is not None else []
                await self.update(call_updated(actions[event.action], changed))
            case CellStarted() | ActionRejected():
                await self.update(call_updated(actions[event.action]))
            case _:
                await self._tell_more(event)

    async def _tell_more(self, event: Event) -> None:
        match event:
            case InputRequested():
                await self._say("The cell asks for input, which can't be given here; it is stopped.")
                self.session.interrupt()
            case Noted():
                await self._say(event.text)
            case RetryScheduled():
                await self._say(f"{event.reason} Trying again in {event.delay_s:.0f} s.")
            case PolicyChanged():
                await self.update(update_current_mode(event.policy))
            case TitleChanged():
                await self.update(SessionInfoUpdate(session_update="session_info_update", title=event.title))
            case _:
                pass

    def _watch(self, envelopes: Sequence[Envelope]) -> None:
        """Read the files that a cell is going to write, as soon as its code is known."""
        for envelope in envelopes:
            event = envelope.event
            if isinstance(event, ActionProposed | ActionEdited):
                work = asyncio.to_thread(FileWatch, self.session.transcript.folder, event.code)
                self._watches[event.action] = asyncio.create_task(work, name="read files before a cell")

    async def _say(self, sentence: str) -> None:
        await self.update(update_agent_thought_text(f"{plain_text(sentence)}\n"))

    def _question(self, request: ApprovalRequested) -> None:
        """Ask the person at the editor; the turn goes on hearing events meanwhile, a cancel among them."""
        task = asyncio.create_task(self._ask_person(request), name="ask the editor")
        self._questions.add(task)
        task.add_done_callback(self._questions.discard)

    async def _ask_person(self, request: ApprovalRequested) -> None:
        record = self.session.transcript.actions[request.action]
        try:
            response = await self._client.request_permission(
                session_id=self.session.id,
                tool_call=permission_call(record, request),
                options=permission_options(),
            )
            outcome = response.outcome
        except Exception:
            _log.exception("the editor could not be asked")
            outcome = None
        if record.state != "waiting" or record.revision != request.revision:
            return
        chosen = outcome.option_id if isinstance(outcome, AllowedOutcome) else "reject"
        match chosen:
            case "once" | "turn":
                scope = "once" if chosen == "once" else "turn"
                self.session.do(Approve(request.action, request.revision, request.sha256, scope))
            case _:
                self.session.do(Reject(request.action))


async def _end(tasks: Sequence["asyncio.Task[Any]"]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


def _refusal(error: CodeActError) -> RequestError:
    return RequestError(-32603, error.sentence, {"error": type(error).__name__})
