"""A report as one page that needs nothing else: no script, no font, no picture from elsewhere. Pure."""

from collections.abc import Callable, Sequence
from html import escape

from codeact_tui.evals.report import ArmReport, Report
from codeact_tui.evals.statistics import Interval
from codeact_tui.evals.svg import Dot, dot_plot, share_grid
from codeact_tui.protocol.terminal_text import plain_text
from codeact_tui.protocol.visible import visible

__all__ = ["report_page"]

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2228; --soft: #5c6773; --line: #d9dee3; --paper: #fff; --panel: #f6f8f9;
  --a: #2f6fb2; --b: #b3541e; --c: #3b7d4f; --d: #7a4fa3; --e: #a8323e; --f: #6b6b1f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e7ea; --soft: #98a3ad; --line: #363e46; --paper: #14181c;
  --panel: #1b2026; --a: #6fabe6; --b: #e89a63; --c: #7fc492; --d: #bd98e0; --e: #ec8089; --f: #c9c76a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.2rem 1.2rem 4rem; max-width: 64rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .2rem; line-height: 1.25; }
h2 { font-size: 1.1rem; margin: 2.4rem 0 .6rem; }
p, .soft { max-width: 44rem; } .soft { color: var(--soft); }
code { font: .88em ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th, td { text-align: right; padding: .45rem .7rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; font-size: .86rem; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; }
td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 9rem; }
td small { color: var(--soft); display: block; line-height: 1.2; font-size: .78rem; }
.plots { display: grid; gap: 1rem; }
figure { margin: 0; padding: .8rem 1rem .4rem; background: var(--panel); border: 1px solid var(--line);
  border-radius: 8px; overflow-x: auto; break-inside: avoid; }
figcaption { font-weight: 600; font-size: .95rem; margin-bottom: .3rem; }
svg { display: block; width: 100%; min-width: 26rem; height: auto; }
svg text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; fill: var(--ink); }
svg .tick { fill: var(--soft); font-size: 12px; } svg .grid { stroke: var(--line); }
svg .span { stroke: currentColor; stroke-width: 3; stroke-linecap: round; opacity: .45; }
svg circle { fill: currentColor; }
svg .cell { fill: var(--a); }
.c0 { color: var(--a); } .c1 { color: var(--b); } .c2 { color: var(--c); }
.c3 { color: var(--d); } .c4 { color: var(--e); } .c5 { color: var(--f); }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } figure { background: none; } }
"""

_Read = Callable[[ArmReport], Interval | None]


def report_page(report: Report, *, when: str = "", version: str = "") -> str:
    """Write the page.

    Args:
        report: What is told.
        when: The day it was written on, for its foot.
        version: Of codeact.
    """
    title = f"{_clean(report.suite)}: {_count(report)}"
    unfinished = "" if report.done >= report.of else f" So far {report.done:,} of {report.of:,} trials are done."
    repeats = f", each {report.repeats} times" if report.repeats > 1 else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{title}</h1>
<p class="soft">{report.tasks:,} tasks{repeats}.{unfinished} Every figure stands with its 95 % interval: Wilson's for
the success, a seeded bootstrap for means over trials.</p>
<div class="scroll">{_table(report.arms)}</div>
<h2>Side by side</h2>
<div class="plots">
{_plots(report.arms)}
</div>
{_groups(report.arms)}
<p class="soft">Suite <code>{report.sha256[:16]}</code>{_foot(when, version)}</p>
</body>
</html>
"""


def _count(report: Report) -> str:
    models = len({arm.model for arm in report.arms})
    modes = len({arm.mode for arm in report.arms})
    return f"{models} {'model' if models == 1 else 'models'} in {modes} {'mode' if modes == 1 else 'modes'}"


def _table(arms: Sequence[ArmReport]) -> str:
    heads = ("model", "mode", "success", "turns", "actions", "tokens", "cost", "seconds", "mended")
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in _cells(arm))}</tr>" for arm in arms)
    return (
        f"<table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _cells(arm: ArmReport) -> tuple[str, ...]:
    success = arm.success
    cost = "unknown" if arm.total_cost_usd is None else f"${arm.total_cost_usd:,.4f}<small>in all</small>"
    return (
        _clean(arm.model),
        arm.mode,
        f"{100 * success.value:.1f} %<small>{100 * success.low:.1f}–{100 * success.high:.1f} · {arm.right}/{arm.trials}"
        "</small>",
        _figure(arm.turns, ",.1f"),
        _figure(arm.actions, ",.1f"),
        _figure(arm.tokens, ",.0f"),
        cost,
        _figure(arm.seconds, ",.1f"),
        str(arm.mended),
    )


def _figure(interval: Interval | None, form: str) -> str:
    if interval is None:
        return "unknown"
    return f"{interval.value:{form}}<small>{interval.low:{form}}–{interval.high:{form}}</small>"


def _plots(arms: Sequence[ArmReport]) -> str:
    modes = list(dict.fromkeys(arm.mode for arm in arms))

    def plot(caption: str, read: _Read, form: Callable[[float], str], *, percent: bool = False) -> str:
        intervals = [read(arm) for arm in arms]
        if not any(interval is not None for interval in intervals):
            return ""
        dots = [
            Dot(_clean_text(arm.name), modes.index(arm.mode), interval, form(interval.value) if interval else "")
            for arm, interval in zip(arms, intervals, strict=True)
        ]
        drawn = dot_plot(dots, caption, highest=1.0 if percent else None, percent=percent)
        return f"<figure><figcaption>{caption}</figcaption>{drawn}</figure>"

    return "\n".join(
        (
            plot("Success", lambda arm: arm.success, lambda value: f"{100 * value:.1f} %", percent=True),
            plot("Turns a task", lambda arm: arm.turns, lambda value: f"{value:,.1f}"),
            plot("Tokens a task, read and written", lambda arm: arm.tokens, lambda value: f"{value:,.0f}"),
            plot("Dollars a task", _cost, lambda value: f"${value:,.4f}"),
            plot("Seconds a task", lambda arm: arm.seconds, lambda value: f"{value:,.2f}"),
        )
    )


def _cost(arm: ArmReport) -> Interval | None:
    """Give the cost, but for what costs nothing: a plot of noughts tells nothing."""
    return arm.cost_usd if arm.cost_usd is not None and arm.cost_usd.high > 0 else None


def _groups(arms: Sequence[ArmReport]) -> str:
    names = sorted({name for arm in arms for name in arm.groups})
    if len(names) < 2:
        return ""
    shares = [
        [(arm.groups[name].right, arm.groups[name].of) if name in arm.groups else None for name in names]
        for arm in arms
    ]
    drawn = share_grid([_clean_text(arm.name) for arm in arms], [_clean_text(name) for name in names], shares)
    return f"<h2>By group of tasks</h2>\n<figure><figcaption>Solved, of all trials</figcaption>{drawn}</figure>"


def _foot(when: str, version: str) -> str:
    return "".join(f" · {part}" for part in (when, f"codeact {version}" if version else "") if part)


def _clean_text(text: str) -> str:
    return " ".join(visible(plain_text(text)).split())


def _clean(text: str) -> str:
    return escape(_clean_text(text))
