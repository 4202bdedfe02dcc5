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

import zmq
from zmq.eventloop.zmqstream import ZMQStream

from .grading import idle_executors

__all__ = ["own_threads", "revive", "supported", "thread_descriptors"]


def supported(app) -> bool:
    """Say whether this ipykernel and this event loop are of the kind that can be rebuilt here."""
    loop = asyncio.get_event_loop()
    loops = isinstance(loop, asyncio.selector_events.BaseSelectorEventLoop) and hasattr(loop, "_make_self_pipe")
    return loops and all(hasattr(app, name) for name in ("shell_channel_thread", "control_thread", "heartbeat"))


def own_threads(app) -> list:
    """Give the kernel's own threads."""
    found = [threading.main_thread(), app.iopub_thread.thread, app.control_thread, app.heartbeat]
    return [*found, app.iopub_thread.output.thread, *filter(None, [app.shell_channel_thread])]


def revive(app, sockets, dead):
    """Make this copy a kernel that can be spoken with.

    Args:
        app: The application, as it was copied.
        sockets: What the paths of its new sockets begin with.
        dead: The descriptors of the old works, which lead nowhere by now; closed here.
    """
    main_loop = asyncio.get_event_loop()
    idle = idle_executors()
    _retire_streams(app)
    for thread in (app.iopub_thread, app.control_thread, app.shell_channel_thread):
        if thread is not None:
            _discard_loop(thread.io_loop.asyncio_loop, dead)
            _forget_loop(thread.io_loop)
    _renew_loop(main_loop, app.kernel.io_loop, dead)
    for descriptor in dead:
        with contextlib.suppress(OSError):
            os.close(descriptor)
    _renew_sockets(app, sockets)
    _renew_output(app)
    _renew_kernel(app)
    for executor in idle:
        _renew_executor(executor)


def _retire_streams(app):
    """See to it that nothing touches the old sockets: in a copy that would end the process."""
    kernel, streams = app.kernel, []
    streams += [kernel.shell_stream, kernel.control_stream, kernel.debugpy_stream]
    streams += [getattr(app.iopub_thread, name, None) for name in ("_event_puller", "_xpub_stream", "_pipe_in")]
    manager = getattr(app.shell_channel_thread, "_manager", None)
    for name in ("control_to_shell_channel", "_shell_channel_to_main", "_main_to_shell_channel"):
        streams.append(getattr(getattr(manager, name, None), "to_stream", None))
    for stream in streams:
        if stream is not None:
            stream.socket = None
            stream._recv_callback = stream._send_callback = None


def _discard_loop(loop, dead):
    """Take the descriptors of a thread's event loop from it: they were closed, and the numbers are given again."""
    poller = getattr(loop._selector, "_selector", None)
    if poller is not None and not poller.closed:
        dead.discard(poller.fileno())
        poller.close()
    for end in (loop._ssock, loop._csock):
        if end is not None and end.fileno() >= 0:
            dead.add(end.detach())


def _forget_loop(io_loop):
    """Take a thread's loop out of tornado's list of all, which would keep it and all that it knows."""
    known = getattr(type(io_loop), "_ioloop_for_asyncio", None)
    if isinstance(known, dict):
        known.pop(io_loop.asyncio_loop, None)


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
    zmq.Context._instance = None
    app.context, app.ip = None, sockets
    output = app.iopub_thread.output
    app.session.pid = os.getpid()
    logger = logging.getLogger("tornado")
    handlers = list(logger.handlers)
    app.init_sockets()
    logger.handlers[:] = handlers
    app.init_heartbeat()
    app.iopub_thread.output = output


def _renew_output(app):
    output = app.iopub_thread.output
    output.renew(app._send_text, app.iopub_thread.wait)
    app.displayhook.pub_socket = app.iopub_socket


def _renew_kernel(app):
    kernel, shell = app.kernel, app.shell
    channel = app.shell_channel_thread
    shell_stream = ZMQStream(app.shell_socket, channel.io_loop) if channel else ZMQStream(app.shell_socket)
    if channel:
        channel.shell_stream = shell_stream
    kernel.shell_stream = shell_stream
    kernel.control_stream = ZMQStream(app.control_socket, app.control_thread.io_loop)
    kernel.debugpy_stream = ZMQStream(app.debugpy_socket, app.control_thread.io_loop)
    for name in ("debug_shell_socket", "control_thread", "shell_channel_thread", "iopub_thread", "iopub_socket"):
        setattr(kernel, name, getattr(app, name))
    kernel.stdin_socket = app.stdin_socket
    shell.displayhook.pub_socket = shell.display_pub.pub_socket = app.iopub_socket
    kernel._main_asyncio_lock = asyncio.Lock()
    kernel._aborting = False
    kernel.renew()
    app.control_thread.start()
    if channel:
        channel.start()


def _renew_executor(executor):
    """Let a thread pool that has nothing to do start its threads anew: they were not copied."""
    module = sys.modules["concurrent.futures.thread"]
    for thread in executor._threads:
        module._threads_queues.pop(thread, None)
    executor._threads = set()
    executor._idle_semaphore = threading.Semaphore(0)
    executor._work_queue = queue.SimpleQueue()
    executor._shutdown_lock = threading.Lock()


def thread_descriptors(app) -> list:
    """Give what is open for the kernel's own threads, each of which has a socket for what it sends."""
    found = []
    for pipe in list(getattr(app.iopub_thread, "_event_pipes", {}).values()):
        with contextlib.suppress(zmq.ZMQError):
            found.append(pipe.getsockopt(zmq.FD))
    return found
