"""What the store's import brings along: little, and no heavy or drawing module."""

import subprocess
import sys


def test_importing_the_store_brings_sqlite_and_msgspec_only() -> None:
    program = (
        "import sys, codeact_tui.store.sqlite, codeact_tui.log; print(*{m.partition('.')[0] for m in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=True)
    loaded = set(done.stdout.split())
    assert loaded & {"sqlite3", "msgspec"} == {"sqlite3", "msgspec"}
    foreign = (
        loaded
        - set(sys.stdlib_module_names)
        - {"codeact_tui", "msgspec", "typing_extensions", "__main__", "__mp_main__"}
    )
    assert {name for name in foreign if not name.startswith(("_", "sitecustomize", "usercustomize"))} == set()
