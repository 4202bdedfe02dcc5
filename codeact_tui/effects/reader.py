"""What goes through a cell's tree keeps here what it finds, and what it knows on the way."""

import ast
import posixpath
from collections import Counter

from codeact_tui.effects.base import Effect, EffectKind
from codeact_tui.effects.catalog import is_harmless
from codeact_tui.effects.knowledge import Knowledge
from codeact_tui.effects.tree import bound_names, imported_names
from codeact_tui.effects.values import PathValue, Value, text_of

__all__ = ["MOST_EFFECTS", "TARGET_CHARS", "Reader", "host_of"]

MOST_EFFECTS = 500
TARGET_CHARS = 400
_URL = ("http://", "https://", "ftp://", "s3://", "gs://")


class Part:
    """The effects of the cell itself, or of one function or class in it, and the names that it uses."""

    def __init__(self) -> None:
        self.effects: list[Effect] = []
        self.uses: dict[str, int] = {}


class Reader(ast.NodeVisitor):
    """Goes through a tree once. Imports and single assignments count for the whole cell.

    What a function does counts where it is used, not where it is defined.

    Args:
        tree: The cell.
        knowledge: What earlier cells have made known.
    """

    def __init__(self, tree: ast.Module, knowledge: Knowledge) -> None:
        self.imports = dict(imported_names(tree))
        self.bound = Counter(bound_names(tree))
        self.values: dict[str, Value] = {}
        self._earlier = knowledge
        self._dotted = {
            **{name: stands for name, stands in knowledge.imports.items() if not self.bound[name]},
            **self.imports,
        }
        self._roots = {stands.partition(".")[0] for stands in self._dotted.values()}
        self._names: dict[str, Value] = {
            name: value for name, value in knowledge.values.items() if not self.bound[name]
        }
        self._working: str | None = knowledge.working
        """Where relative paths begin; None where that can't be told."""
        self._cell = Part()
        self._parts: dict[str, Part] = {}
        self._part = self._cell
        self._rounds = 0
        self._passed: set[int] = set()
        """Nodes that are called, or of which an attribute is taken: what they do is told there."""

    def effects(self) -> set[Effect]:
        """Give what the cell does, what it uses included."""
        return self._of(self._cell)

    def functions(self) -> dict[str, tuple[Effect, ...]]:
        """Give what each function and class of the cell does when it is used."""
        return {name: tuple(sorted(self._of(part, placed=False))) for name, part in self._parts.items()}

    def _of(self, part: Part, *, placed: bool = True) -> set[Effect]:
        """Give what a part does; relative paths in functions begin where the cell is when they are called."""
        found, seen, waiting = set(part.effects), {id(part)}, [part]
        while waiting:
            for name, line in waiting.pop().uses.items():
                used = self._parts.get(name)
                if used is None:
                    known = () if self.bound[name] else self._earlier.functions.get(name, ())
                    found |= {self._placed(effect, line, placed=placed) for effect in known}
                elif id(used) not in seen:
                    seen.add(id(used))
                    found |= {self._placed(effect, effect.line, placed=placed) for effect in used.effects}
                    waiting.append(used)
        return found

    def _placed(self, effect: Effect, line: int, *, placed: bool) -> Effect:
        of_file = placed and effect.kind in {"read", "write", "delete"}
        return Effect(line, effect.kind, self._from_working(effect.target) if of_file else effect.target)

    def _targets(self, node: ast.AST, kind: EffectKind, target: Value) -> None:
        text = text_of(target)
        if kind == "read" and isinstance(target, PathValue) and target.many:
            text = ""  # a link among what matches may lead anywhere
        if text.startswith(_URL):
            self._add(node, "network", host_of(text))
        else:
            self._add(node, kind, self._from_working(text))

    def _from_working(self, path: str) -> str:
        if self._working is None and not path.startswith(("/", "~")):
            return ""
        return posixpath.join(self._working, path) if self._working and path and not path.startswith("~") else path

    def _is_harmless(self, name: str) -> bool:
        return name.partition(".")[0] not in self._earlier.shadowed and is_harmless(name)

    def _add(self, node: ast.AST, kind: EffectKind, target: str = "") -> None:
        if len(self._part.effects) < MOST_EFFECTS:
            self._part.effects.append(Effect(getattr(node, "lineno", 1), kind, target[:TARGET_CHARS]))


def host_of(url: str) -> str:
    """Give the host of an address, with its port where one is named."""
    rest = url.partition("://")[2] or url
    return rest.partition("/")[0].rpartition("@")[2].partition("?")[0]
