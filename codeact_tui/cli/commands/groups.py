"""How a group of commands looks."""

import typer

__all__ = ["group"]


def group(help_text: str) -> typer.Typer:
    """Make a group that shows its help when it is called without a command."""
    return typer.Typer(
        help=help_text,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
