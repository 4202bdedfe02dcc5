"""The tasks that the offline demo can do: fixed cells, and sentences that heed what became of them."""

from collections.abc import Callable
from dataclasses import dataclass

from codeact_tui.model.demo_situation import Step

__all__ = ["TASKS", "Move", "Task", "overview"]


@dataclass(frozen=True)
class Move:
    """What the demo says, and the cell that it proposes, if any."""

    words: str
    code: str | None = None


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes:
        title: What the overview calls it.
        ask: A prompt that starts it.
        keywords: Words in a prompt that start it too.
        moves: The cells in their order.
        answer: Closes the task, with the last step at hand.
        first_fails: The first cell is meant to fail, and the second mends it.
        interrupted: What is said when the user has stopped a cell.
    """

    title: str
    ask: str
    keywords: tuple[str, ...]
    moves: tuple[Callable[[Step | None], Move], ...]
    answer: Callable[[Step], str]
    first_fails: bool = False
    interrupted: str = "You stopped that cell. The kernel and its variables live on; ask me again when you like."


def _fixed(words: str, code: str) -> Callable[[Step | None], Move]:
    return lambda _: Move(words, code.strip("\n"))


_ARITHMETIC = Task(
    "arithmetic",
    "what is the sum of the first 1000 primes?",
    ("arithmetic", "prime", "primes", "sum", "calculate", "add", "number", "numbers"),
    (
        _fixed(
            "I would rather compute that than guess it. Here is a cell for it: press **y** to run it, **e** to change "
            "it first, **n** to turn it down.",
            """
primes = []
candidate = 2
while len(primes) < 1000:
    if all(candidate % p for p in primes if p * p <= candidate):
        primes.append(candidate)
    candidate += 1
sum(primes)
""",
        ),
    ),
    lambda step: (
        f"The cell's value is **{step.last_line()}**. The list `primes` stays in the kernel: you see it among the "
        "variables, and the next cell can use it. Run code of your own with `!`, say `!primes[-5:]`."
    ),
)


def _mend(step: Step | None) -> Move:
    error = step.error if step else ""
    return Move(
        f"The cell failed: `{error}`. The prices are text, and one is missing. I convert them and leave the "
        "missing one out.",
        'numbers = [float(price) for price in prices if price != "n/a"]\n'
        'print(f"{len(numbers)} prices, mean {sum(numbers) / len(numbers):.2f}")',
    )


_MENDED = Task(
    "a first cell that fails and is mended",
    "compute the mean of some messy prices (the first try will fail)",
    ("mend", "mends", "fail", "fails", "failing", "error", "bug", "fix", "mistake", "traceback", "mean", "messy"),
    (
        _fixed(
            "I take the mean of the prices. I have not looked at them first, so this may go wrong: run it with **y** "
            "and see what happens to an error.",
            """
prices = ["12.50", "8.00", "n/a", "23.75"]
print(sum(prices) / len(prices))
""",
        ),
        _mend,
    ),
    lambda step: (
        f"Mended: {step.last_line()}. That is the heart of it: the traceback goes back to the model as it is, and the "
        "model mends its own cell."
    ),
    first_fails=True,
)

_FRAME = Task(
    "a CSV into a data frame",
    "which three regions in sales.csv grew most?",
    ("csv", "data", "frame", "dataframe", "pandas", "table", "sales", "region", "regions", "grew", "growth"),
    (
        _fixed(
            "I need a table to work on. If there is no `sales.csv` here, this cell writes a small one; one that is "
            "there stays as it is.",
            """
from pathlib import Path

path = Path("sales.csv")
if not path.exists():
    regions = {"North": (120, 150), "South": (200, 190), "East": (80, 140), "West": (95, 99), "Centre": (60, 96)}
    rows = ["region,year,revenue"]
    for region, (before, after) in regions.items():
        rows += [f"{region},2024,{before}", f"{region},2025,{after}"]
    path.write_text("\\n".join(rows) + "\\n")
print(path.read_text()[:200])
""",
        ),
        _fixed(
            "Now the growth of each region. With pandas in the kernel `df` is a data frame: select it among the "
            "variables and press Enter to look inside.",
            """
try:
    import pandas as pd
except ImportError:
    print("This kernel has no pandas (`%pip install pandas` adds it), so the csv module has to do.")
    import csv

    with open("sales.csv", newline="") as file:
        df = list(csv.DictReader(file))
    first = {row["region"]: float(row["revenue"]) for row in reversed(df)}
    last = {row["region"]: float(row["revenue"]) for row in df}
    growth = {region: last[region] / first[region] - 1 for region in last}
    for region, part in sorted(growth.items(), key=lambda item: -item[1])[:3]:
        print(f"{region:10} {part:+.0%}")
else:
    df = pd.read_csv("sales.csv")
    wide = df.pivot(index="region", columns="year", values="revenue")
    growth = (wide.iloc[:, -1] / wide.iloc[:, 0] - 1).nlargest(3)
    print(growth.map("{:+.0%}".format))
""",
        ),
    ),
    lambda step: (
        "These three grew most:\n\n"
        + "\n".join(f"    {line}" for line in step.output.splitlines() if "%" in line and "pip" not in line)
        + "\n\nThe table is still in the kernel, for the next question or for a cell of your own."
    ),
)

_PLOT = Task(
    "a plot",
    "plot a damped wave",
    ("plot", "chart", "draw", "wave", "figure", "graph", "matplotlib", "sine"),
    (
        _fixed(
            "I draw it with matplotlib. No window opens: the picture comes as output of the cell.",
            """
