"""The protocol as JSON Schema, drawn from the structs: docs/protocol.schema.json.

`python -m codeact_tui.headless.json_schema` writes it anew.
"""

import json
from inspect import cleandoc
from pathlib import Path
from typing import Any, get_args

import msgspec

from codeact_tui.headless.outcome import Result
from codeact_tui.protocol.events import Envelope, StoredEvent, TransientEvent
from codeact_tui.protocol.ops import Op

__all__ = ["FILE", "protocol_schema"]

FILE = Path(__file__).parents[2] / "docs" / "protocol.schema.json"


def protocol_schema() -> dict[str, Any]:
    """Give the schema of a line of `codeact run --json`; what it is made of stands under `$defs`, Ops too."""
    kinds = [Envelope, Result, *get_args(Op)]
    _, defs = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    unions = {"StoredEvent": get_args(StoredEvent), "TransientEvent": get_args(TransientEvent), "Op": get_args(Op)}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of `codeact run --json`",
        "anyOf": [_ref(Envelope), _ref(Result)],
        "$defs": {name: _told_alike(found) for name, found in defs.items()}
        | {name: {"anyOf": [_ref(kind) for kind in members]} for name, members in unions.items()},
    }
    return msgspec.json.decode(msgspec.json.encode(schema), type=dict[str, Any])


def _told_alike(found: dict[str, Any]) -> dict[str, Any]:
    """Take a docstring's indentation out of a description: not every Python does it by itself."""
    return found | {"description": cleandoc(found["description"])} if "description" in found else found


def _ref(kind: Any) -> dict[str, str]:
    return {"$ref": f"#/$defs/{kind.__name__}"}


if __name__ == "__main__":
    FILE.write_text(json.dumps(protocol_schema(), indent=1) + "\n", "utf-8")
