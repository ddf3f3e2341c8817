"""Which addresses can talk to the classic network, what is in the way, and which blocks are free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from planner.render.terminal import Style, columns, name

Document = Mapping[str, Any]


def survey_text(verdicts: Iterable[Document], style: Style) -> str:
    """A paragraph for each VPC: whether it can talk, its vSwitches, its conflicts."""
    return "\n".join(_vpc(verdict, style) for verdict in verdicts)


def _vpc(verdict: Document, style: Style) -> str:
    source = style.dim(f"({name(verdict['source'])})")
    lines = [f"{_mark(verdict['can_talk'], style)} {style.bold(name(verdict['vpc_id']))} {name(verdict['cidr_block'])}"]
    lines += style.wrap(f"{name(verdict['reason'], 400)} {source}", "    ")
    lines += columns(
        (
            f"    {_mark(vswitch['can_talk'], style)} {name(vswitch['vswitch_id'], 60)}",
            name(vswitch["cidr_block"]),
            name(vswitch["reason"]),
        )
        for vswitch in verdict["vswitches"]
    )
    for conflict in verdict["conflicts"]:
        level = style.red("conflict") if conflict["blocks"] else style.yellow("beware")
        what = f"{conflict['kind'].replace('_', ' ')} {conflict['what']}"
        lines += style.wrap(
            f"{level}: {name(what)} with {name(conflict['conflicts_with'])}. {name(conflict['reason'], 400)}", "    "
        )
    return "\n".join([*lines, ""])


def _mark(can_talk: bool, style: Style) -> str:
    return style.green("✓") if can_talk else style.red("✗")


def free_text(free: Document) -> str:
    """The free blocks in 10.111.0.0/16, one a line, after how many there are."""
    told = f"{free['count']:,} free blocks of size /{free['prefix_length']} in 10.111.0.0/16"
    more = free["count"] - len(free["blocks"])
    return "\n".join(
        [
            f"{told}{':' if free['blocks'] else '.'}",
            *(f"  {block}" for block in free["blocks"]),
            *([f"  … and {more:,} more"] if more else []),
            "",
        ]
    )
