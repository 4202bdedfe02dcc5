"""What is allowed in a project is kept outside of it, by its real path."""

import stat
import tomllib
from pathlib import Path

import pytest

from codeact_tui.config.permissions import ProjectPermissions
from codeact_tui.config.remembering import with_entry
from codeact_tui.errors import ConfigError
from codeact_tui.protocol.permissions import Allowed, Grant, Rule

RULE, GRANT = Rule("read", "./data"), Grant("network", "example.org")


def book(tmp_path: Path, project: str = "project") -> ProjectPermissions:
    folder = tmp_path / project
    folder.mkdir(exist_ok=True)
    return ProjectPermissions(tmp_path / "data" / "permissions.json", folder, tmp_path / "config.toml")


def test_each_project_has_its_own_and_a_link_to_it_is_the_same(tmp_path: Path) -> None:
    book(tmp_path).add(RULE, GRANT)
    book(tmp_path).add(RULE)
    (tmp_path / "link").symlink_to(tmp_path / "project")
    assert book(tmp_path, "link").read() == Allowed((RULE,), (GRANT,))
    assert book(tmp_path, "other").read() == Allowed()
    assert stat.S_IMODE((tmp_path / "data" / "permissions.json").stat().st_mode) == 0o600
    book(tmp_path).remove(RULE)
    assert book(tmp_path).read() == Allowed((), (GRANT,))


@pytest.mark.parametrize("content", [b"", b"[]", b'{"/x": 1}', b"\xff\x00"])
def test_a_file_that_can_t_be_read_allows_nothing(tmp_path: Path, content: bytes) -> None:
    book(tmp_path).add(RULE)
    (tmp_path / "data" / "permissions.json").write_bytes(content)
    assert book(tmp_path).read() == Allowed()


def test_what_cells_could_write_is_not_heeded(tmp_path: Path) -> None:
    book(tmp_path).add(RULE)
    within = ProjectPermissions(tmp_path / "data" / "permissions.json", tmp_path, tmp_path / "config.toml")
    assert within.read() == Allowed()
    with pytest.raises(ConfigError, match="cells of this folder could change it"):
        within.add(RULE)


def test_a_folder_that_can_t_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(ConfigError, match="can't be kept"):
        book(tmp_path).add(RULE)


def test_there_is_a_bound(tmp_path: Path) -> None:
    book(tmp_path).add(*(Rule("read", f"./{number}") for number in range(200)))
    with pytest.raises(ConfigError, match="200"):
        book(tmp_path).add(RULE)


def test_a_grant_for_every_project_is_a_line_of_the_user_s_own_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[sandbox]\nnetwork = ["pypi"]\n')
    made = book(tmp_path)
    for grant in (GRANT, GRANT, Grant("writable", "/data"), Grant("workspace", "writable")):
        made.add_for_user(grant)
    assert tomllib.loads((tmp_path / "config.toml").read_text()) == {
        "sandbox": {"network": ["example.org", "pypi"], "writable": ["/data"], "workspace": "writable"}
    }
    with pytest.raises(ConfigError, match="a project only"):
        made.add_for_user(Grant("never", "example.org"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[sandbox]\nnetwork = ["b"]\n'),
        ("[sandbox]\nnetwork = []\n", '[sandbox]\nnetwork = ["b"]\n'),
        ('[sandbox]\nnetwork = ["a"] # mine\n', '[sandbox]\nnetwork = ["b", "a"] # mine\n'),
        ('[sandbox]\nnetwork = [\n  "a",\n]\n', '[sandbox]\nnetwork = ["b",\n  "a",\n]\n'),
        ('[sandbox]\nnetwork = ["b"]\n', '[sandbox]\nnetwork = ["b"]\n'),
        ('sandbox = { network = ["a"] }\n', None),
        ('[sandbox]\nnetwork = "a"\n', None),
    ],
)
def test_an_entry_is_added_to_a_list_and_all_else_stays(before: str, after: str | None) -> None:
    assert with_entry(before, ("sandbox", "network"), "b") == after
