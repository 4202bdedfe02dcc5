"""Takes what a cell writes, from Python and from below it, and sends it on: gathered, in order, within a quota.

One thread does all the sending. Writers only append, so that a print costs next to nothing; they wait when they are
far ahead of what can be sent. Text of both streams and of file descriptors 1 and 2 goes through one queue, which
keeps the order between them. Whatever else goes out (a display, an error, the cell's end) first has this sent.
"""

from __future__ import annotations

import codecs
import collections
import contextlib
import os
import select
import sys
import threading
import time
from collections.abc import Callable

from .quota import Quota
from .resting import Resting

__all__ = ["Output"]

_BEAT_S = 0.05
"""How long text is gathered before it is sent, when some was sent just before."""
_FULL_CHARS = 1 << 16
"""Send at once when so much is gathered."""
_FULL_WRITES = 1 << 14
_SHORT_CHARS = 256
_AHEAD = 8
"""Writers wait when they are so many times that ahead."""
_PIECE_CHARS = 1 << 16
_READ_BYTES = 1 << 16
_DRAIN_BYTES = 1 << 22
_LOOK_S = 1.0

_CHILD_EVENTS = frozenset({"os.system", "subprocess.Popen", "os.fork", "os.posix_spawn", "os.forkpty", "os.spawn"})

_TEXT, _NOW = b"t", b"n"


