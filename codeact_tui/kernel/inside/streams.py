"""`sys.stdout` and `sys.stderr` as cells see them."""

from __future__ import annotations

import io
import time

__all__ = ["Stream"]

_SENT_SOON_S = 0.05


class Stream(io.TextIOBase):
    """A text stream whose text goes to `Output`.

    Has what ipykernel and libraries that know its streams ask for, and a file descriptor that child processes can
    be given.

    Args:
        output: Takes the text.
        name: `stdout` or `stderr`.
        descriptor: The captured file descriptor.
    """

    encoding = "UTF-8"
    errors = "replace"

    def __init__(self, output, name, descriptor):
        self._output = output
        self._name = name
        self._descriptor = descriptor
        self._hooks = []
        self._flushed_at = 0.0
        self.write = output.writer(name)

    @property
    def name(self):
        """What the stream is called: `<stdout>`."""
        return f"<{self._name}>"

    @property
    def closed(self):
        """It never is: a cell that closes it would silence all that follow."""
        return False

    def close(self):
        """Do nothing."""

    def fileno(self):
        """Give the descriptor that a child process can write to."""
        return self._descriptor

    def writable(self):
        """It is."""
        return True

    def isatty(self):
        """It is no terminal."""
        return False

    def flush(self):
        """Have the text sent: now, or with the next beat when it was flushed a moment ago."""
        output = self._output
        if output.children is not None:
            output.children[self._name].flush()
            return
        now = time.monotonic()
        if output.has_text and now - self._flushed_at >= _SENT_SOON_S:
            self._flushed_at = now
            output.flush()
            output.leave()

    @property
    def parent_header(self):
        """The header of the request that text belongs to now."""
        return self._output.parent

    def set_parent(self, parent):
        """Have text belong to this request from now on."""
        self._output.parent = parent.get("header", parent)

    def set_thread_parent(self, parent):
        """Nothing of its own for a thread: text belongs to the cell that runs, or ran last."""

    def reset_thread_parent(self, token):
        """Nothing of its own for a thread."""

    def register_hook(self, hook):
        """Remember a hook; hooks change messages, and text has none of its own here."""
        self._hooks.append(hook)

    def unregister_hook(self, hook):
        """Forget a hook; say whether it was there."""
        found = hook in self._hooks
        if found:
            self._hooks.remove(hook)
        return found
