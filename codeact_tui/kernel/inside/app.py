"""The kernel application: ipykernel's, with our streams, one way out, and nothing read from the user's profile."""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import inspect
import logging
import os
import sys
import threading
import time

import zmq
from ipykernel.displayhook import ZMQDisplayHook
from ipykernel.iostream import IOPubThread
from ipykernel.kernelapp import IPKernelApp
from tornado import ioloop
from traitlets import default
from zmq.eventloop.zmqstream import ZMQStream

from .channels import Channel, Channels, ChannelStream, available
from .kernel import CodeActKernel
from .layer import lay_over
from .output import Output
from .plotly_figures import display_without_nbformat
from .resting import LoopThread, RestingLoop
from .streams import Stream

__all__ = ["KernelApp", "run"]

_QUEUED = 30
"""How many messages may wait to be sent before whoever adds one has to wait too."""
_TAKEN_S = 0.0005
_LISTING_S = 0.01
"""How long looking at the variables may take, for a checkpoint."""
_UNREAD = 50
"""How many messages may wait to be read on the other side before sending waits."""


class IOPub(RestingLoop, IOPubThread):
    """The thread that sends on the iopub channel.

    It waits for a slow reader instead of dropping messages, listens on no TCP socket, sends nothing from a forked
    child, and lets no message overtake text that was written before it.
    """

    name = "IOPub"
    output = None
    _closes_all = True

    def __init__(self, socket, session):
        takes_session = "session" in inspect.signature(IOPubThread.__init__).parameters
        super().__init__(socket, pipe=False, **({"session": session} if takes_session else {}))
        self._own_pid = os.getpid()
        self.prepare_thread()
        if isinstance(socket, Channel):
            self._xpub_stream = ChannelStream(socket, self.io_loop)
            self._xpub_stream.on_recv(getattr(self, "_handle_subscription", lambda parts: None))

    def _setup_event_pipe(self):
        """Make none: a pair of sockets for each thread that sends would be lost with each copy of the process."""

    def schedule(self, function):
        """Have a function called by the thread; at once where there is none, and will be none."""
        if not self.thread.is_alive() and not self.is_resting:
            function()
            return
        self._events.append(function)
        with contextlib.suppress(RuntimeError):  # the loop was closed: the process ends
            self.io_loop.asyncio_loop.call_soon_threadsafe(self._handle_event, None)

    def send_multipart(self, *args, **kwargs):
        """Send a message, text before it first."""
        if os.getpid() != self._own_pid:
            return
        if self.output is not None:
            self.output.flush()
        super().send_multipart(*args, **kwargs)
        self._hold_back()

    def wait(self):
        """Return when all that was queued before is sent, and the system has had a moment to take it."""
        if threading.current_thread() is not self.thread and self.thread.is_alive():
            sent = threading.Event()
            self.schedule(sent.set)
            sent.wait(1.0)
            time.sleep(_TAKEN_S)

    def _hold_back(self):
        thread = threading.current_thread()
        if thread is self.thread or thread.name == "Control":
            return
        while len(self._events) > _QUEUED and self.thread.is_alive():
            time.sleep(0.001)


class _NoShellsBeside:
    """In the place of ipykernel's thread that hands requests out to several shells: there is one, and no thread."""

    parent_thread = threading.main_thread()

    def __bool__(self):
        return False


