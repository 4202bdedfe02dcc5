"""What the calls in a cell do."""

import ast
import builtins
import posixpath
import shlex
from collections.abc import Mapping

from codeact_tui.effects.arguments import (
    address_in,
    gives_text,
    in_memory,
    keyword_of,
    loads_plain_data,
    moves_a_file,
    only_reads,
    without_scheme,
)
from codeact_tui.effects.catalog import ALSO, CALLS, METHODS, NO_ARGUMENT, OPENERS, WEB_METHODS, Known
from codeact_tui.effects.installing import installed_by, installed_by_words
from codeact_tui.effects.loops import LONG_S, whole_number
from codeact_tui.effects.reader import Reader, host_of
from codeact_tui.effects.tree import ENVIRONMENTS, name_of
from codeact_tui.effects.values import PathValue, Value, fold, text_of

__all__ = ["CallReader"]

_BUILTINS = frozenset(dir(builtins))
_WEB = ("http://", "https://", "ws://", "wss://")
_WRITE_MODES = frozenset("wax+")
_OF_PROCESSES = frozenset({"executable", "env", "cwd", "preexec_fn", "pass_fds", "user", "group", "startupinfo"})
"""Arguments by which a program is another one, or does another thing, than its command line says."""
_OF_WORKING_FOLDER = frozenset({"os.listdir", "os.scandir"})
_WITHOUT_PATH = frozenset({"pickle", "dill", "cloudpickle", "yaml"})
"""Modules that load from a file which was opened elsewhere."""
_CHANGES = {
    "os.chdir": "working folder",
    "os.umask": "modes of new files",
    "os.setuid": "user",
    "signal.signal": "signals",
    "sys.path.insert": "folders of modules",
    "sys.path.append": "folders of modules",
}
"""What of the environment a call changes."""


