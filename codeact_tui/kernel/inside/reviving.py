"""Gives a copy of the kernel what a fork leaves behind: sockets, threads, an event loop that watches what is its own.

The interpreter, the shell, the variables, the objects that cells hold on to stay the same ones. What the copy has of
the old sockets is closed: it belongs to the process that was copied.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import os
import queue
import selectors
import signal
import sys
import threading

from .channels import Channels
from .grading import idle_executors
from .resting import forget

__all__ = ["own_threads", "revive", "supported", "workers"]


def supported(app) -> bool:
    """Say whether this ipykernel and this event loop are of the kind that can be rebuilt here."""
    loop = asyncio.get_event_loop()
    loops = isinstance(loop, asyncio.selector_events.BaseSelectorEventLoop) and hasattr(loop, "_make_self_pipe")
    return loops and isinstance(app.context, Channels) and app.kernel.has_shells_beside  # of releases before it hangs


def own_threads(app) -> list:
    """Give the kernel's own threads."""
    return [threading.main_thread(), *(worker.thread for worker in workers(app))]


def workers(app) -> list:
    """Give what the kernel's own threads do, beside the main one: first what others send by."""
    return [app.iopub_thread.output, app.iopub_thread, app.control_thread]


def revive(app, sockets, dead):
    """Make this copy a kernel that can be spoken with.

    Args:
        app: The application, as it was copied.
        sockets: What the paths of its new sockets begin with.
        dead: The descriptors of the old works, which lead nowhere by now; closed here.
    """
    main_loop = asyncio.get_event_loop()
    idle = idle_executors()
    _empty_streams(app)
    for thread in (app.iopub_thread, app.control_thread):
        _discard_loop(thread.io_loop.asyncio_loop, dead)
        _empty_loop(thread.io_loop)
    _empty_threads(app)
    _renew_loop(main_loop, app.kernel.io_loop, dead)
    app.context.abandon(dead)
    for descriptor in dead:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    _renew_sockets(app, sockets)
    _renew_output(app)
    _renew_kernel(app)
    for executor in idle:
        _renew_executor(executor)


def _empty_streams(app):
    kernel = app.kernel
    for stream in (kernel.shell_stream, kernel.control_stream, kernel.debugpy_stream, app.iopub_thread._xpub_stream):
        _empty(stream, socket=None)


def _discard_loop(loop, dead):
    """Take the descriptors of a thread's event loop from it: they were closed, and the numbers are given again."""
    poller = getattr(loop._selector, "_selector", None)
    if poller is not None and not poller.closed:
        dead.discard(poller.fileno())
        poller.close()
    for end in (loop._ssock, loop._csock):
        if end is not None and end.fileno() >= 0:
            dead.add(end.detach())


def _empty(thing, **kept):
    """Have an object refer to nothing more: the stack of a thread that was not copied holds on to it for ever."""
    vars(thing).clear()
    vars(thing).update(kept)


def _empty_loop(io_loop):
    """Let go of all that a thread's event loop has known; tornado's list of all loops would keep it too."""
    known = getattr(type(io_loop), "_ioloop_for_asyncio", None)
    loop = io_loop.asyncio_loop
    if isinstance(known, dict):
        known.pop(loop, None)
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False
    for handle in loop._scheduled:
        handle.cancel()
    _empty(loop._selector)
    _empty(loop, _closed=True)
    _empty(io_loop)


def _empty_threads(app):
    """Let go of what the threads have known that were not copied."""
    iopub = app.iopub_thread
    for worker in workers(app):
        forget(worker.thread)
    iopub.thread._target = None
    _empty(iopub, thread=iopub.thread, output=iopub.output, _own_pid=iopub._own_pid, _events=iopub._events, socket=None)
    vars(app.control_thread).pop("io_loop")


def _renew_loop(loop, io_loop, dead):
    """Let the main thread's loop, with all that waits in it, watch through a selector of its own."""
    watched = [key for key in loop._selector.get_map().values() if key.fd not in dead]
    woken_by = signal.set_wakeup_fd(-1)
    wakes_loop = loop._csock is not None and woken_by == loop._csock.fileno()
    internal = {end.fileno() for end in (loop._ssock, loop._csock) if end is not None}
    _discard_loop(loop, dead)
    loop._selector = selectors.DefaultSelector()
    loop._internal_fds -= 1
    loop._make_self_pipe()
    for key in watched:
        if key.fd not in internal:
            with contextlib.suppress(OSError, ValueError):
                loop._selector.register(key.fileobj, key.events, key.data)
    if woken_by >= 0:
        signal.set_wakeup_fd(loop._csock.fileno() if wakes_loop else woken_by)
    for descriptor in [each for each in io_loop.handlers if each in dead]:
        io_loop.handlers.pop(descriptor)
        io_loop.readers.discard(descriptor)
        io_loop.writers.discard(descriptor)


def _renew_sockets(app, sockets):
    for hook in (app.close, app.iopub_thread.stop):
        atexit.unregister(hook)
    app.ip = sockets
    output = app.iopub_thread.output
    app.session.pid = os.getpid()
    logger = logging.getLogger("tornado")
    handlers = list(logger.handlers)
    app.init_sockets()
    logger.handlers[:] = handlers
    app.iopub_thread.output = output


def _renew_output(app):
    output = app.iopub_thread.output
    output.renew(app._send_text, app.iopub_thread.wait)
    app.displayhook.pub_socket = app.iopub_socket


def _renew_kernel(app):
    kernel, shell = app.kernel, app.shell
    for name, value in app.works().items():
        setattr(kernel, name, value)
    shell.displayhook.pub_socket = shell.display_pub.pub_socket = app.iopub_socket
    kernel._main_asyncio_lock = asyncio.Lock()
    kernel._aborting = False
    kernel.renew()
    app.control_thread.start()


def _renew_executor(executor):
    """Let a thread pool that has nothing to do start its threads anew: they were not copied."""
    module = sys.modules["concurrent.futures.thread"]
    for thread in executor._threads:
        module._threads_queues.pop(thread, None)
    executor._threads = set()
    executor._idle_semaphore = threading.Semaphore(0)
    executor._work_queue = queue.SimpleQueue()
    executor._shutdown_lock = threading.Lock()
