"""Draws the documentation's pictures from the real screen: the demo, the real kernel, real keys. `make pictures`."""

import asyncio
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from codeact_tui.config.loading import Loaded
from codeact_tui.config.options import ChatOptions
from codeact_tui.config.resources import theme_dirs
from codeact_tui.config.schema import Config, InterfaceConfig
from codeact_tui.desk import ChatDesk
from codeact_tui.protocol.ops import Approve, RunUserCode, SubmitPrompt
from codeact_tui.session.base import Desk, Session
from codeact_tui.store.memory import MemoryCatalog
from codeact_tui.tui.app import CodeActApp

PICTURES = Path(__file__).with_name("pictures")
SIZE = (120, 36)
SMALL = (80, 24)
SALES = "which three regions in sales.csv grew most?"
PLOT = """import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 6.3, 200)
plt.plot(x, np.sin(x), x, np.cos(x), linewidth=3)
plt.show()"""
THEMES = ("light", "contrast", "ansi", "kiln", "ledger", "tide")


async def main() -> None:
    """Play the demo's tasks in a folder of their own, and export the screen on the way."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["CODEACT_HOME"] = home
        folder = Path(home) / "growth"
        folder.mkdir()
        desk = ChatDesk(ChatOptions(loaded=Loaded(Config()), folder=folder), MemoryCatalog())
        session = await desk.open()
        try:
            await draw(desk, session)
        finally:
            await session.close()
            await desk.close()


async def draw(desk: Desk, session: Session) -> None:
    """Drive the application and write the picture."""

    async def connect() -> tuple[Desk, Session]:
        return desk, session

    app = CodeActApp(connect, InterfaceConfig(reduced_motion=True), theme_dirs())
    async with app.run_test(size=SIZE) as pilot:

        async def picture(name: str) -> None:
            await pilot.pause(1.0)
            save(app.export_screenshot(title="codeact chat"), name)

        await until(pilot, lambda: app.main.live.kernel == "idle")
        await picture("empty.svg")
        session.send(SubmitPrompt(SALES))
        await until(pilot, lambda: waits(session, 1))
        approve(session)
        await until(pilot, lambda: waits(session, 2))
        await picture("chat.svg")
        for theme in THEMES:
            app.main.looks.show(theme)
            await picture(f"theme-{theme}.svg")
        app.main.looks.show("dark")
        approve(session)
        await until(pilot, lambda: app.main.live.state == "idle")
        await picture("answer.svg")
        await pilot.resize_terminal(*SMALL)
        await picture("small.svg")
        await pilot.resize_terminal(*SIZE)
        session.send(RunUserCode(PLOT))
        await until(pilot, lambda: "image" in app.main.output.text())
        await picture("plot.svg")


def approve(session: Session) -> None:
    """Approve the action that waits."""
    record = list(session.transcript.actions.values())[-1]
    session.send(Approve(record.action, record.revision, record.sha256))


def waits(session: Session, number: int) -> bool:
    """Say whether so many actions were proposed and the last one waits."""
    records = list(session.transcript.actions.values())
    return len(records) == number and records[-1].state == "waiting"


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Wait for something to be true."""
    async with asyncio.timeout(60):
        while not condition():
            await pilot.pause(0.05)


def save(svg: str, name: str) -> None:
    """Write a picture that fetches nothing from elsewhere when it is looked at."""
    PICTURES.mkdir(exist_ok=True)
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "ui-monospace, Menlo, Consolas, DejaVu Sans Mono")
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)  # or blanks at the ends of pieces are dropped
    (PICTURES / name).write_text(svg, "utf-8")
    print(PICTURES / name)


if __name__ == "__main__":
    asyncio.run(main())