class CallReader(Reader):
    """A reader that knows what calls do."""

    def visit_Call(self, node: ast.Call) -> None:
        """What most effects come from."""
        self._passed.add(id(node.func))
        self.generic_visit(node)
        name = name_of(node.func, self._dotted)
        if name in OPENERS:
            self._opens(node, self._argument(node, Known("read", 0, OPENERS[name])), mode_at=1)
        elif name in {"getattr", "builtins.getattr"}:
            if len(node.args) > 1 and not isinstance(node.args[1], ast.Constant):
                self._add(node, "dynamic", "getattr")
        elif name in CALLS:
            self._cataloged(node, name, CALLS[name])
        elif isinstance(node.func, ast.Attribute):
            self._method(node, node.func, name)
        elif isinstance(node.func, ast.Name):
            self._function(node, node.func.id, name)
        elif not isinstance(node.func, ast.Lambda):
            self._add(node, "unknown")

    def _method(self, node: ast.Call, function: ast.Attribute, name: str) -> None:
        owner = fold(function.value, self._names, self._dotted)
        known = METHODS.get(function.attr)
        if function.attr == "open" and (isinstance(owner, PathValue) or "Path" in name):
            self._opens(node, owner, mode_at=0)
        elif isinstance(owner, str):
            return
        elif function.attr in {"rename", "replace"} and moves_a_file(
            function.attr, node, of_path=isinstance(owner, PathValue) or "Path()" in name
        ):
            self._targets(node, "delete", owner)
            self._targets(node, "write", self._argument(node, Known("write", 0, "target")))
        elif function.attr in WEB_METHODS and (hosts := self._hosts(node)):
            for host in hosts:
                self._add(node, "network", host)
        elif known is not None and (
            known.position != "self" or owner is not None or not _is_module(function, self._dotted)
        ):
            target = owner if known.position == "self" else self._argument(node, known)
            if not gives_text(function.attr, node) and (known.position == "self" or node.args or node.keywords):
                self._targets(node, known.kind, target)
        elif name.rpartition(".")[0] in ENVIRONMENTS and not self._is_harmless(name):
            self._add(node, "environment", text_of(self._argument(node, Known("environment"))))
        elif name.partition(".")[0] in self._roots and not self._is_harmless(name) and not _is_of_a_result(name):
            self._add(node, "unknown", name)

    def _hosts(self, node: ast.Call) -> list[str]:
        """Give the hosts that a call is given: in an address, or as a pair with a port."""
        folded = [text_of(fold(argument, self._names, self._dotted)) for argument in node.args[:2]]
        pair = address_in(node)
        if pair is not None:
            host, port = text_of(fold(pair[0], self._names, self._dotted)), whole_number(pair[1])
            return [host if port is None else f"{host}:{port:.0f}"] if host else []
        return [host_of(text) for text in folded if text.startswith(_WEB)]

    def _function(self, node: ast.Call, called: str, name: str) -> None:
        own = called in self._parts or called in self.bound or called in self._earlier.functions
        harmless = called in self._dotted and self._is_harmless(name)
        if not own and not harmless and (name != called or called not in _BUILTINS):
            self._add(node, "unknown", name)

    def _cataloged(self, node: ast.Call, name: str, known: Known) -> None:
        known = loads_plain_data(name, node) or known
        for more in ALSO.get(name, ()):
            self._file_target(node, more)
        target = self._argument(node, known)
        if known.kind == "process":
            self._process(node, name, target)
        elif known.kind == "loop":
            seconds = whole_number(node.args[0]) if node.args else None
            if seconds is not None and seconds >= LONG_S:
                self._add(node, "loop", f"{seconds:,.0f} seconds of sleep")
        elif known.kind == "network":
            hosts = self._hosts(node) or [host_of(text_of(target))]
            for host in hosts:
                self._add(node, "network", host)
        elif known.kind == "dynamic":
            self._add(node, "dynamic", name)
            if name.endswith((".load", ".open")) and not (target is None and name.partition(".")[0] in _WITHOUT_PATH):
                self._targets(node, "read", target)
        elif known.kind == "environment":
            self._add(node, "environment", f"{_CHANGES.get(name, '')} {text_of(target)}".strip())
            if name == "os.chdir":
                self._working = None if target is None else posixpath.join(self._working or "", text_of(target))
        elif name in _OF_WORKING_FOLDER and not node.args:
            self._targets(node, known.kind, ".")
        else:
            self._file_target(node, known)

    def _file_target(self, node: ast.Call, known: Known) -> None:
        """Tell of a file that a call names; one in memory, and none at all, is none."""
        target = self._argument(node, known)
        if known.position == NO_ARGUMENT and target is None:
            if known.kind != "read" and not known.keyword:
                self._add(node, known.kind)
        elif not in_memory(text_of(target)) and not (known.kind == "write" and only_reads(text_of(target))):
            self._targets(node, known.kind, without_scheme(target))

    def _process(self, node: ast.Call, name: str, target: Value) -> None:
        words = node.args[0] if node.args else keyword_of(node, "args")
        command = text_of(target) or self._command(words)
        self._add(node, "process", command or name)
        if isinstance(words, ast.List | ast.Tuple):
            packages = installed_by_words([self._word(word) for word in words.elts])
            installed = [] if packages is None else [packages]
        else:
            installed = installed_by(command)
        for packages in installed:
            self._add(node, "install", packages)
        if any(keyword.arg is None or keyword.arg in _OF_PROCESSES for keyword in node.keywords):
            self._add(node, "unknown", name)

    def _opens(self, node: ast.Call, target: Value, *, mode_at: int) -> None:
        given = node.args[mode_at] if len(node.args) > mode_at else keyword_of(node, "mode")
        mode = fold(given, self._names, self._dotted) if given is not None else "r"
        if mode is None:
            self._targets(node, "read", target)
        way = text_of(mode).replace("|", ":").partition(":")[0]  # what stands behind is how it is packed
        writes = mode is None or bool(_WRITE_MODES & set(way))
        self._targets(node, "write" if writes else "read", target)

    def _command(self, words: ast.expr | None) -> str:
        """Give a command line, as far as it is known."""
        match words:
            case ast.List(elts=each) | ast.Tuple(elts=each):
                known = [self._word(word) for word in each]
                return " ".join(word if word == "…" else shlex.quote(word) for word in known)
            case ast.JoinedStr(values=parts):
                return "".join(self._word(part) for part in parts)
            case _:
                return ""

    def _word(self, node: ast.expr) -> str:
        folded = fold(
            ast.JoinedStr([node]) if isinstance(node, ast.FormattedValue) else node, self._names, self._dotted
        )
        return "…" if folded is None else text_of(folded)

    def _argument(self, node: ast.Call, known: Known) -> Value:
        if isinstance(known.position, int) and len(node.args) > known.position:
            return fold(node.args[known.position], self._names, self._dotted)
        return fold(keyword_of(node, known.keyword), self._names, self._dotted) if known.keyword else None


def _is_module(function: ast.Attribute, dotted: Mapping[str, str]) -> bool:
    return isinstance(function.value, ast.Name) and function.value.id in dotted


def _is_of_a_result(name: str) -> bool:
    """Say whether a method belongs to what a call gave back that has been told already."""
    call = name.rpartition("()")[0]
    return call in CALLS and CALLS[call].kind != "dynamic"
