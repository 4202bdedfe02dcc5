"""What a model is told before and during a trial, the same in every mode but for how it acts. Pure.

Source: CodeAct (arXiv:2402.01030), appendix on M³ToolEval: tools by name, description and signature; one action or one
answer in a reply. The sentences are our own.
"""

from codeact_tui.evals.base import Limits, Mode, Said, Task
from codeact_tui.model.base import ActionFormat

__all__ = ["CALL_END", "NO_ACTION", "WRONG_ANSWER", "opening"]

CALL_END = "End Action"
NO_ACTION = "That reply held neither an action nor an answer. Write one of the two."
WRONG_ANSWER = "That answer is not right. Look again and answer anew; write the answer alone, with nothing around it."

_CODE: dict[ActionFormat, str] = {
    "execute": """\
To act, write Python between <execute> and </execute>:

I convert the first price.
<execute>
print(tool_name("first", 2))
</execute>""",
    "fenced": """\
To act, write one fenced Python block:

I convert the first price.
```python
print(tool_name("first", 2))
```""",
    "tool": "To act, call the tool run_python with Python.",
}
_CODE_MORE = """
The tools are functions that are there already. Loops, conditions and variables are at your disposal; the interpreter \
keeps its variables from one action to the next. Print what you need to know."""

_CALLS: dict[str, str] = {
    "json": f"""\
To act, call one tool by a JSON object with its name and its arguments:

I convert the first price.
Action: {{"tool": "tool_name", "args": ["first", 2]}} {CALL_END}""",
    "text": f"""\
To act, call one tool by its name and its arguments, with commas between:

I convert the first price.
Action: tool_name, first, 2 {CALL_END}""",
}

_RULES = """\
Write one action in a reply and nothing after it. What it gives comes back in the next message, which begins with \
"Execution Output:".

When you know the answer, write it after "Answer:", alone, with no words around it and no action in that reply:

Answer: 42

You have {turns} replies."""


def opening(task: Task, mode: Mode, action_format: ActionFormat) -> tuple[Said, ...]:
    """Write the messages that stand before the model's first reply.

    Args:
        task: What is asked.
        mode: How the model acts.
        action_format: How it writes code; only for `code`.
    """
    how = _CODE[action_format] + _CODE_MORE if mode == "code" else _CALLS[mode]
    ending = _RULES.format(turns=task.limits.turns) if task.ends == "answer" else _one_action(task.limits)
    system = Said("system", f"You solve a task with these tools:\n\n{_tools(task)}\n\n{how}\n\n{ending}")
    return (system, *(task.history or (Said("user", task.instruction),)))


def _one_action(limits: Limits) -> str:
    tries = f"You have {limits.turns} tries." if limits.turns > 1 else "You have one try."
    return f"Write the one action that comes next in the conversation, and nothing after it. {tries}"


def _tools(task: Task) -> str:
    return "\n".join(
        f"- {tool.signature}\n  {tool.description.replace(chr(10), chr(10) + '  ')}" for tool in task.tools
    )
