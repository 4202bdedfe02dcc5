"""A worker that speaks the litellm worker's protocol, without litellm: it starts at once.

Asked for the model "halting" it says one word and no more, for "endless" a great many; for any other it says two and
is done.
"""

import sys

from codeact_tui.model.base import Finished, TextDelta
from codeact_tui.model.litellm_wire import Ask, FromWorker, Ping, Pong, Ready, Said, body_size, decode_to_worker, framed


def say(message: FromWorker) -> None:
    sys.stdout.buffer.write(framed(message))
    sys.stdout.buffer.flush()


def main() -> None:
    say(Ready())
    while prefix := sys.stdin.buffer.read(4):
        message = decode_to_worker(sys.stdin.buffer.read(body_size(prefix)))
        if isinstance(message, Ping):
            say(Pong())
        elif isinstance(message, Ask):
            say(Said(message.id, TextDelta("one ")))
            if message.model == "endless":
                for _ in range(100_000):
                    say(Said(message.id, TextDelta("and ")))
            elif message.model != "halting":
                say(Said(message.id, TextDelta("two")))
                say(Said(message.id, Finished("stop")))


if __name__ == "__main__":
    main()
