"""The keys of the prompt."""

from typing import Protocol

from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, Filter, has_focus, is_searching
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

__all__ = ["Typing", "bindings"]


class Typing(Protocol):
    """What the keys do."""

    @property
    def question_keys(self) -> frozenset[str]:
        """The keys that answer the question that is open."""
        ...

    def key(self, key: str) -> bool:
        """Take a key of the question's; False when it belongs into the prompt."""
        ...

    def enter(self, *, queue: bool) -> None:
        """Hand on the line that was typed."""
        ...

    def interrupt(self) -> None:
        """Stop what goes on."""
        ...

    def compose(self) -> None:
        """Write on in an editor."""
        ...

    def end(self) -> None:
        """Leave."""
        ...


def bindings(typing: Typing) -> KeyBindings:
    """Bind keys to what they do."""
    keys = KeyBindings()
    here = has_focus(DEFAULT_BUFFER) & ~is_searching
    _bind_lines(keys, typing, here)
    _bind_answers(keys, typing, here)
    return keys


def _bind_lines(keys: KeyBindings, typing: Typing, here: Filter) -> None:
    @keys.add("enter", filter=here)
    def _enter(_: KeyPressEvent) -> None:
        typing.enter(queue=False)

    @keys.add("escape", "enter", filter=here)
    def _alt_enter(event: KeyPressEvent) -> None:
        if event.current_buffer.text.strip():
            typing.enter(queue=True)

    @keys.add("c-j", filter=here)
    def _newline(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("c-c", filter=here)
    def _interrupt(_: KeyPressEvent) -> None:
        typing.interrupt()

    @keys.add("c-g", filter=here)
    def _compose(_: KeyPressEvent) -> None:
        typing.compose()

    @keys.add("c-d", filter=here)
    def _end(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.delete()
        else:
            typing.end()


def _bind_answers(keys: KeyBindings, typing: Typing, here: Filter) -> None:
    @keys.add(Keys.Any, filter=here & Condition(lambda: bool(typing.question_keys)))
    def _any(event: KeyPressEvent) -> None:
        buffer, key = event.current_buffer, event.data
        if buffer.text or key not in typing.question_keys or not typing.key(key):
            buffer.insert_text(key)
