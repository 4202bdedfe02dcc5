"""Below the code of a cell that waits: what its dry run shows."""

from textual import events

from codeact_tui.session.tried import DryRunRecord
from codeact_tui.tui.rendering.scroll import BlockScroll
from codeact_tui.tui.rendering.trial_lines import TrialBlock

__all__ = ["TrialPart"]


class TrialPart(BlockScroll):
    """Shows one dry run; nothing while there is none."""

    def __init__(self) -> None:
        super().__init__(id="cell-trial")
        self.display = False
        self._record: DryRunRecord | None = None
        self._drawn: object = None
        self.rows = 0
        """Lines that it takes."""

    def show(self, record: DryRunRecord | None) -> None:
        """Show this dry run, as it is now."""
        state = None if record is None else (id(record), record.finished, record.outcome)
        if state == self._drawn:
            return
        self._record, self._drawn = record, state
        self.display = record is not None
        self._draw()

    def _draw(self) -> None:
        if self._record is None:
            self.rows = 0
            self.set_blocks([], at_end=False)
            return
        block = TrialBlock(self._record)
        self.set_blocks([block], at_end=False)
        width = self.scrollable_content_region.width or self.size.width or 60
        self.rows = len(block.render(max(1, width), self.paint))
        self.styles.height = max(1, self.rows)

    def on_resize(self, event: events.Resize) -> None:
        """Fold the lines anew."""
        del event
        self.call_after_refresh(self._draw)
