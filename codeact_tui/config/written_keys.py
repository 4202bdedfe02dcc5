"""Finds keys that stand in settings files, where others may read them: in backups, in repositories, over a shoulder."""

from collections.abc import Iterator
from typing import cast

import msgspec

from codeact_tui.config.keys import dotted, leaves
from codeact_tui.config.loading import Loaded
from codeact_tui.secrets.detect import Detector

__all__ = ["REMEDY", "written_keys"]

REMEDY = "Keep it by `codeact keys set`, or in the environment, and take it out of the file."
_LEFT_OUT = frozenset({"secrets", "keys"})


def written_keys(loaded: Loaded) -> list[str]:
    """Say of each setting of a file that looks as if it held a key where it stands; the value is not said."""
    return list(_found(loaded))


def _found(loaded: Loaded) -> Iterator[str]:
    detector = Detector()
    for key, value in leaves(msgspec.to_builtins(loaded.config)):
        origin = loaded.origin(dotted(key))
        if origin.layer not in {"user", "project"} or key[0] in _LEFT_OUT:
            continue
        texts = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
        if any(isinstance(text, str) and detector.find(text) for text in texts):
            yield f"{origin.place}: {dotted(key)} holds what looks like a key."
