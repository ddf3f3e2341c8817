"""What a plan opens and closes, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from planner.diagnostics import counted
from planner.network.openings import LinkedInstances, OpeningEntry, ReachabilityEntry
from planner.render.terminal import Style, name

_IDS_TOLD = 3
_NOTHING_THERE = "nothing is known to be deployed there"


def reach_lines(reachability: ReachabilityEntry | None, style: Style, limit: int) -> list[str]:
    """`Opens   i-1, i-7 → vpc-a (172.16.0.0/12): 12 resources`, at most about `limit` of them each way."""
    if not reachability:
        return []
    return [
        *_lines("Opens ", reachability.get("opened") or (), style, style.green, limit),
        *_lines("Closes", reachability.get("closed") or (), style, style.red, limit),
    ]


def _lines(
    word: str, entries: Sequence[OpeningEntry], style: Style, tint: Callable[[str], str], limit: int
) -> list[str]:
    lines = [
        line
        for entry in entries[:limit]
        for line in style.wrap(f"{tint(word)}  {name(entry_words(entry), 400)}", after=" " * (len(word) + 2))
    ]
    return [*lines, f"        … and {counted(len(entries) - limit, 'more VPC')}"] if len(entries) > limit else lines


def entry_words(entry: OpeningEntry) -> str:
    """The instances that gain or lose one VPC, and what of it that is. Not yet escaped."""
    owner = f", of {entry['provider']}" if "provider" in entry else ""
    ranges = ", ".join(entry["ranges"]) or entry["cidr_block"] or "not seen"
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in entry["resources"].items())
    resources = counted(entry["resource_count"], "resource") if entry["resource_count"] else _NOTHING_THERE
    return (
        f"{_instances(entry['instances'])} → {entry['vpc_id']} ({ranges}{owner}): {resources}"
        f"{f' ({kinds})' if kinds else ''}"
    )


def _instances(instances: LinkedInstances) -> str:
    count, ids = instances["count"], instances["ids"]
    if count <= _IDS_TOLD:
        return ", ".join(ids)
    return f"{count:,} instances ({', '.join(ids[:_IDS_TOLD])} and {count - _IDS_TOLD:,} more)"
