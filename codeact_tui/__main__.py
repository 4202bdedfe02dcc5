"""The `codeact` command, and `python -m codeact_tui`."""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # `python -m` puts the current folder first: a project's `json.py` would be taken for the library's.
    del sys.path[0]

from codeact_tui.cli.guard import guarded

__all__ = ["main"]


def main() -> int:
    """Do what the command line asks for, and give the exit code."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        return guarded(_print_version)
    return guarded(lambda: _run(arguments))


def _print_version() -> int:
    from codeact_tui import __version__

    print(f"codeact {__version__}")
    return 0


def _run(arguments: list[str]) -> int:
    if arguments == ["chat"]:
        # The most common call has nothing to parse, and the parser's import would be a tenth of the way to the screen.
        from codeact_tui.cli.chat import ChatFlags, start_chat

        return start_chat(ChatFlags())
    from codeact_tui.cli.app import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
