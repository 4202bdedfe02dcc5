"""Which variables hold the same objects, so that they are kept together and still do when they are back.

Nothing of the user's is asked: `gc.get_referents` reads what an object refers to.
"""

from __future__ import annotations

import gc
import types

__all__ = ["groups_of"]

_NODES_EACH = 20_000
_NODES = 400_000
_ATOMS = (
    *(int, float, complex, bool, str, bytes, type(None), type(Ellipsis), type(NotImplemented), range, slice),
    *(type, types.ModuleType, types.BuiltinFunctionType, types.CodeType, types.FrameType, types.GetSetDescriptorType),
    *(types.MemberDescriptorType, types.WrapperDescriptorType, types.MethodDescriptorType),
)
_SHARED_BY_ALL = ("numpy.dtypes", "pandas._libs", "pandas.core.dtypes", "re", "weakref", "_weakref", "logging")


def groups_of(pairs, namespace):
    """Divide variables into groups that share nothing that can change with one another.

    Args:
        pairs: Names and values.
        namespace: Where they come from: functions made in cells refer to it, and share it all.

    Returns:
        Lists of positions in `pairs`, in the order of their first.
    """
    walk = _Walk(namespace)
    for position, (_name, value) in enumerate(pairs):
        walk.visit(position, value)
    found = {}
    for position in range(len(pairs)):
        found.setdefault(walk.root(position), []).append(position)
    return list(found.values())


class _Walk:
    def __init__(self, namespace):
        self._skipped = {id(namespace)}
        self._owners = {}
        self._joined = {}
        self._left = _NODES

    def root(self, position):
        """Give the first position of the group that a position belongs to."""
        while position in self._joined:
            position = self._joined[position]
        return position

    def visit(self, position, value):
        """Look at all that a variable holds, as far as there is time."""
        waiting = [value]
        before = left = min(_NODES_EACH, self._left)
        while waiting and left > 0:
            found = waiting.pop()
            if isinstance(found, _ATOMS) or id(found) in self._skipped or _is_everyones(found):
                continue
            left -= 1
            owner = self._owners.setdefault(id(found), None)
            if owner is None:
                self._owners[id(found)] = position
                waiting.extend(_held_by(found)[: max(0, 2 * _NODES_EACH - len(waiting))])
            else:
                self._join(owner, position)
        self._left -= before - left

    def _join(self, one, other):
        first, second = sorted((self.root(one), self.root(other)))
        if first != second:
            self._joined[second] = first


def _held_by(found):
    if isinstance(found, types.FunctionType):
        return [found.__defaults__, found.__kwdefaults__, found.__closure__, found.__dict__]
    return gc.get_referents(found)


def _is_everyones(found):
    module = type(found).__module__
    return isinstance(module, str) and module.startswith(_SHARED_BY_ALL)
