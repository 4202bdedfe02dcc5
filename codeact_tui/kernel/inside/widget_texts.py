"""Keeps the text of displayed widgets up to date: a notebook follows a progress bar's state, a terminal its words."""

from __future__ import annotations

import functools
import sys
import time
import uuid

from ipykernel.comm.comm import BaseComm

__all__ = ["WidgetTexts"]

_VIEW = "application/vnd.jupyter.widget-view+json"
_BEAT_S = 0.5
"""Words are looked at so often at most, while a cell runs."""
_WIDGETS = 20
_TEXT_CHARS = 4000


class WidgetTexts:
    """Publishes the words of the cell's widgets again when they have changed.

    Args:
        publish: Takes a MIME bundle, and the id of the display that it is for.
    """

    def __init__(self, publish):
        self._publish = publish
        self._shown = {}
        self._looked_at = 0.0
        self._looking = False

    def watch(self):
        """Look whenever a widget has told of its state."""
        tell = BaseComm.publish_msg

        @functools.wraps(tell)
        def publish_msg(comm, *args, **kwargs):
            tell(comm, *args, **kwargs)
            if time.monotonic() - self._looked_at > _BEAT_S:
                self.look()

        BaseComm.publish_msg = publish_msg

    def begin_cell(self):
        """Forget the widgets of the cell before."""
        self._shown.clear()

    def displayed(self, data, transient):
        """Note what is displayed; give the transient part of its message, with an id if it is a widget."""
        view = data.get(_VIEW)
        model = view.get("model_id") if isinstance(view, dict) else None
        widget = _instances().get(model) if isinstance(model, str) else None
        if widget is None or len(self._shown) >= _WIDGETS:
            return transient
        transient = dict(transient or {})
        display_id = transient.setdefault("display_id", uuid.uuid4().hex)
        self._shown[display_id] = (widget, data.get("text/plain"))
        return transient

    def look(self):
        """Publish what has changed."""
        if self._looking or not self._shown:
            return
        self._looking = True
        try:
            for display_id, (widget, before) in list(self._shown.items()):
                text = _text(widget)
                if text and text != before:
                    self._shown[display_id] = (widget, text)
                    self._publish({"text/plain": text}, display_id)
        finally:
            self._looked_at = time.monotonic()
            self._looking = False


def _instances():
    module = sys.modules.get("ipywidgets.widgets.widget")
    found = getattr(module, "_instances", None)
    return found if isinstance(found, dict) else {}


def _text(widget):
    try:
        return repr(widget)[:_TEXT_CHARS]
    except Exception:  # a widget that can't be written keeps the words that it had
        return ""
