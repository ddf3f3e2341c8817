"""What a plan opens and closes, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from planner.diagnostics import counted
from planner.network.flows import FlowEntry, FlowsEntry, TrafficEntry
from planner.network.openings import LinkedInstances, OpeningEntry, ReachabilityEntry
from planner.network.traffic import Span, traffic_words
from planner.render.terminal import Style, name

_IDS_SHOWN = 3
_NOTHING_THERE = "nothing is known to be deployed there"
_NOTHING_REACHED = "no range of it is known to be reachable"
_SILENT = "; security groups block all traffic"


def reach_lines(reachability: ReachabilityEntry | None, style: Style, limit: int) -> list[str]:
    """`Opens   i-1, i-7 → vpc-a (172.16.0.0/12): 12 resources`, at most about `limit` of them each way."""
    if not reachability:
        return []
    return [
        *_lines("Opens ", opened_words(reachability), style, style.green, limit),
        *_lines("Closes", closed_words(reachability), style, style.red, limit),
    ]


def opened_words(reachability: ReachabilityEntry) -> list[str]:
    """What opens: by VPC, then by security group and port. Not yet escaped."""
    flows = reachability.get("by_security_group")
    return [*_words(reachability.get("opened") or (), flows["opened"] if flows else ()), *_more(flows)]


def closed_words(reachability: ReachabilityEntry) -> list[str]:
    """What closes: by VPC, then by security group and port. Not yet escaped."""
    flows = reachability.get("by_security_group")
    return _words(reachability.get("closed") or (), flows["closed"] if flows else ())


def _words(entries: Sequence[OpeningEntry], flows: Sequence[FlowEntry]) -> list[str]:
    return [*map(entry_words, entries), *map(flow_words, flows)]


def _more(flows: FlowsEntry | None) -> list[str]:
    complete = flows is None or flows["complete"]
    return [] if complete else ["or closes more by security group: hosts are in too many combinations of groups"]


def _lines(word: str, changes: Sequence[str], style: Style, tint: Callable[[str], str], limit: int) -> list[str]:
    lines = [
        line
        for words in changes[:limit]
        for line in style.wrap(f"{tint(word)}  {name(words, 400)}", after=" " * (len(word) + 2))
    ]
    return [*lines, f"        … and {len(changes) - limit:,} more"] if len(changes) > limit else lines


def entry_words(entry: OpeningEntry) -> str:
    """The instances that gain or lose one VPC, and what of it that is. Not yet escaped."""
    owner = f", of {entry['provider']}" if "provider" in entry else ""
    block = entry["cidr_block"]
    ranges = ", ".join(entry["ranges"]) or block or "not seen"
    if block and not entry["ranges"]:  # such as 10.0.0.0/8 without a vSwitch within 10.111.0.0/16
        return f"{_instances(entry['instances'])} → {entry['vpc_id']} ({block}{owner}): {_NOTHING_REACHED}"
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in entry["resources"].items())
    resources = counted(entry["resource_count"], "resource") if entry["resource_count"] else _NOTHING_THERE
    return (
        f"{_instances(entry['instances'])} → {entry['vpc_id']} ({ranges}{owner}): {resources}"
        f"{f' ({kinds})' if kinds else ''}{_SILENT if entry.get('carries_nothing') else ''}"
    )


def flow_words(entry: FlowEntry) -> str:
    """`sg-web → sg-db (vpc-a): tcp 3306, 1 pair`. Not yet escaped."""
    owner = f", of {entry['provider']}" if "provider" in entry else ""
    sources, targets = (
        " + ".join(entry[side]) or "no group" for side in ("source_security_group_ids", "target_security_group_ids")
    )
    traffic = traffic_words(map(_span, entry["traffic"]))
    return f"{sources} → {targets} ({entry['vpc_id']}{owner}): {traffic}, {counted(entry['pairs'], 'pair')}"


def _span(entry: TrafficEntry) -> Span:
    first, _, last = entry["port_range"].partition("/")
    return Span(entry["ip_protocol"], int(first), int(last))


def _instances(instances: LinkedInstances) -> str:
    count, ids = instances["count"], instances["ids"]
    if count <= _IDS_SHOWN:
        return ", ".join(ids)
    return f"{count:,} instances ({', '.join(ids[:_IDS_SHOWN])} and {count - _IDS_SHOWN:,} more)"
