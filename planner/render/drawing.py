"""A drawing of VPCs and links: where everything stands, ready to be put into an SVG.

Instances that are joined to the same VPCs in the same way are one box, so that a thousand links are one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from planner.render.terminal import counted, escape, width_of

NEW, GONE, STAYS = "new", "gone", "stays"

_BOXES = 40
"""How many boxes of each kind are drawn."""
_WIDTH, _LEFT, _RIGHT, _BOX_WIDTH, _BOX_HEIGHT, _PITCH, _TOP = 880, 10, 590, 280, 52, 72, 44
_TITLE_COLUMNS, _NOTE_COLUMNS = 34, 42
_SAMPLE = 3


@dataclass(frozen=True, slots=True)
class Join:
    """One instance's link to one VPC: new, gone, or staying."""

    instance_id: str
    vpc_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Box:
    x: int
    y: int
    title: str
    note: str


@dataclass(frozen=True, slots=True)
class Line:
    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes and lines in a plane of `width` × `height`; `left_out` says what is not drawn."""

    width: int
    height: int
    box_width: int
    box_height: int
    groups: Sequence[Box]
    vpcs: Sequence[Box]
    lines: Sequence[Line]
    left_out: str = ""


def draw(joins: Iterable[Join], vpc_notes: Mapping[str, str]) -> Drawing | None:
    """The drawing of these links, or None where there is nothing to draw. `vpc_notes` is the second line of a VPC."""
    groups = _groups(joins)
    vpcs = list(dict.fromkeys([*(vpc for ends in groups for vpc, _ in ends), *vpc_notes]))
    if not vpcs:
        return None
    rows = {vpc: row for row, vpc in enumerate(vpcs[:_BOXES])}
    shown = sorted(
        (item for item in groups.items() if any(vpc in rows for vpc, _ in item[0])),
        key=lambda item: [rows.get(vpc, _BOXES) for vpc, _ in reversed(item[0])],
    )[:_BOXES]
    height = _TOP + _PITCH * max(len(rows), len(shown))
    group_tops = _tops(len(shown), height)
    vpc_tops = _tops(len(rows), height)
    return Drawing(
        width=_WIDTH,
        height=height,
        box_width=_BOX_WIDTH,
        box_height=_BOX_HEIGHT,
        groups=[_group_box(members, top) for (_, members), top in zip(shown, group_tops, strict=True)],
        vpcs=[
            Box(_RIGHT, top, _fit(vpc, _TITLE_COLUMNS), _fit(vpc_notes.get(vpc, ""), _NOTE_COLUMNS))
            for vpc, top in zip(rows, vpc_tops, strict=True)
        ],
        lines=[
            Line(_curve(top, vpc_tops[rows[vpc]]), kind)
            for (ends, _), top in zip(shown, group_tops, strict=True)
            for vpc, kind in ends
            if vpc in rows
        ],
        left_out=_left_out(len(vpcs) - len(rows), len(groups) - len(shown)),
    )


def _groups(joins: Iterable[Join]) -> dict[tuple[tuple[str, str], ...], list[str]]:
    """Instances by what they are joined to: (VPC, kind) pairs, the link that goes first."""
    ends: dict[str, list[tuple[str, str]]] = {}
    for join in joins:
        ends.setdefault(join.instance_id, []).append((join.vpc_id, join.kind))
    groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for instance, pairs in ends.items():
        groups.setdefault(tuple(sorted(set(pairs), key=lambda pair: pair[1])), []).append(instance)
    return groups


def _tops(count: int, height: int) -> list[int]:
    room = (height - _TOP) / max(1, count)
    return [round(_TOP + room * row + (room - _BOX_HEIGHT) / 2) for row in range(count)]


def _group_box(members: Sequence[str], top: int) -> Box:
    if len(members) == 1:
        return Box(_LEFT, top, _fit(members[0], _TITLE_COLUMNS), "classic instance")
    listed = ", ".join(members) if len(members) <= _SAMPLE else f"{', '.join(members[:_SAMPLE])}, … {members[-1]}"
    ends = f"{members[0]} … {members[-1]}"
    note = listed if width_of(listed) <= _NOTE_COLUMNS else ends
    return Box(_LEFT, top, counted(len(members), "instance"), _fit(note, _NOTE_COLUMNS))


def _fit(text: str, columns: int) -> str:
    """Foreign text, cut at the end so that it stays within a box."""
    shown = escape(text[: columns * 2])
    while width_of(shown) > columns:
        shown = shown[:-2] + "…"
    return shown


def _curve(group_top: int, vpc_top: int) -> str:
    x1, y1 = _LEFT + _BOX_WIDTH, group_top + _BOX_HEIGHT // 2
    x2, y2 = _RIGHT, vpc_top + _BOX_HEIGHT // 2
    middle = (x1 + x2) // 2
    return f"M{x1},{y1} C{middle},{y1} {middle},{y2} {x2},{y2}"


def _left_out(vpcs: int, groups: int) -> str:
    parts = [
        counted(number, *word)
        for number, word in ((vpcs, ("VPC",)), (groups, ("group of instances", "groups of instances")))
        if number
    ]
    return f"Not drawn: {' and '.join(parts)}." if parts else ""
