"""A plan's steps as a graph."""

from __future__ import annotations

from typing import Any

from planner.render.plan_graph import Arrow, arrows, to_dot, to_mermaid
from support.small_estates import link, plan, remembered, world


def swap() -> Any:
    cloud = world("a b", {"i-1": "a", "i-2": "b"})
    return plan((link("i-1", "b"), link("i-2", "a")), remembered(link("i-1", "a"), link("i-2", "b")), cloud, quota=1)


def test_needs_that_follow_from_others_are_left_out_but_for_slots() -> None:
    assert [step["needs"] for step in swap()["steps"]] == [[], [1], [1, 2], [1, 2]]
    assert arrows(swap()) == (Arrow(1, 2), Arrow(1, 3, slot=True), Arrow(2, 3), Arrow(2, 4, slot=True))


def test_dot_shows_steps_slots_and_who_is_parked() -> None:
    assert to_dot(swap()).splitlines() == [
        "digraph plan {",
        '  rankdir = "LR"',
        "  node [shape = box]",
        '  s1 [label = "1  detach i-1 from a (parked)", style = dashed]',
        '  s2 [label = "2  detach i-2 from b"]',
        '  s3 [label = "3  attach i-2 to a"]',
        '  s4 [label = "4  attach i-1 to b"]',
        "  s1 -> s2",
        '  s1 -> s3 [label = "slot", penwidth = 2]',
        "  s2 -> s3",
        '  s2 -> s4 [label = "slot", penwidth = 2]',
        "}",
    ]


def test_mermaid_shows_the_same() -> None:
    assert to_mermaid(swap()).splitlines() == [
        "flowchart LR",
        '  s1["1  detach i-1 from a (parked)"]',
        '  s2["2  detach i-2 from b"]',
        '  s3["3  attach i-2 to a"]',
        '  s4["4  attach i-1 to b"]',
        "  s1 --> s2",
        "  s1 == slot ==> s3",
        "  s2 --> s3",
        "  s2 == slot ==> s4",
    ]


def test_names_cannot_break_out_of_their_labels() -> None:
    document = plan((link('i"]-->', "a"),), remembered(), world("a", extra='i"]-->'))
    assert 'label = "1  attach i\\"]--> to a"' in to_dot(document)
    assert '"]-->' not in to_mermaid(document).replace('"]\n', "")
