"""About the kernel and its variables."""

from codeact_tui.tui.actions import Action
from codeact_tui.tui.commands import kernel

__all__ = ["KERNEL"]

KERNEL: tuple[Action, ...] = (
    Action(
        "restart",
        "Restart the kernel",
        "Start Python anew; its variables are gone.",
        "Kernel",
        kernel.restart,
        keys=("f7",),
        slash=("restart",),
        hint="restart Python",
        applies=lambda now: now.connected and now.writable,
    ),
    Action(
        "rerun_cells",
        "Restart the kernel and rerun the approved cells",
        "Start Python anew, then run the cells again that made its variables.",
        "Kernel",
        kernel.rerun_cells,
        keys=("f8",),
        slash=("rerun",),
        hint="rerun the cells",
        applies=lambda now: now.connected and now.writable and now.lost_cells,
    ),
    Action(
        "variables",
        "List all variables",
        "Look at the variables now, also while a cell runs. With `all`: modules, functions and private names too.",
        "Kernel",
        kernel.list_variables,
        slash=("vars",),
        argument="[all]",
        applies=lambda now: now.kernel_up,
    ),
)
