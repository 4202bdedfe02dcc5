"""What a fake kernel does instead of running code: the steps of a script."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from codeact_tui.kernel.answers import InputRequest
from codeact_tui.kernel.fake_cell import FakeCell
from codeact_tui.protocol.outputs import ErrorOutput, Output

__all__ = ["Ask", "Die", "Hang", "Pause", "Raise", "Step", "play"]


class Ask(Struct, frozen=True):
    """The cell asks for input, then puts out what `then` makes of the answer."""

    prompt: str
    password: bool = False
    then: Callable[[str], Sequence[Output]] | None = None


class Pause(Struct, frozen=True):
    """The cell takes its time; it can be interrupted."""

    seconds: float


class Hang(Struct, frozen=True):
    """The cell goes on for ever."""

    deaf: bool = False
    """Interrupts do not stop it either."""


class Raise(Struct, frozen=True):
    """The cell ends with an exception."""

    ename: str
    evalue: str = ""


class Die(Struct, frozen=True):
    """The kernel's process ends."""

    exit_code: int = -9


Step = Output | Ask | Pause | Hang | Raise | Die


async def play(script: Sequence[Step], cell: FakeCell, die: Callable[[int], None]) -> str | None:
    """Do what a script says.

    Args:
        script: Its steps.
        cell: Puts out what they put out.
        die: Ends the kernel's process with an exit code.

    Returns:
        The name of the exception that the cell ended with; None without one.
    """
    for step in script:
        match step:
            case Ask(prompt, password, then):
                answer = await cell.ask(InputRequest(prompt, password))
                for output in then(answer) if then else ():
                    cell.put(output)
            case Pause(seconds):
                await cell.wait(seconds)
            case Hang(deaf):
                await cell.wait(None, deaf=deaf)
            case Raise(ename, evalue):
                cell.put(ErrorOutput(ename, evalue, (f"{ename}: {evalue}",)))
                return ename
            case Die(exit_code):
                die(exit_code)
                await cell.wait(None, deaf=True)
            case _:
                cell.put(step)
    return None
