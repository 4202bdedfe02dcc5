"""The root of every command: what goes wrong becomes a line and an exit code, never a traceback."""

import io
import os
import sys
from collections.abc import Callable

from codeact_tui.errors import CodeActError

__all__ = ["DEBUG_VARIABLE", "guarded", "print_error"]

DEBUG_VARIABLE = "CODEACT_DEBUG"
_FAILED = 1
_INTERRUPTED = 130
_BROKEN_PIPE = 141


def guarded(command: Callable[[], int]) -> int:
    """Run a command and give its exit code: 1 error, 2 wrong usage, 130 Ctrl+C, 141 broken pipe."""
    _accept_any_text()
    try:
        code = _exit_code(command)
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        _let_go_of_output()
        return _BROKEN_PIPE
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE, "") not in {"", "0"}:
            raise
        return _report(error)
    return code


def print_error(error: CodeActError) -> None:
    """Say on stderr what happened, in red where that can be, and what to do."""
    from codeact_tui.cli.printing import clean_line, styled

    line = styled(clean_line(error.message), "red", sys.stderr)
    print(" ".join(part for part in (line, clean_line(error.remedy)) if part), file=sys.stderr, flush=True)


def _exit_code(command: Callable[[], int]) -> int:
    """Run a command; the parser ends usage errors and `--help` by SystemExit."""
    try:
        return command()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return _FAILED


def _report(error: Exception) -> int:
    match error:
        case CodeActError():
            print_error(error)
        case OSError():
            where = f": {error.filename}" if error.filename else ""
            print_error(CodeActError(f"{error.strerror or error}{where}."))
        case _:
            print_error(_unforeseen(error))
    return _FAILED


def _unforeseen(error: Exception) -> CodeActError:
    """Put the traceback into the log, and make a sentence that says so."""
    import logging

    from codeact_tui.log import set_up_logging
    from codeact_tui.paths import log_dir

    undo = set_up_logging(log_dir())
    logging.getLogger(__name__).error("The command failed", exc_info=error)
    undo()
    return CodeActError(
        f"codeact made a mistake ({type(error).__name__}).",
        remedy=f"{log_dir() / 'codeact.log'} has the details; {DEBUG_VARIABLE}=1 shows them here.",
    )


def _accept_any_text() -> None:
    """Print `?` for what the terminal's encoding lacks, instead of failing."""
    stdout: object = sys.stdout
    if isinstance(stdout, io.TextIOWrapper):
        stdout.reconfigure(errors="replace")


def _let_go_of_output() -> None:
    """Nobody reads any more: keep the interpreter from complaining when it flushes at its end."""
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())
        os.close(sink)
    except (OSError, ValueError):
        pass
