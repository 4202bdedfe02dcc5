"""`codeact doctor`: what is found, what is missing, how to mend it."""

import asyncio
import os
import textwrap
from collections.abc import Iterable
from pathlib import Path

import msgspec

from codeact_tui.cli.chat import project_folder
from codeact_tui.cli.checks.finding import Finding, Sign
from codeact_tui.cli.checks.keys import check_keys
from codeact_tui.cli.checks.models import check_models
from codeact_tui.cli.checks.python import check_python
from codeact_tui.cli.checks.sandbox import check_sandbox
from codeact_tui.cli.checks.settings import check_settings
from codeact_tui.cli.checks.storage import check_folder, check_sessions
from codeact_tui.cli.checks.terminal import check_terminal, this_terminal
from codeact_tui.cli.printing import clean_line, print_json, say, styled, terminal_width
from codeact_tui.config.schema import Config

__all__ = ["examine", "show"]

_INDENT = 20
_LEAST_CHARS = 20
_COLOURS: dict[Sign, str] = {"ok": "green", "warning": "yellow", "missing": "red"}


def examine(folder: Path | None, *, as_json: bool) -> int:
    """Look at everything, print it, and give the exit code: 1 when something needed is missing."""
    where = project_folder(folder)
    settings = check_settings(where)
    findings = [
        *check_python(where, settings.config),
        *check_terminal(this_terminal()),
        *settings.findings,
        *check_folder(),
        *asyncio.run(_reachable(settings.config)),
        *check_keys(where),
        *check_sandbox(settings.config, where),
    ]
    if as_json:
        print_json(msgspec.to_builtins(findings))
    else:
        show(findings)
    return 1 if any(finding.sign == "missing" for finding in findings) else 0


def show(findings: Iterable[Finding]) -> None:
    """Print findings: a word for how it is, what it is, and below it what to do; on a terminal, no word is broken."""
    width = terminal_width()
    for finding in findings:
        sign = styled(finding.sign.ljust(7), _COLOURS[finding.sign])
        first, *more = _lines(clean_line(finding.text), width)
        say(f"{sign}  {finding.area:<9}  {first}")
        if finding.remedy:
            remedy, *rest = _lines(clean_line(finding.remedy), width and width - 2)
            more += [f"→ {remedy}", *(f"  {line}" for line in rest)]
        for line in more:
            say(f"{'':<{_INDENT}}{line}")


def _lines(text: str, width: int | None) -> list[str]:
    """Break a text at its blanks so that it fits beside the two columns; not where it is no terminal."""
    if width is None:
        return [text]
    room = max(_LEAST_CHARS, width - _INDENT)
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]


async def _reachable(config: Config) -> list[Finding]:
    """Look at what is asked without blocking: the store, and servers on this machine."""
    from codeact_tui.stored_sessions import open_catalog

    catalog = open_catalog()
    try:
        sessions, models = await asyncio.gather(check_sessions(catalog), check_models(config, os.environ))
    finally:
        await catalog.close()
    return [*sessions, *models]