import math

try:
    import matplotlib.pyplot as plt
except ImportError:
    print("This kernel has no matplotlib; `%pip install matplotlib` adds it. Here it is in text:")
    for step in range(24):
        height = math.exp(-step / 12) * math.sin(step / 1.5)
        print(" " * round(20 + 18 * height) + "*")
else:
    x = [step / 50 for step in range(1000)]
    y = [math.exp(-t / 6) * math.sin(3 * t) for t in x]
    figure, axes = plt.subplots(figsize=(6, 3))
    axes.plot(x, y)
    axes.set(title="A damped wave", xlabel="seconds", ylabel="height")
    plt.show()
""",
        ),
    ),
    lambda step: (
        "There is no matplotlib in this kernel, so it is drawn in text above."
        if "no matplotlib" in step.output
        else "There it is: a wave that loses about two thirds of its height every six seconds. `figure` and `axes` are "
        'still there: try `!axes.set_title("Mine"); figure`.'
    ),
)

_FILES = Task(
    "files",
    "write a note to a file and list this folder",
    ("file", "files", "folder", "directory", "note", "write", "read"),
    (
        _fixed(
            "This cell writes one small file, `codeact-demo-note.txt`, and reads it back. It is the kind of cell to "
            "look at before you run it.",
            """
from pathlib import Path

note = Path("codeact-demo-note.txt")
note.write_text("Written by a cell that you approved.\\n")
print(note.read_text())
""",
        ),
        _fixed(
            "And what is in this folder:",
            """
for path in sorted(Path().iterdir())[:20]:
    size = f"{path.stat().st_size:>10,} B" if path.is_file() else "    folder"
    print(f"{size}  {path.name}")
""",
        ),
    ),
    lambda _: (
        "The note is written and the folder listed. Delete it again with `!note.unlink()`. A reason given with **f** "
        "reaches the model, if a cell like this one should not run."
    ),
)

_PROGRESS = Task(
    "a long output with a progress bar",
    "show me a progress bar and a long output",
    ("progress", "bar", "long", "output", "tqdm", "lines"),
    (
        _fixed(
            "Forty steps with a bar that stays on one line, then two thousand lines. Ctrl+O folds and unfolds what a "
            "cell has put out.",
            """
import time

try:
    from tqdm import tqdm
except ImportError:

    def tqdm(steps, total=None):
        for done in steps:
            yield done
            print(f"\\r{done + 1:3}/{total} " + "#" * (done + 1), end="")
        print()


for _ in tqdm(range(40), total=40):
    time.sleep(0.05)
for line in range(2000):
    print(f"line {line:4}: {line**3:>13,}")
""",
        ),
    ),
    lambda _: (
        "The bar was drawn over and over, and is one line now. Of a very long output the head and the tail are kept in "
        "view; the model is shown even less, and told so."
    ),
)

_SLOW = Task(
    "a slow cell to stop",
    "run something slow that I can stop",
    ("slow", "stop", "interrupt", "sleep", "wait", "endless"),
    (
        _fixed(
            "This takes a minute. Press **Esc** when you have seen enough; the kernel and its variables live on.",
            """
import time

for second in range(60):
    print(f"{second} s")
    time.sleep(1)
""",
        ),
    ),
    lambda _: "You let it run to its end: patience is a virtue, too.",
    interrupted="You stopped it. `second` still holds where it was: try `!second`.",
)

_INPUT = Task(
    "a question from a cell",
    "ask me something from a cell",
    ("ask", "asks", "question", "input", "name"),
    (
        _fixed(
            "A cell can ask you, too. The answer goes to the cell.",
            """
name = input("What is your name? ")
print(f"Hello, {name}!")
""",
        ),
    ),
    lambda step: f"The cell said: {step.last_line()}",
)

_VARIABLES = Task(
    "variables of many kinds",
    "make some variables to look at",
    ("variable", "variables", "inspect", "inspector", "nested", "look"),
    (
        _fixed(
            "Here are some to look at. The pane shows what is new and what changed; Enter opens one.",
            """
from dataclasses import dataclass


@dataclass
class Point:
    x: float
    y: float


answer = 42
words = "the quick brown fox".split()
nested = {"points": [Point(1, 2), Point(3, 4)], "deep": {"deeper": {"deepest": "here"}}}
squares = {n: n * n for n in range(1000)}
""",
        ),
    ),
    lambda _: "Four variables are new. No code of theirs is run to show them, so looking is always safe.",
)

TASKS: tuple[Task, ...] = (
    _ARITHMETIC,
    _MENDED,
    _FRAME,
    _PLOT,
    _FILES,
    _PROGRESS,
    _VARIABLES,
    _INPUT,
    _SLOW,
)
"""In the order in which a newcomer best meets them."""


def overview() -> str:
    """Say what the demo is and what it can show."""
    tasks = "\n".join(f"- {task.title}: `{task.ask}`" for task in TASKS)
    return (
        "I am the offline demo: a script, not a model. I know a few tasks by heart, and they run for real, in a real "
        f"kernel, when you approve them. Ask me for one:\n\n{tasks}\n\n"
        "For real work choose a model with `/model`, or start with `codeact chat --model openai/gpt-4.1`; "
        "`codeact models` lists what can be used here."
    )
