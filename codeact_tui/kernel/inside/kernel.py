"""The kernel: IPython's, with variables to be asked for, and cells that can't take it down by accident."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import sys
import time

from ipykernel.ipkernel import IPythonKernel

from .completing import complete
from .details import detail
from .display_tables import add_tables
from .interrupts import Interrupts
from .keeper import KEEPING_REQUESTS, Keeper
from .namespace import Differ, listing
from .progress import Progress, blank_lines_before, memory_bytes
from .shell import Shell
from .signatures import inspect_code
from .sorting import Orders
from .widget_texts import WidgetTexts

__all__ = ["CodeActKernel"]

_SLICE_S = 0.002
"""How long looking for changed variables may keep a cell waiting."""
_SETTLED_S = 0.0005
"""After so long the request for a checkpoint has left nothing undone on the event loop."""
_PAUSE_S = 0.003
"""How long is left to others between two such looks."""
_REASON_CHARS = 10_000


class CodeActKernel(Keeper, IPythonKernel):
    """Runs cells; says after each what it did to the variables; tells of them also while one runs.

    On the control channel it answers `codeact_variables_request`, `codeact_inspect_request` and
    `codeact_progress_request`, also `complete_request` and `inspect_request`, and heeds `codeact_interrupt_request`.
    On the shell channel it answers `codeact_checkpoint_request`, where it has a `Checkpoints`.
    On iopub it sends `codeact_variables` after a cell has ended, and `codeact_input` before it asks for input.
    """

    shell_class = Shell
    msg_types = [*IPythonKernel.msg_types, "codeact_checkpoint_request", *KEEPING_REQUESTS]  # noqa: RUF012
    control_msg_types = [  # noqa: RUF012
        *IPythonKernel.control_msg_types,
        "codeact_variables_request",
        "codeact_inspect_request",
        "codeact_interrupt_request",
        "codeact_progress_request",
        "complete_request",
        "inspect_request",
    ]
    _execute_sleep = 0.0
    has_shells_beside = hasattr(IPythonKernel, "shell_channel_thread")
    """This ipykernel knows of several shells in one kernel; here there is one."""
    _supports_kernel_subshells = False

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._differ = Differ()
        self._orders = Orders()
        self._scan = None
        self._cell_header = None
        self._output = None
        self.checkpoint_due = None
        """Set while the event loop is being stopped for a checkpoint: how to take it."""
        self.can_checkpoint = False
        self.cell_context = None
        """The context that cells run in, as it was when a checkpoint was last asked for."""
        self.interrupts = Interrupts()
        self.interrupts.raise_what_was_ignored()
        self.shell.interrupts = self.interrupts
        self.shell.progress = self._progress = Progress()

    def adopt(self, output, display_bytes):
        """Take what the application has made: the way out for text, and how large a display may be."""
        self._output = output
        self.shell.limit_displays(display_bytes)
        self.shell.do_without_terminals()
        add_tables(self.shell.display_formatter)
        self._widgets = self.shell.display_pub.widgets = WidgetTexts(self.shell.display_pub.publish_text)
        self._widgets.watch()
        # By this earlier releases of tqdm tell a notebook, where bars are widgets, from a terminal where they are text
        self.shell.config.pop("IPKernelApp", None)

    def start(self):
        """Hear requests from now on."""
        super().start()
        self.shell_stream.on_idle = self._settle

    async def execute_request(self, stream, ident, parent):
        """Run a cell. What it did to the variables is looked for when its end has been told."""
        self._scan = None
        self._cell_header = parent["header"]
        with self.interrupts.cell():
            await super().execute_request(stream, ident, parent)
        self._orders.forget()

    async def dispatch_shell(self, *args, **kwargs):
        """Handle a request; behind a cell, look for changes in what time is left over."""
        await super().dispatch_shell(*args, **kwargs)
        if self._cell_header is not None:
            header, self._cell_header = self._cell_header, None
            self._scan = self._differ.scan(self.shell.user_ns, self.shell.user_ns_hidden)
            asyncio.get_running_loop().call_later(_PAUSE_S, self._look, self._scan, header)

    @property
    def rests(self):
        """Nothing that was asked for on the shell channel is left to do, not even to begin with."""
        return self.shell_stream.is_idle

    def _settle(self):
        if self.checkpoint_due is not None:
            asyncio.get_running_loop().call_later(_SETTLED_S, self._stop_for_checkpoint)

    def _stop_for_checkpoint(self):
        """Stop the event loop, unless it was; where another request has come first, its end leads here again."""
        if self.checkpoint_due is not None and self.rests:
            asyncio.get_running_loop().stop()

    def _look(self, scan, header):
        if scan is not self._scan:
            return
        started = time.perf_counter()
        for changes in scan:
            if changes is not None:
                self._scan = None
                if changes["added"] or changes["changed"] or changes["removed"] or changes["cut"]:
                    self._publish("codeact_variables", changes, header)
                return
            if time.perf_counter() - started > _SLICE_S:
                asyncio.get_running_loop().call_later(_PAUSE_S, self._look, scan, header)
                return

    def _publish(self, kind, content, header):
        self.session.send(self.iopub_socket, kind, content, parent=header, ident=self._topic(kind))

    def set_parent(self, ident, parent, channel="shell"):
        """Have what follows belong to this request; text of threads goes on belonging to the cell that ran last."""
        if parent["header"]["msg_type"].startswith("codeact_"):
            super(IPythonKernel, self).set_parent(ident, parent, channel)
        else:
            super().set_parent(ident, parent, channel)

    async def do_execute(self, code, *args, **kwargs):
        """Run a cell's code; a child that the cell forked ends with it."""
        pid = os.getpid()
        self._progress.blank_lines = blank_lines_before(code)
        self._widgets.begin_cell()
        try:
            reply = await super().do_execute(code, *args, **kwargs)
        except (KeyboardInterrupt, asyncio.CancelledError) as error:  # it came between the user's code and the reply
            name = type(error).__name__
            reply = {"status": "error", "ename": name, "evalue": "", "execution_count": self.execution_count}
        finally:
            if os.getpid() != pid:
                _end_child()
        self._widgets.look()
        self._output.end_cell()
        if reply["status"] == "error":
            reply = {**reply, "traceback": [], "evalue": reply["evalue"][:_REASON_CHARS]}
        return reply

    async def do_complete(self, code, cursor_pos):
        """Complete code, without running any of the user's; any thread may ask, also while a cell runs."""
        try:
            return complete(self.shell.user_ns, self.shell.user_ns_hidden, code, cursor_pos)
        except RuntimeError:  # another thread changed what was read
            return await super(IPythonKernel, self).do_complete(code, cursor_pos)

    async def do_inspect(self, code, cursor_pos, detail_level=0, omit_sections=()):
        """Tell of the call or the name at the cursor, in the same way."""
        try:
            found = inspect_code(self.shell.user_ns, code, cursor_pos)
        except RuntimeError:
            found = {"found": False}
        return {"status": "ok", "data": {}, "metadata": {"codeact": found}, "found": found["found"]}

    def pre_handler_hook(self):
        """Take SIGINT."""
        self.interrupts.install()

    def post_handler_hook(self):
        """Keep SIGINT."""

    def _cancel_on_sigint(self, future):
        return self.interrupts.awaiting(future)

    def _input_request(self, prompt, ident, parent, password=False):
        self._publish("codeact_input", {}, parent.get("header", {}))
        return super()._input_request(prompt, ident, parent, password=password)

    async def codeact_variables_request(self, stream, ident, parent):
        """List the variables."""
        found = self.listing(bool(parent["content"].get("all")))
        self.session.send(stream, "codeact_variables_reply", found, parent, ident)

    def listing(self, include_all=False, **bounds):
        """List the variables, see `namespace.listing`."""
        found = listing(self.shell.user_ns, self.shell.user_ns_hidden, include_all, **bounds)
        with contextlib.suppress(OSError, UnicodeError):
            found["folder"] = os.getcwd().encode("utf-8").decode("utf-8")
        return found

    async def codeact_inspect_request(self, stream, ident, parent):
        """Look into a variable."""
        content = parent["content"]
        place = content["name"], content["path"], content["start"]
        found = detail(self.shell.user_ns, *place, content.get("part"), self._orders)
        self.session.send(stream, "codeact_inspect_reply", found, parent, ident)

    async def codeact_progress_request(self, stream, ident, parent):
        """Say which line of the cell runs, and where the system can't be asked for it, how much memory is held."""
        memory = memory_bytes() if parent["content"].get("memory") else 0
        found = {"line": self._progress.line(), "memory_bytes": memory}
        self.session.send(stream, "codeact_progress_reply", found, parent, ident)

    async def codeact_interrupt_request(self, stream, ident, parent):
        """See to it that an interrupt that was sent as a signal has been seen."""
        self.interrupts.make_sure(float(parent["content"]["sent_at"]))

    async def codeact_checkpoint_request(self, stream, ident, parent):
        """Take a checkpoint once the event loop is at rest."""
        name = str(parent["content"]["name"])

        def reply(found):
            self.session.send(stream, "codeact_checkpoint_reply", found, parent, ident)

        if self.can_checkpoint:
            self.cell_context = contextvars.copy_context()
            self.checkpoint_due = name, reply
        else:
            reply({"status": "error", "problem": "this kernel has nothing to keep checkpoints by"})

    def renew(self):
        """In a copy of the process that was woken: forget what went on in the other."""
        self.checkpoint_due = None
        self._orders.forget()
        self.interrupts.renew()

    async def poll_stopped_queue(self):
        """Do nothing: there is no debugger."""


def _end_child():
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)
