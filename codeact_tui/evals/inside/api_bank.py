"""Reads the interfaces of API-Bank as its authors lay them out: classes in `apis/`, their data in `init_database/`.

The package's own `__init__` imports everything, and with it what is seldom installed; here only what is asked for is.
"""

import importlib
import json
import os
import re
import sys
import types


class _CodeactApiBank:
    """The interfaces of one conversation, their data fresh, and the calls that were made."""

    def __init__(self, folder, names):
        self.folder = folder
        self.made = {}
        self.calls = []
        package = types.ModuleType("apis")
        package.__path__ = [os.path.join(folder, "apis")]
        sys.modules["apis"] = package
        package.API = importlib.import_module("apis.api").API
        self.classes = {}
        for name in names:
            self.classes[name] = self.find(name)
        self.checker = None
        if any("token" in found.input_parameters for found in self.classes.values()):
            self.checker = self.make("CheckToken", self.find("CheckToken"))

    def find(self, name):
        """Import the class of this name."""
        pattern = re.compile(r"^class\s+%s\b" % re.escape(name), re.MULTILINE)
        where = os.path.join(self.folder, "apis")
        for file in sorted(os.listdir(where)):
            if file.endswith(".py") and file not in ("__init__.py", "api.py"):
                with open(os.path.join(where, file), encoding="utf-8") as stream:
                    if pattern.search(stream.read()):
                        return getattr(importlib.import_module("apis." + file[:-3]), name)
        raise LookupError("API-Bank has no %s" % name)

    def make(self, name, kind):
        """Make an interface once, with its data and the checker of tokens where it wants them."""
        if name not in self.made:
            given = []
            database = os.path.join(self.folder, "init_database", "%s.json" % getattr(kind, "database_name", ""))
            if os.path.exists(database):
                with open(database, encoding="utf-8") as stream:
                    given.append(json.load(stream))
            if name != "CheckToken" and "token" in kind.input_parameters:
                given.append(self.checker)
            self.made[name] = kind(*given)
        return self.made[name]

    def tool(self, name):
        """Give a function that calls an interface, by position or by name."""
        kind = self.classes[name]

        def call(*args, **kwargs):
            given = dict(zip(kind.input_parameters, args))
            given.update(kwargs)
            result = self.make(name, kind).call(**_codeact_typed(given, kind.input_parameters))
            self.calls.append([name, result])
            return result["exception"] if result.get("exception") else result.get("output")

        call.__name__ = name
        return call

    def is_right(self, name, expected):
        """Say whether the first call was this one with this result, as the interface itself judges."""
        if not self.calls or self.calls[0][0] != name:
            return False
        try:
            return self.made[name].check_api_call_correctness(self.calls[0][1], expected)
        except KeyError:
            return False


def _codeact_typed(given, parameters):
    """Make of the arguments what their interface wants, as the published evaluation does."""
    typed = {}
    for name, value in given.items():
        if name not in parameters:
            raise TypeError("there is no parameter %s" % name)
        wanted = parameters[name]["type"]
        if wanted == "int":
            value = int(value)
        elif wanted == "float":
            value = float(value)
        elif wanted == "bool":
            value = value is True or value == "True"
        elif wanted == "str" and isinstance(value, (int, float)):
            value = str(value)
        typed[name] = value
    return typed
