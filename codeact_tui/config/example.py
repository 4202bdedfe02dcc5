"""Writes `config.example.toml` and the table in `docs/configuration.md` from the schema's docstrings.

`python -m codeact_tui.config.example` writes both anew in a checkout.
"""

import ast
import inspect
import itertools
import textwrap
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec import inspect as types

from codeact_tui.config import schema
from codeact_tui.config.checking import allowed
from codeact_tui.config.environment import variable_name
from codeact_tui.config.keys import toml_text
from codeact_tui.config.schema import Config

__all__ = ["Setting", "example_toml", "section_text", "settings_of", "settings_table"]

_WIDTH = 100
_EXAMPLE_MODEL = "openai/my-model"
_EXAMPLE_OVERRIDES: dict[str, object] = {
    "base_url": "http://localhost:8000/v1",
    "api_key_env": "MY_SERVER_KEY",
    "api_key_command": ("pass", "show", "my-server"),
    "client": "openai",
    "action_format": "fenced",
    "temperature": 0.0,
    "max_tokens": 2048,
    "context_window": 16384,
}
_EXAMPLE_KEYS = {"maximise": "f12", "palette": "ctrl+p,ctrl+k", "quit_empty": ""}
_TABLE_HEAD = ("| key | default | what it does | takes | variable |", "|---|---|---|---|---|")
_HEAD = """\
# codeact's settings. Each is shown with its default; take the # before its name away to set it.
#
# They come from five places, and the nearest wins: these defaults, your own config.toml, a project's
# .codeact/config.toml (once you trust it), CODEACT_* variables (CODEACT_MODEL_NAME sets model.name),
# and flags. `codeact config show` says where each value came from, `codeact config path` where the files are.
"""


class Setting(Struct, frozen=True):
    """One setting, as documentation shows it."""

    section: str
    name: str
    default: str
    """As TOML."""
    text: str
    """What it is for."""
    takes: str
    """Which values."""


def settings_of(section: str) -> list[Setting]:
    """Give the settings of a section of `Config`, in the schema's order."""
    cls = _section_class(section)
    texts = _field_texts(cls)
    defaults = msgspec.to_builtins(cls())
    return [
        Setting(section, name, toml_text(defaults[name]), texts[name], allowed(types.type_info(field.type)))
        for name, field in ((field.name, field) for field in msgspec.structs.fields(cls))
    ]


def section_text(section: str) -> str:
    """Say what a section is about."""
    text = inspect.getdoc(_section_class(section))
    assert text
    return " ".join(text.split())


def example_toml() -> str:
    """Write the whole of `config.example.toml`."""
    parts = [_HEAD]
    for section in Config.__struct_fields__:
        parts.append(_TABLES[section]() if section in _TABLES else _section_example(section))
    return "\n".join(parts)


def settings_table() -> str:
    """Write the settings as Markdown tables, one for each section."""
    parts: list[str] = []
    for section in Config.__struct_fields__:
        if section in _TABLES:
            continue
        rows = [
            f"| `{it.name}` | `{it.default}` | {it.text} | {it.takes} | `{variable_name((section, it.name))}` |"
            for it in settings_of(section)
        ]
        parts.append("\n".join([f"### `[{section}]`", "", section_text(section), "", *_TABLE_HEAD, *rows]))
    return "\n\n".join(parts) + "\n"


def _section_example(section: str) -> str:
    lines = [_comment(section_text(section)), f"[{section}]"]
    for setting in settings_of(section):
        choices = f" Takes {setting.takes}." if setting.takes.startswith("one of") else ""
        lines += ["", _comment(setting.text + choices), f"#{setting.name} = {setting.default}"]
    return "\n".join(lines) + "\n"


def _models_example() -> str:
    """Overrides have no defaults to show, so one model's are made up."""
    lines = [
        _comment(_field_texts(Config)["models"]),
        _comment("A key that is left out keeps the value of `[model]`."),
        f'#[models."{_EXAMPLE_MODEL}"]',
    ]
    lines += [f"#{name} = {toml_text(value)}" for name, value in _EXAMPLE_OVERRIDES.items()]
    return "\n".join(lines) + "\n"


def _keys_example() -> str:
    """What is remapped is the user's own, so a few keys are made up."""
    lines = [
        _comment(_field_texts(Config)["keys"]),
        _comment("An empty text takes an action its keys. A key that already means something then is refused."),
        "#[keys]",
    ]
    lines += [f"#{name} = {toml_text(value)}" for name, value in _EXAMPLE_KEYS.items()]
    return "\n".join(lines) + "\n"


_TABLES = {"models": _models_example, "keys": _keys_example}
"""Tables whose names are the user's own."""


def _comment(text: str) -> str:
    return "\n".join(f"# {line}" for line in textwrap.wrap(text, _WIDTH - 2, break_on_hyphens=False))


def _section_class(section: str) -> type[Struct]:
    found = next(field.type for field in msgspec.structs.fields(Config) if field.name == section)
    assert isinstance(found, type)
    assert issubclass(found, Struct)
    return found


def _field_texts(cls: type[Struct]) -> dict[str, str]:
    """Read the docstrings under a struct's fields, which exist only in its source."""
    tree = ast.parse(inspect.getsource(schema))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == cls.__name__)
    texts: dict[str, str] = {}
    for node, after in itertools.pairwise(body):
        match node, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str() as text)):
                texts[name] = " ".join(text.split())
            case _:
                pass
    return texts


def _main() -> None:
    root = Path(__file__).resolve().parents[2]
    (root / "config.example.toml").write_text(example_toml(), "utf-8")
    docs = root / "docs" / "configuration.md"
    text = docs.read_text("utf-8")
    start, end = "<!-- settings -->\n", "<!-- /settings -->"
    head, rest = text.split(start)
    docs.write_text(f"{head}{start}\n{settings_table()}\n{end}{rest.split(end)[1]}", "utf-8")


if __name__ == "__main__":
    _main()
