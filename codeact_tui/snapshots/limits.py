"""How much is kept, how long that may take, and how it is stopped."""

import threading
import time
from typing import Literal

from msgspec import Struct

__all__ = ["Cancelled", "Course", "Late", "Pace", "SnapshotLimits", "Step"]

Step = Literal["waiting", "looking", "writing", "placing", "variables"]
"""Of a going back. waiting: for what else goes on. looking: at the files, keeping what is new in them. writing: what is
to come back, aside. placing: it, where it was. variables: they come back."""


class SnapshotLimits(Struct, frozen=True):
    """How much of a workspace a snapshot keeps."""

    file_bytes: int = 256 << 20
    """A larger file is left out, and named."""
    total_bytes: int = 8 << 30
    """What comes after so much is left out, and named."""
    entries: int = 50_000
    """A folder with more files and folders is not kept at all."""
    seconds: float = 120.0
    """What could not be read in that time is left out, and named; the next snapshot goes on with it."""
    spare_bytes: int = 1 << 30
    """So much of the disk is left free."""
    store_bytes: int = 20 << 30
    """When the store takes more, the oldest snapshots go."""
    gitignore: bool = True
    """Leave out what `.gitignore` names."""
    ignored: tuple[str, ...] = ()
    """More patterns, written as in `.gitignore`."""
    hidden: tuple[str, ...] = ()
    """Patterns of files that may hold secrets: never copied."""


class Pace:
    """How long a snapshot may take; may be shortened while it is taken, from any thread.

    Args:
        seconds: What is not read by then is left out, and named.
        more_s: A workspace that has not been looked through so long after that is given up.
    """

    def __init__(self, seconds: float, more_s: float = 60.0) -> None:
        self._until = time.monotonic() + seconds
        self._more_s = more_s

    def hurry(self, seconds: float, more_s: float) -> None:
        """Leave no more time than this from now on."""
        self._until = min(self._until, time.monotonic() + seconds)
        self._more_s = min(self._more_s, more_s)

    @property
    def late(self) -> bool:
        """Nothing more is to be read."""
        return time.monotonic() > self._until

    @property
    def over(self) -> bool:
        """Nothing more is to be looked at."""
        return time.monotonic() > self._until + self._more_s


class Course:
    """How far a going back is; looked at, and stopped, from any thread."""

    def __init__(self) -> None:
        self.step: Step = "waiting"
        self.done_bytes = 0
        self.total_bytes = 0
        """To be written aside."""
        self.halt = threading.Event()
        self._one = threading.Lock()
        self._settled = False

    @property
    def stoppable(self) -> bool:
        """Nothing was changed yet."""
        return not self._settled

    def stop(self) -> bool:
        """Stop it, if it can be stopped still; say whether."""
        with self._one:
            if not self._settled:
                self.halt.set()
            return not self._settled

    def check(self) -> None:
        """Go no further when it was stopped.

        Raises:
            Cancelled: It was.
        """
        if self.halt.is_set():
            raise Cancelled

    def settle(self) -> None:
        """From here on it can't be stopped.

        Raises:
            Cancelled: It was stopped.
        """
        with self._one:
            self.check()
            self._settled = True


class Late(Exception):
    """There is no time left to read a file to its end."""


class Cancelled(Exception):
    """It was told to stop; nothing was changed."""
