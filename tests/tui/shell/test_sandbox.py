"""What the sandbox did to a cell, in the conversation."""

from codeact_tui.kernel.fake import Raise
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
