"""Which providers there are, from the list that litellm ships: a mistyped name is refused before it is asked."""

import difflib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import msgspec
from msgspec import Struct

from codeact_tui.errors import ConfigError
from codeact_tui.model.catalog import PROVIDERS
from codeact_tui.model.local_servers import LOCAL_SERVERS
from codeact_tui.model.prices import read_table

__all__ = ["check_known", "known_providers"]

_LIST = "provider_endpoints_support_backup.json"
_LARGEST_BYTES = 8 * 1024 * 1024
_REMEDY = "`codeact models` lists what can be used; a server of your own needs model.base_url."


class _List(Struct):
    providers: dict[str, msgspec.Raw]


def check_known(name: str) -> None:
    """Refuse the name of a model that litellm would not know where to ask for. Reads files, some 15 ms the first time.

    Args:
        name: `provider/model`, or the bare name of a model that litellm's table has.

    Raises:
        ConfigError: No provider is called so, or no model.
    """
    provider, slash, short = name.partition("/")
    known = known_providers()
    if not known or (slash and provider in known and short):
        return
    if slash and short:
        close = difflib.get_close_matches(provider, sorted(known), n=1, cutoff=0.6)
        remedy = f"Did you mean {close[0]}/{short}?" if close else _REMEDY
        raise ConfigError(f"There is no provider called {provider[:80]!r}.", remedy=remedy)
    if slash or not _bare_names() or name not in _bare_names():
        raise ConfigError(f"{name[:80]!r} is no model's name.", remedy="Write provider/model, as openai/gpt-4.1.")


@lru_cache(maxsize=1)
def known_providers() -> frozenset[str]:
    """Name every provider; empty where litellm's list can't be read."""
    spec = find_spec("litellm")
    folder = next(iter(spec.submodule_search_locations or ()), None) if spec else None
    if folder is None:
        return frozenset()
    try:
        with (Path(folder) / _LIST).open("rb") as file:
            listed = msgspec.json.decode(file.read(_LARGEST_BYTES), type=_List).providers
    except (OSError, msgspec.DecodeError):
        return frozenset()
    ours = {provider.prefix for provider in PROVIDERS} | {server.provider for server in LOCAL_SERVERS}
    return frozenset(name.partition("/")[0] for name in listed) | ours | {"ollama", "openai"}


@lru_cache(maxsize=1)
def _bare_names() -> frozenset[str]:
    return frozenset(name for name in read_table() if "/" not in name)
