"""Themes: readable, refused in clear words when wrong, tried on, kept, and read again while they are edited."""

import os
import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.color import Color
from textual.style import Style

from codeact_tui.errors import ConfigError
from codeact_tui.tui.looks import fitting_theme
from codeact_tui.tui.themes import load_theme, shipped_themes, theme_names
from codeact_tui.tui.theming.build import Palette
from codeact_tui.tui.theming.depth import Depth, depth_of, nearest_of_256
from codeact_tui.tui.theming.file import Colors, Syntax, parse_theme
from codeact_tui.tui.widgets.pane import PaneTitle
from tests.tui.shell.stage import cell, interface, stage

NAMES = theme_names(())
OWN_COLORS = [name for name in NAMES if not load_theme(name).theme.ansi]
TEXT = ("foreground", "muted", "accent", "success", "warning", "error")
GROUNDS = ("background", "surface", "panel", "selection")
DARK = (shipped_themes() / "dark.toml").read_text("utf-8")


def luminance(color: Color) -> float:
    """WCAG 2.2, "relative luminance"."""
    levels = [channel / 255 for channel in color.rgb]
    red, green, blue = (level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for level in levels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """WCAG 2.2, "contrast ratio"."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink(palette: Palette, name: str) -> Color:
    color = palette.colors[name].foreground
    assert color is not None
    return color


def test_there_are_six_themes_and_more() -> None:
    assert {"dark", "light", "contrast", "ansi", "mono", "kiln", "ledger", "tide"} <= set(NAMES)


@pytest.mark.parametrize("name", OWN_COLORS)
def test_every_text_can_be_read_on_every_ground(name: str) -> None:
    palette = load_theme(name)
    least = 7.0 if name == "contrast" else 4.5
    ratios = {(text, on): contrast(ink(palette, text), ink(palette, on)) for text in TEXT for on in GROUNDS}
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < least} == {}


@pytest.mark.parametrize("name", OWN_COLORS)
def test_every_piece_of_code_can_be_read(name: str) -> None:
    palette = load_theme(name)
    least = 7.0 if name == "contrast" else 4.5
    inks = {part: style.foreground for part, style in palette.syntax.items() if style.foreground is not None}
    ratios = {(part, on): contrast(color, ink(palette, on)) for part, color in inks.items() for on in GROUNDS[:2]}
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < least} == {}


@pytest.mark.parametrize("name", OWN_COLORS)
def test_with_256_colours_text_can_still_be_read_and_grounds_told_apart(name: str) -> None:
    palette = load_theme(name, depth="256")
    for on in GROUNDS:
        assert contrast(ink(palette, "foreground"), ink(palette, on)) >= 4.5
    for text in TEXT:
        assert contrast(ink(palette, text), ink(palette, "background")) >= 4.5
    assert ink(palette, "selection") != ink(palette, "background")
    assert contrast(ink(palette, "border"), ink(palette, "background")) >= 1.3


@pytest.mark.parametrize("name", NAMES)
def test_syntax_belongs_to_the_theme(name: str) -> None:
    assert {"keyword", "comment", "function"} <= set(load_theme(name).syntax)


def test_without_colour_states_differ_by_bold_underline_dim_and_reverse() -> None:
    palette = load_theme("mono")
    assert {style.foreground.ansi for style in palette.colors.values() if style.foreground} == {-1}
    assert palette.color("warning").bold
    assert palette.color("error").underline
    assert palette.color("muted").dim
    assert palette.theme.variables["block-cursor-text-style"] == "bold reverse"


@pytest.mark.parametrize(
    ("change", "message", "remedy"),
    [
        (('accent = "#7db4f5"', 'accent = "bluish"'), 'colors.accent can\'t be "bluish"', "#rrggbb"),
        (('accent = "#7db4f5"', 'acent = "#7db4f5"'), "colors.acent is no key of a theme", "accent?"),
        (('accent = "#7db4f5"\n', ""), "colors.accent is missing", "has to be there"),
        (('accent = "#7db4f5"', "accent = 7"), "colors.accent is not text", "in quotes"),
        (('accent = "#7db4f5"', 'accent = "#7db4f580"'), "colors.accent can't be", "#rrggbb"),
        (("dark = true", 'dark = "yes"'), "dark is not true or false", "true or false"),
        (("dark = true\n", ""), "dark is missing", "dark = true"),
        (("[syntax]", "[sintax]"), "sintax is no key of a theme", "syntax?"),
        (('keyword = "#c3a6f7"', 'keyword = "#c3a6f7 #000000"'), "syntax.keyword names two colours", "one colour"),
        (("[syntax]", '[emphasis]\nerror = "loud"\n\n[syntax]'), 'emphasis.error can\'t be "loud"', "reverse"),
        (("[colors]", "[colors"), "this is not TOML", "Mend"),
    ],
)
def test_a_wrong_theme_says_file_line_key_and_remedy(
    tmp_path: Path, change: tuple[str, str], message: str, remedy: str
) -> None:
    assert change[0] in DARK
    path = tmp_path / "mine.toml"
    path.write_text(DARK.replace(*change, 1), "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_theme("mine", [tmp_path])
    assert str(path) in caught.value.message
    assert message in caught.value.message
    assert remedy in caught.value.remedy


def test_the_line_of_the_mistake_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(DARK.replace('accent = "#7db4f5"', 'accent = "bluish"'), "utf-8")
    line = DARK.splitlines().index('accent = "#7db4f5"') + 1
    with pytest.raises(ConfigError, match=rf"mine\.toml:{line}: "):
        load_theme("mine", [tmp_path])


@given(st.text(max_size=300))
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_theme(text, Path("/themes/mine.toml"))


def test_the_users_own_theme_comes_before_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "dark.toml").write_text(DARK.replace("#7db4f5", "#123456"), "utf-8")
    assert ink(load_theme("dark", [tmp_path]), "accent").hex == "#123456"
    assert ink(load_theme("dark"), "accent").hex == "#7DB4F5"


@pytest.mark.parametrize(
    ("environment", "depth"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "full"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "tmux-256color"}, "256"),
        ({"TERM": "xterm-kitty"}, "256"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "screen"}, "16"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, "none"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": ""}, "full"),
    ],
)
def test_how_many_colours_the_terminal_has(environment: dict[str, str], depth: Depth) -> None:
    assert depth_of(environment) == depth


def test_where_a_theme_can_not_look_right_another_takes_its_place() -> None:
    assert [fitting_theme("kiln", depth) for depth in ("none", "16", "256", "full")] == ["mono", "ansi", "kiln", "kiln"]


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
def test_the_nearest_colour_is_one_of_the_terminals_and_stays_what_it_is(red: int, green: int, blue: int) -> None:
    nearest = nearest_of_256(Color(red, green, blue))
    cube = set(nearest.rgb) <= {0, 95, 135, 175, 215, 255}
    assert cube or (len(set(nearest.rgb)) == 1 and (nearest.r - 8) % 10 == 0)
    assert nearest_of_256(nearest) == nearest


def test_the_page_about_themes_names_each_and_its_example_is_one() -> None:
    page = (shipped_themes().parent / "docs" / "themes.md").read_text("utf-8")
    assert [name for name in NAMES if f"| `{name}` |" not in page] == []
    example = page.split("```toml\n")[1].split("```")[0]
    written = msgspec.structs.asdict(parse_theme(example, Path("example.toml")).syntax)
    assert all(written[field] for field in Syntax.__struct_fields__)
    assert not [field for field in Colors.__struct_fields__ if f"\n{field} = " not in example]


# -- on the screen


async def test_moving_through_the_list_shows_each_theme_and_esc_puts_the_old_one_back() -> None:
    async with stage() as play:
        await play.say("/theme")
        await play.shows("enter keep")
        await play.pilot.press("down")
        await play.until(lambda: play.app.theme == "kiln")
        await play.pilot.press("down")
        await play.until(lambda: play.app.theme == "ledger")
        await play.pilot.press("escape")
        await play.until(lambda: play.app.theme == "dark")
        assert play.desk.remembered == {}


async def test_what_is_on_the_screen_already_takes_the_new_colours() -> None:
    async with stage(cell("1 + 1")) as play:
        await play.ask()
        play.screen.looks.show("ledger")
        await play.shows("waiting for you")
        wanted = {each.foreground for each in load_theme("ledger").colors.values()}
        titles = [title for title in play.screen.query(PaneTitle) if title.state]
        assert titles
        used = {
            span.style.foreground for title in titles for span in title.state.spans if isinstance(span.style, Style)
        }
        assert used <= wanted


async def test_enter_keeps_the_theme_and_says_where() -> None:
    async with stage() as play:
        await play.say("/theme")
        await play.shows("enter keep")
        await play.pilot.press("down", "enter")
        await play.shows("kiln from now on. Kept in ~/.config/codeact/config.toml.")
        assert play.app.theme == "kiln"
        assert play.desk.remembered == {"interface.theme": "kiln"}


async def test_a_broken_theme_is_listed_with_its_mistake_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(DARK.replace("#7db4f5", "bluish"), "utf-8")
    async with stage(theme_dirs=[tmp_path]) as play:
        await play.say("/theme")
        await play.shows("a file that is wrong")
        await play.type("wrong")
        await play.shows("colors.accent")
        await play.pilot.press("enter")
        await play.until(lambda: play.app.screen is play.screen)
        assert play.app.theme == "dark"


async def test_a_theme_that_is_edited_is_drawn_anew_and_a_broken_one_leaves_the_look(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(DARK, "utf-8")
    async with stage(theme_dirs=[tmp_path], settings=interface(theme="mine")) as play:
        play.screen.run_worker(play.screen.looks.watch(0.1), name="watch closely")
        await play.until(lambda: str(play.app.current_theme.accent).lower() == "#7db4f5")
        changed = path.stat().st_mtime_ns

        def edit(old: str, new: str) -> None:
            nonlocal changed
            changed += 1_000_000_000
            written = tmp_path / "mine.new"
            written.write_text(DARK.replace(old, new), "utf-8")
            os.utime(written, ns=(changed, changed))
            written.replace(path)

        edit("#7db4f5", "#ff8800")
        await play.until(lambda: str(play.app.current_theme.accent).lower() == "#ff8800", "the new accent")
        edit("#7db4f5", "bluish")
        await play.shows("bluish", "The look stays as it was.")
        assert str(play.app.current_theme.accent).lower() == "#ff8800"
        edit("#7db4f5", "#00aa88")
        await play.until(lambda: str(play.app.current_theme.accent).lower() == "#00aa88", "the mended one")


async def test_without_colour_there_is_nothing_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with stage() as play:
        assert play.app.theme == "mono"
        await play.say("/theme kiln")
        await play.shows("NO_COLOR is set")
        assert play.app.theme == "mono"


@pytest.mark.parametrize(
    ("reduced", "variable", "level"),
    [(False, "", "basic"), (True, "", "none"), (True, "full", "none"), (False, "none", "none")],
)
async def test_what_may_move(monkeypatch: pytest.MonkeyPatch, reduced: bool, variable: str, level: str) -> None:
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", variable)
    monkeypatch.setattr("textual.constants.TEXTUAL_ANIMATIONS", variable or "full")
    async with stage(settings=interface(reduced_motion=reduced)) as play:
        assert play.app.animation_level == level


def test_the_shipped_files_hold_what_they_say() -> None:
    for name in NAMES:
        values = tomllib.loads((shipped_themes() / f"{name}.toml").read_text("utf-8"))
        assert values["about"], name
