"""How something is called: the names of its parameters, read from where the interpreter keeps them."""

from __future__ import annotations

import ast
import types

from .known import Scope, function_behind, value_kind
from .objects import class_entry, exact_str, is_class
from .reading import bindings, place_of
from .summaries import summarize

__all__ = ["inspect_code", "parameters_of"]

_PARAMETERS = 100
_PARAMETER = 60
_DOC = 300
_NO_TEXT = object()
_function_doc = types.FunctionType.__dict__["__doc__"].__get__
_type_text = type.__dict__["__text_signature__"].__get__
_TEXT_SIGNATURES = (
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.ClassMethodDescriptorType,
)


def inspect_code(namespace: dict[str, object], code: str, cursor: int) -> dict[str, object]:
    """Tell of the call that the cursor is in, or else of the name under it, without running anything.

    Returns:
        `found`; if so also `name`, `kind`, `parameters` (None where they can't be told), `active` (the place of the
        parameter that the cursor is at, -1 for none) and `doc`, the first sentence of the documentation.
    """
    cursor = max(0, min(cursor, len(code)))
    place = place_of(code, cursor)
    scope = Scope(namespace, bindings(code, cursor)[0])
    call = place.call
    expression = call.function if call is not None else _name_at(code, cursor, place)
    known = scope.resolve(expression) if expression else None
    if known is None:
        return {"found": False}
    value = known.value if known.cls is None else known.cls
    parameters = parameters_of(value) if known.cls is None else None
    active = -1 if call is None or parameters is None else _active(parameters, call)
    summary = "" if isinstance(value, ast.AST) or parameters is not None else summarize(value)
    return {
        "found": True,
        "name": expression[-200:],
        "kind": value_kind(value),
        "parameters": parameters,
        "active": active,
        "doc": _doc(value) or summary,
    }


def _name_at(code, cursor, place):
    if place.kind not in ("name", "attribute"):
        return ""
    end = cursor
    while end < len(code) and (code[end].isalnum() or code[end] == "_"):
        end += 1
    typed = code[place.start : end]
    return (f"{place.owner}.{typed}" if place.owner else typed) if typed else ""


def _active(parameters, call):
    names = [parameter.partition("=")[0] for parameter in parameters]
    if call.keyword:
        if call.keyword in names:
            return names.index(call.keyword)
        return next((at for at, name in enumerate(names) if name.startswith("**")), -1)
    positions = []
    for at, name in enumerate(names):
        if name == "*" or name.startswith("**"):
            break
        if name != "/":
            positions.append(at)
        if name.startswith("*"):
            return positions[min(call.position, len(positions) - 1)]
    return positions[call.position] if call.position < len(positions) else -1


def parameters_of(value: object) -> list[str] | None:
    """Give the parameters as they are written, defaults included; None for what can't be called or does not tell."""
    if isinstance(value, ast.ClassDef):
        value = next((node for node in value.body if getattr(node, "name", "") == "__init__"), None)
        return None if value is None else _written(value)[1:]
    if isinstance(value, ast.AST):
        return _written(value) if isinstance(value, (ast.FunctionDef, ast.AsyncFunctionDef)) else None
    if is_class(value):
        return _of_class(value)
    function, given = function_behind(value)
    if function is not None:
        return _of_function(function, given)
    text = _text_signature(value)
    if text is not _NO_TEXT:
        return _of_text(text)
    entry = class_entry(type(value), "__call__")
    return _of_function(entry, 1) if type(entry) is types.FunctionType else None


def _text_signature(value):
    cls = type(value)
    for known in _TEXT_SIGNATURES:
        if cls is known:
            return cls.__dict__["__text_signature__"].__get__(value)
    return _NO_TEXT


def _of_class(cls):
    for name in ("__init__", "__new__"):
        entry = class_entry(cls, name)
        entry = entry.__func__ if type(entry) is staticmethod else entry
        if type(entry) is types.FunctionType:
            function, _ = function_behind(entry)
            return None if function is None else _of_function(function, 1)
    return _of_text(_type_text(cls))


def _of_function(function, given):
    code = function.__code__
    count = code.co_argcount
    names = code.co_varnames
    defaults = function.__defaults__ if type(function.__defaults__) is tuple else ()
    shown = []
    for at, name in enumerate(names[:count]):
        from_end = at - (count - len(defaults))
        shown.append(name if from_end < 0 else f"{name}={_default(defaults[from_end])}")
    if code.co_posonlyargcount:
        shown.insert(code.co_posonlyargcount, "/")
    keyword_only = names[count : count + code.co_kwonlyargcount]
    rest = iter(names[count + code.co_kwonlyargcount :])
    if code.co_flags & 0x04:
        shown.append(f"*{next(rest, 'args')}")
    elif keyword_only:
        shown.append("*")
    named = function.__kwdefaults__ if type(function.__kwdefaults__) is dict else {}
    shown += [f"{name}={_default(named[name])}" if name in named else name for name in keyword_only]
    if code.co_flags & 0x08:
        shown.append(f"**{next(rest, 'kwargs')}")
    shown = shown[given:]
    if shown[:1] == ["/"]:
        del shown[0]
    return [parameter[:_PARAMETER] for parameter in shown[:_PARAMETERS]]


def _default(value):
    text = summarize(value, 1)
    return text if value is None or (type(value) in (bool, int, float, str) and len(text) <= 24) else "…"


def _of_text(text):
    """Read a built-in function's own account of its parameters: `($self, key, default=None, /)`."""
    text = exact_str(text, "")
    if not text.startswith("("):
        return None
    try:
        function = ast.parse(f"def f{text.replace('$', '')}: pass").body[0]
    except (SyntaxError, ValueError):
        return None
    shown = _written(function)
    if "$" in text or shown[:1] == ["self"]:
        shown = shown[1:]
    if shown[:1] == ["/"]:
        del shown[0]
    return shown


def _written(function):
    arguments = function.args
    for argument in ast.walk(arguments):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    shown, depth, start = [], 0, 0
    text = ast.unparse(arguments)
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char == "," and not depth:
            shown.append(text[start:at].strip())
            start = at + 1
    shown.append(text[start:].strip())
    return [parameter[:_PARAMETER] for parameter in shown if parameter][:_PARAMETERS]


def _doc(value):
    if isinstance(value, ast.AST):
        defined = isinstance(value, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        text = ast.get_docstring(value) if defined else ""
    elif is_class(value):
        text = class_entry(value, "__doc__")
    else:
        function, _ = function_behind(value)
        text = _function_doc(function) if function is not None else _builtin_doc(value)
    return _first_sentence(exact_str(text, ""))


def _builtin_doc(value):
    cls = type(value)
    if any(cls is known for known in _TEXT_SIGNATURES):
        return cls.__dict__["__doc__"].__get__(value)
    return ""


def _first_sentence(text):
    paragraph = text[:4_000].strip().split("\n\n", 1)[0]
    words = " ".join(paragraph.split())
    sentence = words.split(". ", 1)[0]
    return sentence[:_DOC]
