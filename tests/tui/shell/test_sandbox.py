"""What the sandbox did to a cell, in the conversation."""

from codeact_tui.kernel.fake_script import Raise
from codeact_tui.protocol.network import Reached
from codeact_tui.sandbox.policy import SandboxPolicy
from tests.tui.shell.stage import cell, stage

READ_ONLY = "[Errno 30] Read-only file system: '/data/x'"


async def test_what_was_refused_and_what_allows_it_stands_under_the_cell() -> None:
    async with stage(cell("save()"), "I see.") as play:
        play.kernel.sandbox = SandboxPolicy("/home/ada/sales", homes=("/home/ada",))
        play.kernel.on("save()", Raise("OSError", READ_ONLY))
        await play.ask()
        await play.pilot.press("y")
        await play.idle()
        await play.shows("OSError: [Errno 30]", "the sandbox refused writing /data/x;", 'sandbox.writable = ["/data"]')
        play.screen.conversation.focus()
        await play.pilot.press("up")
        await play.pilot.press("enter")
        await play.shows("── output", "the sandbox refused writing /data/x;")
        assert play.text.count("the sandbox refused") == 1


async def test_what_was_reached_stands_in_the_unfolded_cell() -> None:
    async with stage(cell("requests.get('https://a.example/x')"), "I see.") as play:
        play.kernel.on("requests.get('https://a.example/x')")
        play.kernel.network = [
            Reached("a.example", 443, connections=1, sent_bytes=100, received_bytes=25_000),
            *(Reached(f"h{number}.example", 80, refused=1, reason="no") for number in range(6)),
        ]
        await play.ask()
        await play.pilot.press("y")
        await play.idle()
        assert "── network" not in play.text
        play.screen.conversation.focus()
        await play.pilot.press("up")
        await play.pilot.press("enter")
        await play.shows(
            "── network", "a.example:443 · 1 connection, 100 B sent, 25 kB", "as foretold", "h3.example:80"
        )
        await play.shows("… 2 more")
        assert "h4.example" not in play.text