class Output(Resting):
    """The one way out for text.

    Args:
        send: Takes name, text and the parent's header; called on this object's thread.
        until_gone: Returns when what was sent before has left the process.
        cell_bytes: How much text one cell may put out; of what is more, the last is kept.
    """

    name = "codeact output"

    def __init__(self, send: Callable[[str, str, dict], None], until_gone: Callable[[], None], cell_bytes: int):
        self.parent = {}
        """The header of the request that text belongs to now: the cell that runs, or ran last."""
        self.children = None
        """In a forked child: where its streams write."""
        self.calm = False
        """Sending is under way and nothing stands against writing on: see `writer`."""
        self._send = send
        self._until_gone = until_gone
        self._quota = Quota(cell_bytes)
        self._entries = collections.deque()
        self._chars = 0
        self._armed = False
        self._hurried = False
        self._has_children = False
        """The cell that runs has started another process, which may write to the same descriptors."""
        self._copying = False
        """The process is being copied for a checkpoint."""
        self._sent_at = 0.0
        self._busy = False
        """Text may be taken from the queue and not yet sent."""
        self._is_reading = False
        """Text may be read from a captured descriptor and not yet in the queue."""
        self._prepare()

    def _prepare(self):
        self._wake_in, self._wake_out = os.pipe()
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._wake_out, False)
        self._pipes = {}
        self.prepare_thread()

    def start(self):
        """Start sending."""
        self.thread.start()
        os.register_at_fork(after_in_child=self._become_child)
        sys.addaudithook(self._notice_child)

    @contextlib.contextmanager
    def forking(self):
        """The process is copied for a checkpoint: what comes of it is no child of a cell's."""
        had_children, self._copying = self._has_children, True
        try:
            yield
        finally:
            self._copying, self._has_children = False, had_children

    def renew(self, send, until_gone):
        """In a copy of the process that was woken: capture the descriptors anew, and send by a thread of its own."""
        self._send, self._until_gone = send, until_gone
        self._entries.clear()
        self._chars, self._armed, self._hurried, self._busy = 0, False, False, False
        self.calm = self._is_reading = False
        self._prepare()
        for descriptor, name in ((1, "stdout"), (2, "stderr")):
            self.capture(descriptor, name)
        self.thread.start()

    def _notice_child(self, event, _):
        if event in _CHILD_EVENTS:
            self._has_children, self.calm = True, False

    def capture(self, descriptor: int, name: str) -> None:
        """Read what is written to a file descriptor, by anyone who has it."""
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        os.dup2(write_end, descriptor)
        os.close(write_end)
        self._pipes[read_end] = (name, codecs.getincrementaldecoder("utf-8")("replace"))

    def writer(self, name):
        """Give the function that takes text for a stream, made to cost little: a print calls it twice."""
        entries = self._entries
        append = entries.append

        def write(text):
            if self.calm and type(text) is str and len(text) <= _SHORT_CHARS and len(entries) < _FULL_WRITES:
                append((name, self.parent, text))
                return len(text)
            return self.write(name, text)

        return write

    def write(self, name, text):
        """Take text for a stream."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self.children is not None:
            return self.children[name].write(text)
        if self._has_children and (self._is_readable() or self._is_reading):
            self.flush()  # what a child process has written before comes before
        if text:
            self._entries.append((name, self.parent, str.__str__(text)))
            self._chars += len(text)
            if not self._armed:
                self._armed = True
                self.calm = not self._has_children  # before the wake: the thread that sends unsets it
                self._wake(_TEXT)
            elif self._chars >= _FULL_CHARS or len(self._entries) >= _FULL_WRITES:
                self._hurry()
        return len(text)

    def flush(self):
        """Return when all text that was written before, here or to a captured descriptor, is on its way."""
        # The pipes first: what the other thread has read of them since then is in the queue, or it is busy with it.
        if self._is_readable() or self._busy or self._entries:
            self._passed(threading.Event())

    @property
    def has_text(self):
        """Some was written that may not have been sent."""
        return bool(self._entries) or self._busy

    def leave(self):
        """Return when what was sent has, as far as can be told, left the process: it may be about to die."""
        self._until_gone()

    def end_cell(self):
        """Return when all of the cell's text is on its way, with what is to say about the part that was left out."""
        self._has_children = False
        self._passed(_CellEnd())

    def _passed(self, mark):
        current = threading.current_thread()
        will_be_sent = self.thread.is_alive() or (self.is_resting and current is not threading.main_thread())
        if current is self.thread or not will_be_sent or self.children is not None:
            return  # the main thread is who lets this one rest: it would wait for itself
        self._entries.append((None, self.parent, mark))
        self._wake(_NOW)
        while not mark.wait(_LOOK_S) and self.thread.is_alive():
            pass

    def _is_readable(self):
        poll = select.poll()
        for descriptor in list(self._pipes):
            poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))

    def _hurry(self):
        if not self._hurried:
            self._hurried = True
            self._wake(_NOW)
        if self._chars >= _FULL_CHARS * _AHEAD or len(self._entries) >= _FULL_WRITES * _AHEAD:
            self.flush()

    def _wake(self, why):
        try:
            os.write(self._wake_out, why)
        except OSError:
            pass  # the pipe is full: it is awake

    def _call_to_rest(self):
        self._wake(_NOW)

    def work(self):
        """Read and send, until it has to rest: then all that there is has been sent."""
        poll = select.poll()
        for descriptor in (self._wake_in, *self._pipes):
            poll.register(descriptor, select.POLLIN)
        deadline = time.monotonic() + _BEAT_S  # for what came while there was no thread
        while not self.has_to_rest():
            wait_s = _LOOK_S if deadline is None else max(0.0, deadline - time.monotonic())
            ready = poll.poll(wait_s * 1000)
            self._busy = True
            for descriptor, events in ready:
                if events & select.POLLNVAL:
                    os.abort()  # a cell has closed what is not its own: nobody would ever hear of this process again
                if descriptor == self._wake_in:
                    deadline = 0.0 if _NOW in self._read_wakes() else deadline
                elif not self._read(descriptor) and not events & select.POLLIN:
                    poll.unregister(descriptor)  # closed by everyone who could write to it
                    del self._pipes[descriptor]
            if ready:
                soonest = max(time.monotonic(), self._sent_at + _BEAT_S)
                deadline = soonest if deadline is None else min(deadline, soonest)
            if self._chars >= _FULL_CHARS or (deadline is not None and time.monotonic() >= deadline):
                sent = bool(self._entries)
                self._send_all()
                # A writer that found all calm may append just after: look once more.
                deadline = time.monotonic() + _BEAT_S if sent else None
            self._busy = False

    def _read_wakes(self):
        try:
            return os.read(self._wake_in, 4096)
        except BlockingIOError:
            return b""

    def _read(self, descriptor, size=_READ_BYTES):
        """Queue what is to be read of a captured descriptor now; say how many bytes that was."""
        name, decoder = self._pipes[descriptor]
        self._is_reading = True
        try:
            data = os.read(descriptor, size)
            text = decoder.decode(data)
            if text:
                self._entries.append((name, self.parent, text))
                self._chars += len(text)
        except OSError:
            return 0
        finally:
            self._is_reading = False
        return len(data)

    def _drain(self):
        """Read what stands in the pipes, but not for ever."""
        for descriptor in list(self._pipes):
            left = _DRAIN_BYTES
            while left > 0:
                size = self._read(descriptor)
                left -= size or left

    def _send_all(self):
        self.calm = self._armed = self._hurried = False
        known = len(self._entries)
        self._drain()
        self._chars = 0
        marks = self._send_text(known)
        self._sent_at = time.monotonic()
        for mark, parent in marks:
            self._pass(mark, parent)

    def _send_text(self, known):
        """Send what is in the queue; give the marks among its first: what came before those has been drained."""
        marks, later = [], []
        name, parent, gathered = None, None, []
        for place in range(len(self._entries)):
            entry = self._entries.popleft()
            if entry[0] is None:
                (marks if place < known else later).append(entry)
                continue
            if entry[0] != name or entry[1] is not parent:
                self._emit(name, parent, gathered)
                name, parent, gathered = entry[0], entry[1], []
            gathered.append(entry[2])
        self._emit(name, parent, gathered)
        self._entries.extend(later)  # what was written before them may stand in the pipes: they have woken us once more
        return [(mark, parent) for _, parent, mark in marks]

    def _pass(self, mark, parent):
        if isinstance(mark, _CellEnd):
            for text in self._quota.end(parent.get("msg_id", "")):
                self._emit_pieces("stdout", parent, text)
        mark.set()

    def _emit(self, name, parent, texts):
        if texts and name is not None:
            text = "".join(texts)
            for piece in self._quota.take(parent.get("msg_id", ""), text):
                self._emit_pieces(name, parent, piece)

    def _emit_pieces(self, name, parent, text):
        text = _encodable(text)
        for start in range(0, len(text), _PIECE_CHARS):
            try:
                self._send(name, text[start : start + _PIECE_CHARS], parent)
            except Exception:  # nothing that can go wrong in sending may end this thread
                continue

    def _become_child(self):
        """In a forked child: write through the captured descriptors, which the parent reads."""
        if self._copying:
            return
        self.calm = False
        self.children = {
            name: open(descriptor, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
            for name, descriptor in (("stdout", 1), ("stderr", 2))
        }


class _CellEnd(threading.Event):
    """A mark behind a cell's last text."""


def _encodable(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
