"""The command line's shape. Parsing only: each command imports what it needs when it runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from typer.main import get_command

from codeact_tui import __version__
from codeact_tui.cli.arguments import spell_out_pick
from codeact_tui.cli.completing import complete_session, complete_theme
from codeact_tui.cli.eval_app import collect, eval_app, spell_out_run

__all__ = ["app", "run"]


def _group(help_text: str) -> typer.Typer:
    return typer.Typer(
        help=help_text,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


app = _group("A terminal agent whose actions are Python cells. `codeact chat` opens it.")
sessions_app = _group("List, read, rename, delete and search past sessions.")
config_app = _group("See settings and where they come from; trust a project's.")
app.add_typer(sessions_app, name="sessions")
app.add_typer(config_app, name="config")
policy_app = _group("See what is told of code before it runs, and what is allowed here.")
app.add_typer(policy_app, name="policy")
keys_app = _group("Keep providers' keys in the system's keyring.")
app.add_typer(keys_app, name="keys")
app.add_typer(eval_app, name="eval")
app.command()(collect)

Folder = Annotated[
    Path | None, typer.Option("--folder", "-C", metavar="PATH", help="The project's folder, if not the current one.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Part = Annotated[
    str,
    typer.Argument(
        metavar="PART",
        help="How its id begins or ends, or its whole title.",
        show_default=False,
        autocompletion=complete_session,
    ),
]


def run(arguments: Sequence[str]) -> int:
    """Parse and do what the command line asks for.

    Raises:
        SystemExit: With the exit code, after help, wrong usage or a command.
    """
    spelled = spell_out_run(spell_out_pick(arguments or ["--help"]))
    return get_command(app).main(args=spelled, prog_name="codeact") or 0


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"codeact {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Print the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """A terminal agent whose actions are Python cells. `codeact chat` opens it."""


@app.command()
def chat(  # noqa: PLR0913, PLR0917 - a parameter is a flag
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What to ask first.", show_default=False)] = "",
    latest: Annotated[
        bool, typer.Option("--continue", "-c", help="Go on with the session of this folder that was used last.")
    ] = False,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            "-r",
            metavar="[PART]",
            help="Go on with the session whose id begins or ends so, or with this title. Alone: choose one.",
            autocompletion=complete_session,
        ),
    ] = None,
    fork: Annotated[
        str | None,
        typer.Option(
            "--fork",
            metavar="PART[@CELL]",
            help="Go on from that session in a new one, with its variables: from its end, or from before a cell.",
            autocompletion=complete_session,
        ),
    ] = None,
    pick: Annotated[bool, typer.Option("--pick", hidden=True)] = False,
    model: Annotated[
        str | None, typer.Option("--model", "-m", metavar="MODEL", help="Which model to ask: provider/model, or demo.")
    ] = None,
    python: Annotated[
        str | None,
        typer.Option("--python", metavar="PYTHON", help="Which Python runs the cells: a path, or a kernelspec's name."),
    ] = None,
    approve: Annotated[
        Literal["ask", "safe", "sandbox", "turn", "all"] | None,
        typer.Option("--approve", help="What runs unasked: nothing, what is harmless, what is confined, a turn, all."),
    ] = None,
    sandbox: Annotated[
        Literal["auto", "require", "bubblewrap", "landlock", "container", "off"] | None,
        typer.Option("--sandbox", help="What confines cells: the strongest that works; require it; this one; nothing."),
    ] = None,
    theme: Annotated[
        str | None,
        typer.Option(
            "--theme",
            metavar="NAME",
            help="How the screen looks: dark, light, ansi, …",
            autocompletion=complete_theme,
        ),
    ] = None,
    folder: Folder = None,
    line: Annotated[
        bool, typer.Option("--line", help="No full screen: for plain terminals, pipes and screen readers.")
    ] = False,
    look: Annotated[bool, typer.Option("--look", help="With -c or -r: look, change nothing.")] = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="Cells can't change the folder's files.")] = False,
) -> None:
    """Open a chat. The model answers with Python cells; you approve, edit or reject each."""
    from codeact_tui.cli.chat import ChatFlags, start_chat

    if latest + pick + (resume is not None) + (fork is not None) > 1:
        raise typer.BadParameter("--continue, --resume and --fork exclude each other.")
    if fork is not None and not fork.strip():
        raise typer.BadParameter("--fork was given an empty text: name the session to go on from.")
    if look and not (latest or pick or resume is not None):
        raise typer.BadParameter("--look needs --continue or --resume: a new session has nothing to look at.")
    if resume is not None and not resume.strip():
        raise typer.BadParameter("--resume was given an empty text; leave it out to choose a session.")
    flags = ChatFlags(
        prompt, latest, resume, pick, model, python, approve, sandbox, theme, folder, line, look, read_only, fork
    )  # fmt: skip
    raise typer.Exit(start_chat(flags))


@app.command("run")
def run_task(  # noqa: PLR0913, PLR0917 - a parameter is a flag
    task: Annotated[
        str, typer.Argument(metavar="TASK", help="What to do; - or nothing reads it from stdin.", show_default=False)
    ] = "",
    file: Annotated[
        Path | None, typer.Option("--file", "-f", metavar="FILE", help="Read the task from a file.")
    ] = None,
    approve: Annotated[
        Literal["never", "safe", "sandbox", "all"] | None,
        typer.Option("--approve", help="What runs: nothing, what is harmless, what is confined, all."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the events, one JSON object a line.")] = False,
    output_schema: Annotated[
        Path | None,
        typer.Option("--output-schema", metavar="FILE", help="A JSON Schema that the answer has to fit."),
    ] = None,
    max_turns: Annotated[
        int | None, typer.Option("--max-turns", metavar="N", min=1, max=10_000, help="The most replies of the model.")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option("--max-cost", metavar="DOLLARS", min=0, help="The most that it may cost.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option("--timeout", metavar="SECONDS", min=0.001, help="The longest that it may take.")
    ] = None,
    latest: Annotated[
        bool, typer.Option("--continue", "-c", help="Go on with the session of this folder that was used last.")
    ] = False,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            "-r",
            metavar="PART",
            help="Go on with the session whose id begins or ends so, or with this title.",
            autocompletion=complete_session,
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", metavar="MODEL", help="Which model to ask: provider/model, or demo.")
    ] = None,
    python: Annotated[
        str | None,
        typer.Option("--python", metavar="PYTHON", help="Which Python runs the cells: a path, or a kernelspec's name."),
    ] = None,
    sandbox: Annotated[
        Literal["auto", "require", "bubblewrap", "landlock", "container", "off"] | None,
        typer.Option("--sandbox", help="What confines cells: the strongest that works; require it; this one; nothing."),
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Cells can't change the folder's files.")] = False,
    folder: Folder = None,
) -> None:
    """Do a task without a screen, and print the answer.

    Nobody is asked: at the first action that needs a person the run ends, with exit code 3.
    """
    from codeact_tui.cli.run import RunFlags, start_run

    if file is not None and task:
        raise typer.BadParameter("Give a task or --file, not both.")
    if latest and resume is not None:
        raise typer.BadParameter("--continue and --resume exclude each other.")
    flags = RunFlags(
        task, file, latest, resume, model, python, approve, sandbox, folder,
        as_json, output_schema, max_turns, max_cost, timeout, read_only,
    )  # fmt: skip
    raise typer.Exit(start_run(flags))


@app.command("export")
def export_session(  # noqa: PLR0913, PLR0917 - a parameter is a flag
    part: Annotated[
        str,
        typer.Argument(
            metavar="PART",
            help="How the session's id begins or ends, or its title; else this folder's newest.",
            show_default=False,
            autocompletion=complete_session,
        ),
    ] = "",
    form: Annotated[
        Literal["ipynb", "py", "md", "html", "jsonl", "codeact-instruct", "sharegpt", "preference"] | None,
        typer.Option("--format", "-t", help="In what form; else what the file's name says, else ipynb."),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to; - for stdout; else named by the title.")
    ] = "",
    everything: Annotated[bool, typer.Option("--all", "-a", help="All sessions of the folder, in one file.")] = False,
    live_only: Annotated[bool, typer.Option("--live-only", help="ipynb, py: no superseded cells.")] = False,
    mended_only: Annotated[bool, typer.Option("--mended-only", help="Training: where an error was mended.")] = False,
    success_only: Annotated[bool, typer.Option("--success-only", help="Training: where it came to an answer.")] = False,
    min_turns: Annotated[
        int, typer.Option("--min-turns", metavar="N", min=0, help="Training: at least so many replies.")
    ] = 0,
    redact: Annotated[bool, typer.Option("--no-redact", help="Replace no secrets.")] = False,
    patterns: Annotated[
        list[str] | None, typer.Option("--redact", metavar="REGEX", help="Replace this too; may be repeated.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    folder: Folder = None,
) -> None:
    """Write a session as a notebook, a script, a page, or training data.

    Secrets, and the name of your home folder, are replaced, and metadata of pictures is left out.
    """
    from codeact_tui.cli.export import export_sessions
    from codeact_tui.export.wish import ExportWish, format_of

    if everything and part:
        raise typer.BadParameter("Name a session or give --all, not both.")
    wish = ExportWish(
        form or format_of(output), output, live_only, mended_only, success_only, min_turns,
        not redact, tuple(patterns or ()), force,
    )  # fmt: skip
    raise typer.Exit(export_sessions(part, wish, everything=everything, folder=folder))


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to import.", show_default=False)],
    line: Annotated[
        int | None, typer.Option("--line", metavar="N", min=1, help="Which conversation, in a file of many.")
    ] = None,
    folder: Folder = None,
) -> None:
    """Make a session of a notebook, or of another agent's conversation. Nothing of it is run."""
    from codeact_tui.cli.importing import import_session

    raise typer.Exit(import_session(file, folder=folder, line=line))


