"""Sessions to the text of a file. Pure."""

import json
from collections.abc import Sequence
from typing import Any

from codeact_tui.errors import CodeActError
from codeact_tui.export.markdown import markdown
from codeact_tui.export.material import Material
from codeact_tui.export.notebook import notebook
from codeact_tui.export.page import page
from codeact_tui.export.script import script
from codeact_tui.export.training import instruct_line, passes, preference_lines, sharegpt_line
from codeact_tui.export.wish import TRAINING, ExportWish
from codeact_tui.protocol.codec import encode

__all__ = ["rendered"]


def rendered(materials: Sequence[Material], wish: ExportWish) -> str:
    """Write sessions in the form that is wished; empty where none of them passes the filters.

    Raises:
        CodeActError: A form that holds one session was wished for several.
    """
    lines = _lines(materials, wish)
    if lines is not None:
        return "".join(f"{json.dumps(line, ensure_ascii=False, allow_nan=False)}\n" for line in lines)
    if len(materials) != 1:
        raise CodeActError(f"A file of format {wish.format} holds one session.", remedy="jsonl holds several.")
    material = materials[0]
    match wish.format:
        case "ipynb":
            return json.dumps(notebook(material, live_only=wish.live_only), ensure_ascii=False, indent=1) + "\n"
        case "py":
            return script(material, live_only=wish.live_only)
        case "md":
            return markdown(material)
        case _:
            return page(material)


def _lines(materials: Sequence[Material], wish: ExportWish) -> list[dict[str, Any]] | None:
    wanted = [each for each in materials if wish.format not in TRAINING or passes(each, wish)]
    match wish.format:
        case "jsonl":
            return [
                {"event": json.loads(encode(each.event)), "sequence": each.sequence, "at": each.at}
                for material in wanted
                for each in material.envelopes
            ]
        case "codeact-instruct":
            return [instruct_line(material) for material in wanted]
        case "sharegpt":
            return [sharegpt_line(material) for material in wanted]
        case "preference":
            return [line for material in wanted for line in preference_lines(material)]
        case _:
            return None
