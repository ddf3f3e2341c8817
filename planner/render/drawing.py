"""A drawing of VPCs and links: where everything stands, ready to be put into an SVG.

Instances that are joined to the same VPCs in the same way are one box, so that a thousand links are one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from planner.diagnostics import counted
from planner.network.identity import Subject
from planner.render.terminal import escape, width_of
from planner.render.words import ids_listed

NEW, GONE, STAYS = "new", "gone", "stays"

_BOXES = 40
"""How many boxes of each kind are drawn."""
_TOP = 44
_SAMPLE = 2
"""How many instances of a crowd are named."""


class Layout(Struct, frozen=True):
    """Where things are in a plane: two columns of boxes, and how much text fits into one."""

    name: str
    width: int
    right: int
    box_width: int
    box_height: int
    title_columns: int
    note_columns: int
    left: int = 10

    @property
    def pitch(self) -> int:
        return self.box_height + 20


WIDE = Layout("wide", width=880, right=590, box_width=280, box_height=52, title_columns=34, note_columns=42)
NARROW = Layout("narrow", 360, 205, 150, 68, title_columns=18, note_columns=23, left=5)
"""For a phone: a note has two lines."""


class Join(Struct, frozen=True):
    """One instance's link to one VPC: new, gone, or staying. `provider` is empty where there is only one."""

    instance_id: str
    vpc_id: str
    kind: str
    provider: str = ""

    @property
    def instance(self) -> Subject:
        return self.provider, self.instance_id

    @property
    def vpc(self) -> Subject:
        return self.provider, self.vpc_id


class Crowd(Struct, frozen=True):
    """Links of one VPC that stay, more than are worth naming: how many, and the first instances of them."""

    vpc: Subject
    count: int
    instance_ids: Sequence[str]


class Box(Struct, frozen=True):
    x: int
    y: int
    title: str
    notes: Sequence[str]


class Line(Struct, frozen=True):
    path: str
    kind: str


class Drawing(Struct, frozen=True):
    """Boxes and lines in a plane as wide as the layout says; `left_out` says what is not drawn."""

    layout: Layout
    height: int
    groups: Sequence[Box]
    vpcs: Sequence[Box]
    lines: Sequence[Line]
    left_out: str = ""


def draw(
    joins: Iterable[Join],
    vpc_notes: Mapping[Subject, Sequence[str]],
    crowds: Iterable[Crowd] = (),
    layout: Layout = WIDE,
) -> Drawing | None:
    """The drawing of these links, or None where there is nothing to draw. `vpc_notes` are the facts of each VPC."""
    groups = _groups(joins)
    for crowd in crowds:
        members = groups.setdefault(((crowd.vpc, STAYS),), _Members())
        members.count += crowd.count
        members.ids += crowd.instance_ids
    vpcs = list(dict.fromkeys([*(vpc for ends in groups for vpc, _ in ends), *vpc_notes]))
    if not vpcs:
        return None
    rows = {vpc: row for row, vpc in enumerate(vpcs[:_BOXES])}
    shown = sorted(
        (item for item in groups.items() if any(vpc in rows for vpc, _ in item[0])),
        key=lambda item: [rows.get(vpc, _BOXES) for vpc, _ in reversed(item[0])],
    )[:_BOXES]
    height = _TOP + layout.pitch * max(len(rows), len(shown))
    group_tops = _tops(len(shown), height, layout)
    vpc_tops = _tops(len(rows), height, layout)
    return Drawing(
        layout=layout,
        height=height,
        groups=[_group_box(members, top, layout) for (_, members), top in zip(shown, group_tops, strict=True)],
        vpcs=[
            Box(layout.right, top, _fit(vpc[1], layout.title_columns), _notes(vpc_notes.get(vpc, ()), layout))
            for vpc, top in zip(rows, vpc_tops, strict=True)
        ],
        lines=[
            Line(_curve(top, vpc_tops[rows[vpc]], layout), kind)
            for (ends, _), top in zip(shown, group_tops, strict=True)
            for vpc, kind in ends
            if vpc in rows
        ],
        left_out=_left_out(len(vpcs) - len(rows), len(groups) - len(shown)),
    )


class _Members(Struct):
    """The instances of a group, as far as they are named."""

    count: int = 0
    ids: list[str] = field(default_factory=list)


def _groups(joins: Iterable[Join]) -> dict[tuple[tuple[Subject, str], ...], _Members]:
    """Instances by what they are joined to: (VPC, kind) pairs, the link that goes first."""
    ends: dict[Subject, list[tuple[Subject, str]]] = {}
    for join in joins:
        ends.setdefault(join.instance, []).append((join.vpc, join.kind))
    groups: dict[tuple[tuple[Subject, str], ...], _Members] = {}
    for (_, instance), pairs in ends.items():
        members = groups.setdefault(tuple(sorted(set(pairs), key=lambda pair: pair[1])), _Members())
        members.count += 1
        members.ids.append(instance)
    return groups


def _tops(count: int, height: int, layout: Layout) -> list[int]:
    room = (height - _TOP) / max(1, count)
    return [round(_TOP + room * row + (room - layout.box_height) / 2) for row in range(count)]


def _group_box(members: _Members, top: int, layout: Layout) -> Box:
    if members.count == 1:
        return Box(layout.left, top, _fit(members.ids[0], layout.title_columns), ("classic instance",))
    unnamed = members.count - len(members.ids)
    first = f"{', '.join(members.ids[:_SAMPLE])} and {members.count - _SAMPLE:,} more"
    note = first if unnamed else ids_listed(members.ids)
    return Box(layout.left, top, counted(members.count, "instance"), _notes((note,), layout))


def _notes(facts: Sequence[str], layout: Layout) -> Sequence[str]:
    """The facts in one line, or where the boxes are narrow in a line each."""
    lines = facts if layout is NARROW else (", ".join(facts),)
    return tuple(_fit(line, layout.note_columns) for line in lines if line)


def _fit(text: str, columns: int) -> str:
    """Foreign text, cut at the end so that it stays within a box."""
    shown = escape(text[: columns * 2])
    while width_of(shown) > columns:
        shown = shown[:-2] + "…"
    return shown


def _curve(group_top: int, vpc_top: int, layout: Layout) -> str:
    x1, y1 = layout.left + layout.box_width, group_top + layout.box_height // 2
    x2, y2 = layout.right, vpc_top + layout.box_height // 2
    middle = (x1 + x2) // 2
    return f"M{x1},{y1} C{middle},{y1} {middle},{y2} {x2},{y2}"


def _left_out(vpcs: int, groups: int) -> str:
    parts = [
        counted(number, *word)
        for number, word in ((vpcs, ("VPC",)), (groups, ("group of instances", "groups of instances")))
        if number
    ]
    return f"Not drawn: {' and '.join(parts)}." if parts else ""
