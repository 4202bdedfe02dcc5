"""What the parser can't say: an option whose value may be left out."""

from collections.abc import Sequence

__all__ = ["spell_out_pick"]

_RESUME = frozenset({"-r", "--resume"})
_TAKE_A_VALUE = frozenset(
    {"-m", "--model", "-C", "--folder", "--python", "--approve", "--sandbox", "--theme", "--fork"}
)


def spell_out_pick(arguments: Sequence[str]) -> list[str]:
    """Write `--pick` where `codeact chat` has `--resume` without a value: before another flag, or at the end."""
    if not arguments or arguments[0] != "chat":
        return list(arguments)
    spelled: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            return [*spelled, argument, *rest]
        without_value = not rest or (rest[0].startswith("-") and rest[0] != "-")
        if argument in _RESUME and without_value:
            spelled.append("--pick")
            continue
        spelled.append(argument)
        if argument in _TAKE_A_VALUE | _RESUME and rest:
            spelled.append(rest.pop(0))
    return spelled
