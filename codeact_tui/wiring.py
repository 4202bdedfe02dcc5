"""Joins front ends and desks. What is heavy is imported when it is first wanted."""

import asyncio
import gc

from codeact_tui.config.loading import Loaded
from codeact_tui.config.options import ChatOptions
from codeact_tui.desk import ChatDesk
from codeact_tui.errors import CodeActError, ConfigError
from codeact_tui.log import set_up_logging
from codeact_tui.paths import log_dir
from codeact_tui.session.base import Desk, Session
from codeact_tui.stored_sessions import open_catalog

__all__ = ["key_errors", "run_chat"]


def run_chat(options: ChatOptions) -> int:
    """Chat until the user leaves; give the exit code.

    Raises:
        CodeActError: The front end can't be started.
    """
    gc.disable()  # what is imported stays: to look through it again and again would be a tenth of the start
    undo = set_up_logging(log_dir())
    try:
        return _run_line(options) if options.line else _run_screen(options)
    finally:
        gc.enable()
        undo()


def key_errors(loaded: Loaded) -> list[ConfigError]:
    """Say of each setting of `[keys]` that can't be used what is wrong. Only the screen knows what can be done."""
    if not loaded.config.keys:
        return []
    from codeact_tui.tui.action_table import REGISTRY
    from codeact_tui.tui.remapping import key_errors as errors_in_keys

    return errors_in_keys(REGISTRY, loaded.config.keys, lambda name: loaded.subject(("keys", name)))


def _run_screen(options: ChatOptions) -> int:
    from codeact_tui.config.resources import theme_dirs
    from codeact_tui.tui.action_table import REGISTRY
    from codeact_tui.tui.launch import run_app
    from codeact_tui.tui.remapping import remapped

    loaded = options.loaded
    return run_app(
        lambda: _connect(options),
        interface=options.config.interface,
        theme_dirs=theme_dirs(),
        first_prompt=options.prompt or None,
        registry=remapped(REGISTRY, loaded.config.keys, lambda name: loaded.subject(("keys", name))),
    )


def _run_line(options: ChatOptions) -> int:
    from codeact_tui.line.run import run_line

    if options.pick:
        raise CodeActError("Name the session to resume.", remedy="`codeact sessions list` shows them.")
    interface, prompt = options.config.interface, options.prompt or None
    return asyncio.run(run_line(lambda: _connect_to_session(options), interface=interface, first_prompt=prompt))


async def _connect(options: ChatOptions) -> tuple[Desk, Session | None]:
    """Open the desk and the session that was asked for; no session where the user wants to pick one."""
    gc.freeze()  # the front end, which lives as long as the process; no session, which may be left for another
    desk = ChatDesk(options, open_catalog(), asks=True)
    try:
        return desk, None if options.pick else await desk.open(await desk.wanted())
    except BaseException:
        await desk.close()
        raise
    finally:
        gc.enable()


async def _connect_to_session(options: ChatOptions) -> tuple[Desk, Session]:
    desk, session = await _connect(options)
    assert session is not None
    return desk, session
