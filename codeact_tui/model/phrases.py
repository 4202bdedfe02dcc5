"""The fixed sentences in which a model is told what became of its action.

The context is built from them, and the demo reads them, so they stand in one place.

Source: CodeAct (arXiv:2402.01030), published chat script, for `Execution Output:`.
"""

__all__ = [
    "EXECUTION_OUTPUT",
    "KERNEL_DIED",
    "NO_OUTPUT",
    "USER_EDITED",
    "USER_INTERRUPTED",
    "USER_RAN",
    "USER_REJECTED",
    "VARIABLES_BACK",
    "VARIABLES_GONE",
    "VARIABLES_LOST",
    "VARIABLES_RESTORED",
]

EXECUTION_OUTPUT = "Execution Output:"
NO_OUTPUT = "[The code ran to its end and printed nothing.]"
USER_EDITED = "The user changed the action before running it"
USER_REJECTED = "The user rejected this action"
USER_INTERRUPTED = "interrupted by the user"
USER_RAN = "The user ran this cell in the same kernel"
VARIABLES_GONE = "The kernel is a fresh one: no variable, import or function of the earlier cells exists any more"
KERNEL_DIED = "The kernel died while this ran"
VARIABLES_BACK = "All variables are back as they were"
VARIABLES_RESTORED = "These variables are back as they were, from disk"
VARIABLES_LOST = "These variables are not back"
