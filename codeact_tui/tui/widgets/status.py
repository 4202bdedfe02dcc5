"""The status line: which session, which model, who decides, which Python, what it has cost."""

from pathlib import PurePath

from msgspec import Struct
from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from codeact_tui.protocol.amounts import human_bytes
from codeact_tui.protocol.events import KernelStarted
from codeact_tui.protocol.kernels import KernelState
from codeact_tui.protocol.ops import Policy
from codeact_tui.protocol.turns import Usage
from codeact_tui.tui.clicks import clickable, places
from codeact_tui.tui.text import elide, joined, one_line, styled
from codeact_tui.tui.themes import Palette, palette

__all__ = ["Status", "StatusLine", "tokens_words", "usage_words"]

_KERNEL: dict[KernelState, tuple[str, str, str]] = {
    "none": ("○", "no Python", "muted"),
    "starting": ("◐", "Python starting", "muted"),
    "idle": ("●", "Python", "success"),
    "busy": ("▶", "Python busy", "accent"),
    "restarting": ("◐", "Python restarting", "muted"),
    "dead": ("✗", "Python dead", "error"),
}
_POLICY: dict[Policy, tuple[str, str]] = {
    "ask": ("ask", "muted"),
    "safe": ("harmless runs by itself", "accent"),
    "sandbox": ("sandboxed runs by itself", "accent"),
    "turn": ("turn runs by itself", "warning"),
    "all": ("all runs by itself", "warning"),
}


class Status(Struct, frozen=True):
    """What the line says."""

    title: str = ""
    model: str = ""
    policy: Policy = "ask"
    kernel: KernelState = "none"
    python: KernelStarted | None = None
    memory_bytes: int = 0
    """What the kernel holds; 0 while it is not known."""
    usage: Usage = Usage()
    writable: bool = True


def tokens_words(count: int) -> str:
    """Write a number of tokens: `812`, `12.4k`, `1.2M`."""
    if count < 1000:
        return str(count)
    return f"{count / 1000:.1f}k" if count < 999_950 else f"{count / 1_000_000:.1f}M"


def usage_words(usage: Usage) -> list[str]:
    """Write tokens and cost, as far as they are known."""
    tokens = (usage.input_tokens or 0) + (usage.output_tokens or 0)
    words = [f"{tokens_words(tokens)} tok"] if tokens else []
    if usage.cost_usd is not None:
        words.append(f"${usage.cost_usd:.2f}" if usage.cost_usd >= 0.01 or not usage.cost_usd else "<$0.01")
    return words


_SAFETY = 2
"""Ranks of what says how safe one is: who decides, and whether there is a sandbox."""


class StatusLine(Widget):
    """One line on top. What has no room is left out whole, the least needed first; the title is cut at a word."""

    status: reactive[Status] = reactive(Status())

    def __init__(self) -> None:
        super().__init__(id="status")
        self.auto_links = False

    def places(self) -> list[tuple[int, str]]:
        """Give where on the line which action can be clicked."""
        return places(self.render())

    def render(self) -> Content:
        """Draw the title on the left and the rest on the right."""
        colors = palette(self)
        dot = styled(" · ", colors.color("border"))
        name = styled(" codeact", colors.color("accent")).stylize("bold")
        room = self.size.width - name.cell_length - 6
        title = one_line(self.status.title or "new session")
        kept = min(cell_len(title), self.size.width // 3)
        right = joined(self._chosen(colors, room, kept, dot.cell_length), dot)
        left = styled(elide(title, max(0, room - right.cell_length)), colors.color("foreground"))
        left = clickable(left, "resume")
        gap = self.size.width - name.cell_length - 2 - left.cell_length - right.cell_length - 1
        return Content("").join([name, Content("  "), left, Content(" " * max(1, gap)), right])

    def _chosen(self, colors: Palette, room: int, title: int, between: int) -> list[Content]:
        """Choose what there is room for, and give it in the order of the line.

        A title leaves room for what says how safe one is: whoever has made it up can't push that away.
        """
        parts = self._parts(colors)
        kept: list[int] = []
        used = 0
        for at in sorted(range(len(parts)), key=lambda at: parts[at][0]):
            needed = parts[at][1].cell_length + between
            if used + needed <= room - (0 if parts[at][0] <= _SAFETY else title):
                kept.append(at)
                used += needed
        return [parts[at][1] for at in sorted(kept)]

    def _parts(self, colors: Palette) -> list[tuple[int, Content]]:
        """Give what could stand on the right, each with its rank: 0 is needed most."""
        now = self.status
        sign, words, color = _KERNEL[now.kernel]
        policy, policy_color = _POLICY[now.policy]
        python = f"{words} {now.python.version}" if now.python and now.kernel in {"idle", "busy"} else words
        parts: list[tuple[int, Content]] = []
        if not now.writable:
            parts.append((0, styled("read only", colors.color("warning"))))
        if now.model:
            parts.append((3, clickable(styled(one_line(now.model), colors.color("foreground")), "model")))
        parts.append((2, clickable(styled(policy, colors.color(policy_color)), "policy")))
        parts.append((1, clickable(styled(f"{sign} {python}", colors.color(color)), "show_variables")))
        if now.python and now.kernel in {"idle", "busy"}:
            confined = now.python.confined
            words, color = ("sandbox", "muted") if confined else ("no sandbox", "warning")
            parts.append((5 if confined else 1, styled(words, colors.color(color))))
        if now.memory_bytes:
            parts.append((7, styled(human_bytes(now.memory_bytes), colors.color("muted"))))
        if now.python and now.python.source and now.kernel in {"idle", "busy"}:
            parts.append((6, styled(PurePath(one_line(now.python.source)).name, colors.color("muted"))))
        usage = [clickable(styled(words, colors.color("muted")), "cost") for words in usage_words(now.usage)]
        parts += [(3 + len(usage) - at, words) for at, words in enumerate(usage)]
        return parts
