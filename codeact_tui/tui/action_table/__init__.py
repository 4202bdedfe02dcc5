"""Every action, in the order that help and palette show them; a module for each group."""

from codeact_tui.tui.action_table.answers import ANSWERS
from codeact_tui.tui.action_table.conversation import CONVERSATION
from codeact_tui.tui.action_table.kernel import KERNEL
from codeact_tui.tui.action_table.prompt import PROMPT
from codeact_tui.tui.action_table.screen import SCREEN
from codeact_tui.tui.action_table.session import SESSION
from codeact_tui.tui.actions import Action

__all__ = ["ACTIONS", "BY_ID", "BY_SLASH"]

ACTIONS: tuple[Action, ...] = (*ANSWERS, *CONVERSATION, *PROMPT, *KERNEL, *SESSION, *SCREEN)

BY_ID = {action.id: action for action in ACTIONS}
BY_SLASH = {name: action for action in ACTIONS for name in action.slash}
