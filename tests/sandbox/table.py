"""The table of attacks in `docs/security.md`: `python -m tests.sandbox.table` writes it anew."""

from pathlib import Path

from tests.sandbox.attacks import ATTACKS, Attack
from tests.sandbox.floods import FLOODS, OUTCOMES, Flood
from tests.sandbox.network_attacks import NETWORK_ATTACKS

__all__ = ["PAGE", "page_with_table"]

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
_BEGIN, _END = "<!-- attacks -->\n", "<!-- end of attacks -->\n"


def page_with_table(page: str) -> str:
    """Give the page with the table in it as the attacks are now."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    rows = ["| attack | bubblewrap | Landlock |", "|---|---|---|"]
    rows += [*map(_row, ATTACKS), "| **with a host opened** | | |", *map(_row, NETWORK_ATTACKS)]
    rows += ["| **to take more than is given, to break the kernel, to speak for it** | | |", *map(_flood_row, FLOODS)]
    return before + _BEGIN + "\n".join(rows) + "\n" + _END + after


def _row(attack: Attack) -> str:
    return f"| {attack.name} | prevented | {'prevented' if attack.landlock else '**not** prevented'} |"


def _flood_row(flood: Flood) -> str:
    return f"| {flood.name} | {OUTCOMES[flood.outcome]} | {OUTCOMES[flood.landlock or flood.outcome]} |"


if __name__ == "__main__":
    PAGE.write_text(page_with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
