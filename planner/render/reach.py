"""Why one end reaches another, or does not: a trace of hops as text, and many traces as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from planner.render.terminal import Style, columns, counted, name

Document = Mapping[str, Any]

_MARKS = {"pass": "✓", "block": "✗", "unknown": "?"}


def reach_verdict(trace: Document) -> str:
    """`i-1 can reach rm-1.`"""
    origin, target = name(trace["from"]), name(trace["to"])
    if trace["reachable"] is None:
        return f"Nobody can tell whether {origin} reaches {target}: not all of what decides could be read."
    return f"{origin} {'can' if trace['reachable'] else 'cannot'} reach {target}."


def trace_text(trace: Document, style: Style) -> str:
    """The verdict, then each hop with its decision, its reason and its source."""
    paint = {True: style.green, False: style.red, None: style.yellow}[trace["reachable"]]
    lines = [paint(style.bold(reach_verdict(trace))), ""]
    for number, hop in enumerate(trace["hops"], 1):
        tint = {"pass": style.green, "block": style.red}.get(hop["decision"], style.yellow)
        lines.append(f"  {number}  {tint(_MARKS[hop['decision']])} {name(hop['at'])}")
        source = style.dim(f"({name(hop['source'])})")
        lines += style.wrap(f"{name(hop['reason'], 600)} {source}", "       ")
    return "\n".join([*lines, ""])


def traces_text(traces: Iterable[Document], style: Style) -> str:
    """A table: one line for each trace, with the hop that decided."""
    rows: list[tuple[str, ...]] = []
    counts = {True: 0, False: 0, None: 0}
    for trace in traces:
        counts[trace["reachable"]] += 1
        mark = {True: style.green("✓"), False: style.red("✗"), None: style.yellow("?")}[trace["reachable"]]
        rows.append((mark, name(trace["from"], 60), name(trace["to"], 60), name(trace["hops"][-1]["reason"], 400)))
    told = f"{counted(len(rows), 'pair')}: {counts[True]:,} reachable, {counts[False]:,} not, {counts[None]:,} unknown."
    return "\n".join([*columns(rows), *([""] if rows else []), style.bold(told), ""])
