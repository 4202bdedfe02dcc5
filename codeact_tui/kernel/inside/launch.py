"""Starts the kernel: `python launch.py CONNECTION_FILE FOLDER CELL_BYTES DISPLAY_BYTES [LAYER KEEPER]`.

Loads the folder it is in as a package of a private name, and takes it off `sys.path`, so that nothing in it can be
mistaken for a module of the user's.
"""

import importlib.util
import os
import sys

_PACKAGE = "_codeact_kernel"


def _load(folder):
    spec = importlib.util.spec_from_file_location(
        _PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules[_PACKAGE] = package
    spec.loader.exec_module(package)


def main():
    """Run the kernel."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != folder]
    _load(folder)
    from _codeact_kernel.app import run

    connection_file, private_folder, cell_bytes, display_bytes, layer, keeper, *_ = [*sys.argv[1:], "", "-1"]
    run(connection_file, private_folder, int(cell_bytes), int(display_bytes), layer, int(keeper))


if __name__ == "__main__":
    main()
