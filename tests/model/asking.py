"""One request to a model, and what came of it."""

from codeact_tui.model.base import Delta, Message, Model, Request, TextDelta

ASK = Request((Message("system", "You act."), Message("user", "What is 6 × 7?")), stop=("</execute>",))


async def ask(model: Model, request: Request = ASK) -> list[Delta]:
    return [delta async for delta in model.stream(request)]


def said(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
