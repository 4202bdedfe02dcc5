"""What earlier cells have made known: imports, plain values, what their functions do."""

from collections.abc import Mapping

from msgspec import Struct

from codeact_tui.effects.base import Effect
from codeact_tui.effects.values import Value

__all__ = ["Knowledge"]


class Knowledge(Struct, frozen=True):
    """What a cell can lean on."""

    imports: Mapping[str, str] = {}
    """What imported names stand for: `{"pd": "pandas"}`."""
    values: Mapping[str, Value] = {}
    """What variables hold where that is plain: strings and paths."""
    functions: Mapping[str, tuple[Effect, ...]] = {}
    """What functions and classes do when they are used."""
    shadowed: frozenset[str] = frozenset()
    """Modules that lie in the cells' folder, and may be others than those of that name."""
    working: str = ""
    """Where relative paths begin: an absolute path, or empty for the project's folder."""
