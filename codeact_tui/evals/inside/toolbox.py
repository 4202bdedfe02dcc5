"""Makes a suite's tools, and calls one of them for a model that does not write code."""

import json
import linecache
import sys
import types


def _codeact_load(source, path):
    """Run a tools module and give its namespace; tracebacks show its lines."""
    module = types.ModuleType("tools")
    module.__file__ = path
    sys.modules["tools"] = module
    linecache.cache[path] = (len(source), None, source.splitlines(True), path)
    exec(compile(source, path, "exec"), module.__dict__)
    return module.__dict__


def _codeact_call(tools, name, arguments):
    """Call a tool with JSON arguments and give what comes of it, as text."""
    if name not in tools:
        raise LookupError("there is no tool named %r; the tools are %s" % (name, ", ".join(tools)))
    given = json.loads(arguments)
    result = tools[name](**given) if isinstance(given, dict) else tools[name](*given)
    return str(result)


def _codeact_record(tools, calls):
    """Give the tools so wrapped that each call from outside is noted."""
    depth = [0]

    def noted(name, tool):
        def call(*args, **kwargs):
            if not depth[0]:
                calls.append([name, kwargs if kwargs and not args else list(args) + list(kwargs.values())])
            depth[0] += 1
            try:
                return tool(*args, **kwargs)
            finally:
                depth[0] -= 1

        return call

    return {name: noted(name, tool) for name, tool in tools.items()}