class KernelApp(IPKernelApp):
    """ipykernel's application as codeact starts it."""

    kernel_class = CodeActKernel
    private_folder = ""
    keeper = -1
    cell_bytes = 64 << 20
    display_bytes = 20 << 20

    @default("ipython_dir")
    def _private_ipython_dir(self):
        folder = os.path.join(self.private_folder, "ipython")
        os.mkdir(folder, 0o700)  # whose parent is gone where the application is: then it is too late to start
        return folder

    def load_config_file(self, *args, **kwargs):
        """Read none: cells behave the same for everyone, and nothing of a profile runs unasked."""

    def init_sockets(self):
        """Open the channels."""
        self.context = Channels() if available(self.transport) else zmq.Context()
        atexit.register(self.close)
        for name in ("shell", "stdin"):
            channel = self.context.socket(zmq.ROUTER)
            channel.linger = 1000
            channel.router_handover = 1
            setattr(self, f"{name}_port", self._bind_socket(channel, getattr(self, f"{name}_port")))
            setattr(self, f"{name}_socket", channel)
        self.init_control(self.context)
        self.init_iopub(self.context)

    def stream(self, channel, io_loop=None):
        """Give what calls back for what is received on a channel."""
        return (ChannelStream if channel is None or isinstance(channel, Channel) else ZMQStream)(channel, io_loop)

    def init_control(self, context):
        """Open the control channel; with nothing for a debugger, and no thread for shells beside the one."""
        self.control_socket = context.socket(zmq.ROUTER)
        self.control_socket.linger = 1000
        self.control_socket.router_handover = 1
        self.control_port = self._bind_socket(self.control_socket, self.control_port)
        self.control_thread = LoopThread(ioloop.IOLoop(make_current=False), "Control")

    def init_heartbeat(self):
        """Have none: nobody listens to it, for the system tells when a kernel ends."""

    def init_iopub(self, context):
        """Open the iopub channel."""
        welcomes = "session" in inspect.signature(IOPubThread.__init__).parameters
        ours = isinstance(context, Channels)
        self.iopub_socket = context.socket(zmq.XPUB if welcomes or ours else zmq.PUB)
        self.iopub_socket.linger = 1000
        if not ours:  # which always wait for who reads slowly
            self.iopub_socket.sndhwm = _UNREAD
            self.iopub_socket.setsockopt(zmq.XPUB_NODROP, 1)
        self.iopub_port = self._bind_socket(self.iopub_socket, self.iopub_port)
        self.configure_tornado_logger()
        self.iopub_thread = IOPub(self.iopub_socket, self.session)
        self.iopub_thread.start()
        self.iopub_socket = self.iopub_thread.background_socket

    def init_io(self):
        """Put our streams in the place of the process's own, which go on in the log files."""
        logs = open(os.dup(2), "w", buffering=1, encoding="utf-8", errors="replace")  # noqa: SIM115
        faulthandler.enable(file=logs)
        self._reroute_logging(logs)
        output = Output(self._send_text, self.iopub_thread.wait, self.cell_bytes)
        for descriptor, name in ((1, "stdout"), (2, "stderr")):
            getattr(sys, name).flush()
            output.capture(descriptor, name)
            setattr(sys, name, Stream(output, name, descriptor))
        output.start()
        self.iopub_thread.output = output
        self.displayhook = ZMQDisplayHook(self.session, self.iopub_socket)
        sys.displayhook = self.displayhook
        self.patch_io()

    def _send_text(self, name, text, parent):
        self.session.send(
            self.iopub_socket,
            "stream",
            {"name": name, "text": text},
            parent=parent,
            ident=b"stream." + name.encode(),
        )

    def _reroute_logging(self, stream):
        """Keep log lines of the kernel's own out of what cells put out."""
        for logger in (self.log, logging.getLogger("tornado")):
            for handler in logger.handlers:
                if isinstance(handler, logging.StreamHandler):
                    handler.stream = stream

    def init_kernel(self):
        """Make the kernel."""
        self.control_thread.start()
        kernel = self.kernel_class.instance(
            parent=self, user_ns=self.user_ns, profile_dir=self.profile_dir, **self.works()
        )
        kernel.record_ports({f"{name}_port": port for name, port in self._ports.items()})
        self.displayhook.get_execution_count = lambda: kernel.execution_count
        self.kernel = kernel
        kernel.adopt(self.iopub_thread.output, self.display_bytes)

    def works(self):
        """Give what the kernel has of its application, by its names there; anew in a copy that was woken."""
        control_loop = self.control_thread.io_loop
        found = {name: getattr(self, name) for name in ("session", "log", "control_thread", "iopub_thread")}
        found["shell_stream"] = self.stream(self.shell_socket)
        found["control_stream"] = self.stream(self.control_socket, control_loop)
        found["debugpy_stream"] = self.stream(None, control_loop)
        found.update(iopub_socket=self.iopub_socket, stdin_socket=self.stdin_socket)
        if CodeActKernel.has_shells_beside:
            found["shell_channel_thread"] = _NoShellsBeside()
        return found

    def start(self):
        """Run until the kernel is told to end; between two requests, where one asks for it, take a checkpoint."""
        if self.poller is not None:
            self.poller.start()
        self.kernel.start()
        checkpoints = self._checkpoints()
        self.kernel.can_checkpoint = checkpoints is not None
        while True:
            self.io_loop = ioloop.IOLoop.current()
            with contextlib.suppress(KeyboardInterrupt):
                self.io_loop.start()
            if self.kernel.checkpoint_due is None:
                return
            if not self.kernel.rests:
                continue  # with the loop's last turn came a request: a copy of the process would begin it too
            (name, reply), self.kernel.checkpoint_due = self.kernel.checkpoint_due, None
            try:
                taken = checkpoints.take(name)
                if taken is not None:
                    taken["variables"] = self.kernel.listing(seconds=_LISTING_S)
            except (OSError, ValueError) as error:
                taken = {"status": "error", "problem": str(error)}
            if taken is not None:
                reply(taken)

    def wake(self):
        """Go on as a kernel of its own, in a copy that was woken: cells see the context that they saw before."""
        self.kernel.cell_context.run(self.kernel.start)

    def _checkpoints(self):
        if self.keeper < 0:
            return None
        from .checkpoints import Checkpoints
        from .reviving import supported

        return Checkpoints(self, self.keeper) if supported(self) else None


def run(connection_file, folder, cell_bytes, display_bytes, layer="", keeper=-1):
    """Run the kernel until it is told to end.

    Args:
        connection_file: Where the channels are described.
        folder: A private folder, for what IPython wants to keep.
        cell_bytes: How much text one cell may put out.
        display_bytes: How large one display may be.
        layer: Where the session's own packages are; empty for none.
        keeper: The descriptor of a socket to who keeps checkpoints; -1 where nobody does.
    """
    KernelApp.keeper = keeper
    debugger = _without_debugger()
    try:
        KernelApp.private_folder, KernelApp.cell_bytes, KernelApp.display_bytes = folder, cell_bytes, display_bytes
        app = KernelApp.instance(connection_file=connection_file, exec_PYTHONSTARTUP=False, log_level=logging.WARNING)
        app.config.HistoryManager.enabled = False
        app.config.InteractiveShell.display_page = True
        app.config.InteractiveShell.enable_tip = False
        app.initialize([])
    finally:
        debugger()
    sys.argv[:] = [""]
    sys.path[:] = ["", *(entry for entry in sys.path if entry)]
    display_without_nbformat()
    if layer:
        _lay_over(layer)
    app.start()


def _lay_over(layer):
    try:
        lay_over(layer)
    except OSError as error:  # the kernel does without
        logging.getLogger("traitlets").warning("packages can't be kept with the session: %s", error)


def _without_debugger():
    """Keep ipykernel from loading the debugger, a fifth of its start; give the way to let the user load it later."""
    if "debugpy" in sys.modules:
        return lambda: None
    sys.modules["debugpy"] = None
    return lambda: sys.modules.pop("debugpy", None)
