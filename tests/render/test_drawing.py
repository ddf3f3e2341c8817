from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from planner.network.identity import Subject
from planner.render.drawing import GONE, NARROW, NEW, STAYS, WIDE, Crowd, Drawing, Join, Layout, draw
from planner.render.terminal import width_of


def _drawn(joins: list[Join], notes: dict[Subject, list[str]] | None = None, layout: Layout = WIDE) -> Drawing:
    drawing = draw(joins, notes or {}, layout=layout)
    assert drawing is not None
    return drawing


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw([], {}) is None


def test_instances_with_the_same_links_are_one_box() -> None:
    drawing = _drawn([Join(f"i-{number}", "vpc-a", NEW) for number in range(1000)])
    assert [(box.title, box.notes) for box in drawing.groups] == [("1,000 instances", ("i-0 … i-999",))]
    assert [line.kind for line in drawing.lines] == [NEW]


def test_a_move_is_one_box_with_a_line_that_goes_and_one_that_comes() -> None:
    drawing = _drawn([Join("i-1", "vpc-old", GONE), Join("i-1", "vpc-new", NEW), Join("i-2", "vpc-new", STAYS)])
    assert {box.title for box in drawing.groups} == {"i-1", "i-2"}
    assert sorted(line.kind for line in drawing.lines) == [GONE, NEW, STAYS]


def test_a_vpc_without_links_is_drawn_with_its_note() -> None:
    notes = {("", "vpc-a"): ["172.16.0.0/12", "3 links"]}
    assert [(box.title, box.notes) for box in _drawn([], notes).vpcs] == [("vpc-a", ("172.16.0.0/12, 3 links",))]
    assert [box.notes for box in _drawn([], notes, NARROW).vpcs] == [("172.16.0.0/12", "3 links")]


def test_a_crowd_that_stays_is_one_box_with_those_named_who_stay_too() -> None:
    joins = [Join("i-x", "vpc-a", STAYS), Join("i-y", "vpc-a", GONE)]
    drawing = draw(joins, {}, [Crowd(("", "vpc-a"), 411, ["i-1", "i-2"])])
    assert drawing is not None
    assert {box.title: box.notes for box in drawing.groups} == {
        "412 instances": ("i-x, i-1 and 410 more",),
        "i-y": ("classic instance",),
    }
    assert sorted(line.kind for line in drawing.lines) == [GONE, STAYS]


def test_what_is_not_drawn_is_reported() -> None:
    drawing = _drawn([Join(f"i-{number}", f"vpc-{number}", NEW) for number in range(100)])
    assert len(drawing.vpcs) == 40
    assert drawing.left_out == "Not drawn: 60 VPCs and 60 groups of instances."


def test_the_same_ids_of_two_providers_are_drawn_apart() -> None:
    joins = [Join("i-1", "vpc-a", STAYS, "mock"), Join("i-1", "vpc-a", NEW, "mock.lab")]
    notes = {("mock", "vpc-a"): ["mock: 172.16.0.0/12"], ("mock.lab", "vpc-a"): ["mock.lab: 172.16.0.0/12"]}
    drawing = draw(joins, notes, [Crowd(("mock.lab", "vpc-a"), 2, ["i-2", "i-3"])])
    assert drawing is not None
    assert [box.title for box in drawing.groups] == ["i-1", "i-1", "2 instances"]
    assert [box.notes for box in drawing.vpcs] == [("mock: 172.16.0.0/12",), ("mock.lab: 172.16.0.0/12",)]


JOINS = st.builds(Join, st.text(min_size=1), st.text(min_size=1), st.sampled_from([NEW, GONE, STAYS]))


@given(st.lists(JOINS, min_size=1), st.sampled_from([WIDE, NARROW]))
def test_every_box_lies_within_the_drawing_and_every_text_within_its_box(joins: list[Join], layout: Layout) -> None:
    drawing = _drawn(joins, {join.vpc: ["172.16.0.0/12", "998 → 1,000 of 1,000 links"] for join in joins}, layout)
    for box in (*drawing.groups, *drawing.vpcs):
        assert box.x >= 0
        assert box.x + layout.box_width <= layout.width
        assert box.y >= 0
        assert box.y + layout.box_height <= drawing.height
        assert width_of(box.title) <= layout.title_columns
        assert len(box.notes) <= (2 if layout is NARROW else 1)
        assert all(width_of(note) <= layout.note_columns for note in box.notes)
