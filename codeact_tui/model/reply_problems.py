"""What is said, to the user and to the model, of a reply that is not of the agreed form. Pure."""

from codeact_tui.protocol.events import ReplyProblem
from codeact_tui.protocol.turns import ReplyProblemKind

__all__ = ["example_cut_off", "not_run", "reply_problem", "thought_cut_off", "words_cut_off"]

_SENTENCES: dict[ReplyProblemKind, tuple[str, str]] = {
    "several_blocks": (
        "The reply held several blocks of code; only the first is taken.",
        "[Your message held several blocks of code. Only the first was taken; write one in a message.]",
    ),
    "unclosed_block": (
        "The reply ended inside its block of code; it is taken as far as it goes.",
        "",
    ),
    "cut_off": (
        "The reply was cut off at the limit of tokens, in the middle of its code; nothing was run.",
        "[Your code was cut off at the limit of tokens and was not run. Write a shorter cell, in several steps.]",
    ),
    "empty_block": (
        "The reply's block of code was empty; nothing was run.",
        "[Your block of code was empty, so nothing was run. Write the code, or answer in words.]",
    ),
    "tag_in_string": (
        "The reply was cut off where a string in its code holds the closing tag; nothing was run.",
        '[Your code was cut off where a string in it holds "</execute>", and was not run. Write that tag in two parts, '
        'such as "</" + "execute>".]',
    ),
    "empty_reply": (
        "The model replied with nothing.",
        "[Your message was empty. Write one block of code, or answer in words.]",
    ),
    "bad_tool_call": (
        "The model's tool call could not be read; nothing was run.",
        '[Your tool call could not be read. Call run_python with {"code": "…"}.]',
    ),
}


def reply_problem(kind: ReplyProblemKind) -> ReplyProblem:
    """Give the event that tells of a problem."""
    message, to_model = _SENTENCES[kind]
    return ReplyProblem(kind, message, to_model)


def words_cut_off() -> ReplyProblem:
    """Give the event for an answer that the limit of tokens cut short: the model needs not know."""
    return ReplyProblem("cut_off", "The answer was cut off at the limit of tokens: model.max_tokens raises it.")


def thought_cut_off() -> ReplyProblem:
    """Give the event for a reply whose thoughts took all the tokens."""
    return ReplyProblem(
        "cut_off",
        "The reply was cut off at the limit of tokens while the model was still thinking: model.max_tokens raises it.",
        "[Your message was cut off at the limit of tokens before you had said anything. Think less, then act.]",
    )


def example_cut_off() -> ReplyProblem:
    """Give the event for an answer that quoted the tags, and was ended by the closing one as by a stop sequence."""
    return ReplyProblem(
        "tag_in_string",
        "The reply was cut off where it quotes the closing tag inside Markdown code; nothing was run.",
        '[Your message was cut off at "</execute>" inside Markdown code, so nothing was run. To act, write the tags '
        "outside of any fence or backticks; to speak of the tags, leave their angle brackets out.]",
    )


def not_run(kind: ReplyProblemKind, why: str) -> ReplyProblem:
    """Give the event for a block that was begun but not finished, for another reason than its length."""
    return ReplyProblem(kind, f"The reply ended inside its block of code ({why}); nothing was run.",
                        f"[Your message ended inside its block of code ({why}); it was not run.]")  # fmt: skip
