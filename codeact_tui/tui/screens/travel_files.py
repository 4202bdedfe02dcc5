"""The lines that say what going to a point would do to files. Pure."""

from collections.abc import Sequence

from codeact_tui.protocol.travel_files import FileDifference, FilesPreview
from codeact_tui.protocol.travel_words import file_size_words
from codeact_tui.tui.rendering.code import diff_lines
from codeact_tui.tui.rendering.lines import Line, Piece, chop, flow, indented
from codeact_tui.tui.rendering.paint import Paint
from codeact_tui.tui.rendering.text import one_line

__all__ = ["SIGNS", "difference_lines", "file_lines"]

SIGNS = {"appears": "+", "changes": "~", "disappears": "−"}
_NAMED = 6
_PATH_CHARS = 200


def file_lines(files: FilesPreview, width: int, paint: Paint, *, with_diffs: bool) -> list[Line]:
    """Draw what would become of each file.

    Args:
        files: What the session says of them.
        width: Cells there are.
        paint: The styles.
        with_diffs: Show the lines that differ, too.
    """
    lines: list[Line] = []
    for each in files.files:
        lines += _file(each, width, paint)
        if with_diffs:
            lines += difference_lines(each, width, paint)
    if files.count > len(files.files):
        lines += flow([(f"and {files.count - len(files.files)} more files", paint.muted)], width, [("  ", paint.text)])
    for names, count, words in (
        (files.kept, files.kept_count, "as you changed it; stays"),
        (files.unknown, files.unknown_count, "not kept; stays"),
    ):
        if names:
            more = f" and {count - _NAMED} more" if count > _NAMED else ""
            named = ", ".join(one_line(name, _PATH_CHARS) for name in names[:_NAMED])
            pieces: list[Piece] = [(f"{named}{more}", paint.text), (f"  {words}", paint.muted)]
            lines += flow(pieces, width, [("= ", paint.muted)])
    if files.problem:
        lines += flow([(f"{files.problem}: they stay as they are.", paint.warn)], width)
    return lines


def difference_lines(each: FileDifference, width: int, paint: Paint) -> list[Line]:
    """Draw the lines of a file that differ; a word where they can't be shown."""
    if not each.diff:
        why = f"{each.why_not}: its lines are not compared" if each.why_not else ""
        return flow([(why, paint.muted)], width, [("    ", paint.text)]) if why else []
    found: list[Line] = []
    for pieces in diff_lines(each.diff, paint):
        found += indented(chop(pieces, max(1, width - 4)), [("    ", paint.text)])
    return found


def _file(each: FileDifference, width: int, paint: Paint) -> Sequence[Line]:
    style = {"appears": paint.good, "changes": paint.accent, "disappears": paint.bad}[each.kind]
    pieces: list[Piece] = [
        (one_line(each.path, _PATH_CHARS), paint.text),
        (f"  {file_size_words(each)}", paint.muted),
    ]
    if each.conflict:
        pieces.append((f"  {each.conflict}: you are asked", paint.warn))
    return flow(pieces, width, [(f"{SIGNS[each.kind]} ", style)])
