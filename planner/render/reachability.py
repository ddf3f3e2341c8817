"""What a plan opens and closes, as lines of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from planner.render.terminal import Style, name


def reach_lines(reachability: Mapping[str, Any] | None, style: Style, limit: int) -> list[str]:
    """`Opens  i-1, i-7 → vpc-a (172.16.0.0/12): 12 resources`, on at most `limit` lines each way."""
    if not reachability:
        return []
    return [
        *_lines("Opens ", reachability.get("opened") or (), style.green, limit),
        *_lines("Closes", reachability.get("closed") or (), style.red, limit),
    ]


def _lines(word: str, entries: Sequence[Mapping[str, Any]], tint: Any, limit: int) -> list[str]:
    lines = [f"{tint(word)}  {name(entry_words(entry), 400)}" for entry in entries[:limit]]
    return [*lines, f"        … and {len(entries) - limit:,} more"] if len(entries) > limit else lines


def entry_words(entry: Mapping[str, Any]) -> str:
    """One entry in words; not yet escaped."""
    return str(entry)
