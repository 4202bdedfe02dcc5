"""Every action, in the order that help and palette show them; a module for each group."""

from codeact_tui.tui.action_table.answers import ANSWERS
from codeact_tui.tui.action_table.conversation import CONVERSATION
from codeact_tui.tui.action_table.kernel import KERNEL
from codeact_tui.tui.action_table.permissions import PERMISSIONS
from codeact_tui.tui.action_table.prompt import PROMPT
from codeact_tui.tui.action_table.screen import SCREEN
from codeact_tui.tui.action_table.session import SESSION
from codeact_tui.tui.action_table.travel import TRAVEL
from codeact_tui.tui.actions import Action
from codeact_tui.tui.registry import Registry

__all__ = ["ACTIONS", "REGISTRY"]

ACTIONS: tuple[Action, ...] = (*ANSWERS, *PERMISSIONS, *CONVERSATION, *PROMPT, *KERNEL, *TRAVEL, *SESSION, *SCREEN)

REGISTRY = Registry(ACTIONS)
"""With the keys that codeact ships."""