@sessions_app.command("list")
def sessions_list(
    everywhere: Annotated[bool, typer.Option("--all", "-a", help="Of all folders, not of this one.")] = False,
    folder: Folder = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="The most to show.")] = 50,
    as_json: Json = False,
) -> None:
    """List the sessions of this folder, the last used first."""
    from codeact_tui.cli.sessions import list_sessions

    list_sessions(everywhere=everywhere, folder=folder, limit=limit, as_json=as_json)


@sessions_app.command("show")
def sessions_show(
    part: Part,
    as_json: Annotated[bool, typer.Option("--json", help="Print its events, one JSON object a line.")] = False,
) -> None:
    """Print a session's conversation: what was said, what ran, what came out."""
    from codeact_tui.cli.sessions import show_session

    show_session(part, as_json=as_json)


@sessions_app.command("rename")
def sessions_rename(
    part: Part, title: Annotated[str, typer.Argument(metavar="TITLE", help="The new title.", show_default=False)]
) -> None:
    """Give a session another title."""
    from codeact_tui.cli.sessions import rename_session

    rename_session(part, title)


@sessions_app.command("delete")
def sessions_delete(
    parts: Annotated[
        list[str],
        typer.Argument(
            metavar="PART",
            help="For each: how its id begins or ends, or its title.",
            show_default=False,
            autocompletion=complete_session,
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete sessions and all that they kept, for good."""
    from codeact_tui.cli.sessions import delete_sessions

    delete_sessions(parts, yes=yes)


@sessions_app.command("search")
def sessions_search(
    query: Annotated[
        list[str],
        typer.Argument(metavar="WORD", help='Words that all occur; "a phrase" in quotes.', show_default=False),
    ],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1_000, help="The most places to show.")] = 20,
    as_json: Json = False,
) -> None:
    """Search in all that was said, run and put out."""
    from codeact_tui.cli.sessions import search_sessions

    search_sessions(" ".join(query), limit=limit, as_json=as_json)


@config_app.command("show")
def config_show(folder: Folder = None, as_json: Json = False) -> None:
    """Print every setting in force here, and where it came from."""
    from codeact_tui.cli.settings import show_settings

    show_settings(folder, as_json=as_json)


@config_app.command("init")
def config_init() -> None:
    """Write your own config.toml, every setting in it with its default, all commented out."""
    from codeact_tui.cli.settings import write_example

    write_example()


@config_app.command("path")
def config_path(folder: Folder = None) -> None:
    """Print where settings, themes, sessions and the log are kept."""
    from codeact_tui.cli.settings import show_paths

    show_paths(folder)


@config_app.command("trust")
def config_trust(
    folder: Folder = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take back what was decided about this folder.")] = False,
) -> None:
    """Show what this project's .codeact/config.toml sets, and ask whether it may count."""
    from codeact_tui.cli.settings import revoke_trust, trust_project

    if revoke:
        revoke_trust(folder)
    else:
        trust_project(folder, yes=yes)


@policy_app.command("explain")
def policy_explain(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A Python file.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Print what a Python file would do, as far as its code tells. Nothing of it is run.

    The same words stand on a cell's card. They are advice: code can hide what it does.
    """
    from codeact_tui.cli.policy import explain_file

    explain_file(file, as_json=as_json)


@policy_app.command("list")
def policy_list(folder: Folder = None, as_json: Json = False) -> None:
    """Print the rules by which cells run unasked in a project, and what they may reach, with numbers."""
    from codeact_tui.cli.permissions import list_permissions

    list_permissions(folder, as_json=as_json)


@policy_app.command("remove")
def policy_remove(
    which: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WHICH]...", help="Numbers of `policy list`, or a rule in words.", show_default=False),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    folder: Folder = None,
) -> None:
    """Take back rules and grants of a project: such cells are asked about again."""
    from codeact_tui.cli.permissions import remove_permissions

    remove_permissions(folder, which or [], everything=everything)


Key = Annotated[
    str,
    typer.Argument(metavar="PROVIDER", help="As openai; or the name of an environment variable.", show_default=False),
]


@keys_app.command("set")
def keys_set(which: Key) -> None:
    """Ask for a key, unseen, and put it into the system's keyring. It is never an argument."""
    from codeact_tui.cli.keys import set_key

    set_key(which)


@keys_app.command("list")
def keys_list(as_json: Json = False) -> None:
    """Print which keys there are, in the keyring and in the environment. Names only."""
    import os

    from codeact_tui.cli.keys import list_keys

    list_keys(os.environ, as_json=as_json)


@keys_app.command("remove")
def keys_remove(which: Key) -> None:
    """Take a key out of the system's keyring."""
    from codeact_tui.cli.keys import remove_key

    remove_key(which)


@app.command()
def serve(
    web: Annotated[bool, typer.Option("--web", help="In a browser on this machine, by textual-serve.")] = False,
    acp: Annotated[
        bool, typer.Option("--acp", help="To an editor on stdin and stdout, by the Agent Client Protocol.")
    ] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Where to listen; 0 finds a free one.")] = 0,
    open_page: Annotated[bool, typer.Option("--open", help="Open the address in the browser.")] = False,
    model: Annotated[
        str | None, typer.Option("--model", "-m", metavar="MODEL", help="Which model to ask: provider/model, or demo.")
    ] = None,
    folder: Folder = None,
) -> None:
    """Serve a browser, or an editor.

    The browser shows the same screen: only on this machine, and only to who has the address, which holds a secret.
    """
    from codeact_tui.cli.serve import serve_web

    if web == acp:
        raise typer.BadParameter("Say how: codeact serve --web, or codeact serve --acp.")
    if acp:
        from codeact_tui.cli.serve import serve_acp

        raise typer.Exit(serve_acp(model))
    flags = ["--model", model] if model else []
    raise typer.Exit(serve_web(folder, port=port, open_page=open_page, flags=flags))


@app.command()
def models(
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """List the models that can be used now.

    Those whose key is set, those of servers that run here, and the demo.
    """
    from codeact_tui.cli.models import list_models

    list_models(folder, as_json=as_json)


@app.command()
def doctor(folder: Folder = None, as_json: Json = False) -> None:
    """Say what is found and what is missing.

    Each line says how to mend it. The exit code is 1 when something that is needed is missing.
    """
    from codeact_tui.cli.doctor import examine

    raise typer.Exit(examine(folder, as_json=as_json))
