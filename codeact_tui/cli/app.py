"""The command line: which commands there are. What may be typed after each stands in `commands/`."""

from collections.abc import Sequence
from typing import Annotated

import typer
from typer.main import get_command

from codeact_tui import __version__
from codeact_tui.cli.arguments import spell_out_pick
from codeact_tui.cli.commands.chat import chat
from codeact_tui.cli.commands.collect import collect
from codeact_tui.cli.commands.config import config_app
from codeact_tui.cli.commands.eval import eval_app, spell_out_run
from codeact_tui.cli.commands.groups import group
from codeact_tui.cli.commands.keys import keys_app
from codeact_tui.cli.commands.machine import doctor, models
from codeact_tui.cli.commands.policy import policy_app
from codeact_tui.cli.commands.run import run_task
from codeact_tui.cli.commands.serve import serve
from codeact_tui.cli.commands.sessions import sessions_app
from codeact_tui.cli.commands.transfer import export_session, import_file

__all__ = ["app", "run"]

app = group("A terminal agent whose actions are Python cells. `codeact chat` opens it.")
app.add_typer(sessions_app, name="sessions")
app.add_typer(config_app, name="config")
app.add_typer(policy_app, name="policy")
app.add_typer(keys_app, name="keys")
app.add_typer(eval_app, name="eval")
app.command()(collect)
app.command()(chat)
app.command("run")(run_task)
app.command("export")(export_session)
app.command("import")(import_file)
app.command()(serve)
app.command()(models)
app.command()(doctor)


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
