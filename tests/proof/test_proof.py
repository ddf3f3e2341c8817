"""The proof: plans that hold, plans that do not, and every plan that has been tampered with."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.proof import verify
from support.small_plans import Document, document, legal_in_every_order, step, valid_plans, world_of

FULL = {"linked": 1000, "quota": 1000, "enabled": True}
LAST = {"linked": 1, "quota": 1000, "enabled": True}
EMPTY = {"linked": 0, "quota": 1000, "enabled": True}
OFF = {"linked": 0, "quota": 1000, "enabled": False}


def swap() -> Document:
    """Two instances change places between two full VPCs: one is parked."""
    return document(
        [
            step(1, "detach i-1 vpc-a"),
            step(2, "detach i-2 vpc-b", (1,)),
            step(3, "attach i-2 vpc-a", (1, 2), slot=1),
            step(4, "attach i-1 vpc-b", (1, 2), slot=2),
        ],
        {"vpc-a": FULL, "vpc-b": FULL},
        {"i-1": "vpc-a", "i-2": "vpc-b"},
    )


def everything() -> Document:
    """Every action once: drain vpc-a, switch it off, and go to vpc-b, which is switched on."""
    return document(
        [
            step(1, "enable_classic_link vpc-b"),
            step(2, "add_guest_route i-1"),
            step(3, "detach i-1 vpc-a", (1, 2)),
            step(4, "attach i-1 vpc-b", (1, 2, 3), slot=0),
            step(5, "detach i-2 vpc-a"),
            step(6, "remove_guest_route i-2", (5,)),
            step(7, "disable_classic_link vpc-a", (3, 5)),
        ],
        {"vpc-a": {"linked": 2, "quota": 1000, "enabled": True}, "vpc-b": OFF},
        {"i-1": "vpc-a", "i-2": "vpc-a"},
    )


def switched_off_and_on() -> Document:
    """The enablement is replaced, with its one link."""
    return document(
        [
            step(1, "detach i-1 vpc-a"),
            step(2, "disable_classic_link vpc-a", (1,)),
            step(3, "enable_classic_link vpc-a", (2,)),
            step(4, "attach i-1 vpc-a", (1, 3), slot=1),
        ],
        {"vpc-a": LAST},
        {"i-1": "vpc-a"},
    )


PLANS = {"swap": swap, "everything": everything, "switched off and on": switched_off_and_on}


@pytest.mark.parametrize("name", PLANS)
def test_a_legal_plan_holds(name: str) -> None:
    plan = PLANS[name]()
    assert verify(plan) == ()
    assert verify(plan, world_of(plan)) == ()
    assert legal_in_every_order(plan)


def test_a_plan_without_steps_holds() -> None:
    assert verify(document([], {}, {})) == ()


ROUTED = EMPTY | {"guest_route": True}

ILLEGAL = {
    "Step 2 (attach i-1 vpc-a) does not need step 1, which removes a guest route": document(
        [step(1, "remove_guest_route i-1"), step(2, "attach i-1 vpc-a", slot=0)], {"vpc-a": ROUTED}, {"i-1": None}
    ),
    "Step 1 (attach i-1 vpc-a) does not need step 2, which removes a guest route": document(
        [step(1, "attach i-1 vpc-a", slot=0), step(2, "remove_guest_route i-1")], {"vpc-a": ROUTED}, {"i-1": None}
    ),
    "does not need step 1, which removes the same guest route": document(
        [step(1, "remove_guest_route i-1"), step(2, "add_guest_route i-1")], {}, {"i-1": None}
    ),
    "finds ClassicLink disabled, and no step": document(
        [step(1, "attach i-1 vpc-a", slot=0)], {"vpc-a": OFF}, {"i-1": None}
    ),
    "linked to vpc-b": document([step(1, "attach i-1 vpc-a", slot=0)], {"vpc-a": EMPTY}, {"i-1": "vpc-b"}),
    "finds its instance unlinked": document([step(1, "detach i-1 vpc-a")], {"vpc-a": FULL}, {"i-1": None}),
    "where 1000 of 1000 slots are taken": document(
        [step(1, "attach i-1 vpc-a", slot=0)], {"vpc-a": FULL}, {"i-1": None}
    ),
    "does not need step 1, the one before it": document(
        [step(1, "detach i-1 vpc-a"), step(2, "attach i-1 vpc-b", slot=0)],
        {"vpc-a": FULL, "vpc-b": EMPTY},
        {"i-1": "vpc-a"},
    ),
    "does not need step 1, which enables": document(
        [step(1, "enable_classic_link vpc-a"), step(2, "attach i-1 vpc-a", slot=0)], {"vpc-a": OFF}, {"i-1": None}
    ),
    "2 links are there at the start": document(
        [step(1, "detach i-1 vpc-a"), step(2, "disable_classic_link vpc-a", (1,))],
        {"vpc-a": {"linked": 2, "quota": 1000, "enabled": True}},
        {"i-1": "vpc-a"},
    ),
    "finds ClassicLink enabled": document([step(1, "enable_classic_link vpc-a")], {"vpc-a": EMPTY}, {}),
    "finds ClassicLink disabled.": document([step(1, "disable_classic_link vpc-a")], {"vpc-a": OFF}, {}),
    "as another one does": document(
        [
            step(1, "detach i-1 vpc-a"),
            step(2, "attach i-2 vpc-a", (1,), slot=1),
            step(3, "attach i-3 vpc-a", (1,), slot=1),
        ],
        {"vpc-a": FULL},
        {"i-1": "vpc-a", "i-2": None, "i-3": None},
    ),
    "is not a detach from vpc-a": document(
        [step(1, "detach i-1 vpc-b"), step(2, "attach i-2 vpc-a", (1,), slot=1)],
        {"vpc-a": FULL, "vpc-b": FULL},
        {"i-1": "vpc-b", "i-2": None},
    ),
    "which adds a guest route it relies on": document(
        [step(1, "add_guest_route i-1"), step(2, "attach i-1 vpc-a", slot=0)], {"vpc-a": EMPTY}, {"i-1": None}
    ),
    "the detach of its instance": document(
        [step(1, "detach i-1 vpc-a"), step(2, "remove_guest_route i-1")], {"vpc-a": FULL}, {"i-1": "vpc-a"}
    ),
    "is not an earlier one": document(
        [step(1, "detach i-1 vpc-a", (2,)), step(2, "detach i-2 vpc-b", (1,))],
        {"vpc-a": FULL, "vpc-b": FULL},
        {"i-1": "vpc-a", "i-2": "vpc-b"},
    ),
}


@pytest.mark.parametrize("why", ILLEGAL)
def test_an_illegal_plan_is_refused_with_the_reason(why: str) -> None:
    assert not legal_in_every_order(ILLEGAL[why])
    assert any(why in problem for problem in verify(ILLEGAL[why]))


def test_links_of_others_that_came_since_do_no_harm_while_there_is_room() -> None:
    plan = document([step(1, "attach i-1 vpc-a", slot=0)], {"vpc-a": {**EMPTY, "linked": 998}}, {"i-1": None})
    for linked, holds in ((998, True), (999, True), (1000, False), (0, True)):
        later = document([], {"vpc-a": {**EMPTY, "linked": linked}}, {"i-1": None})
        assert (verify(plan, world_of(later)) == ()) == holds


def test_a_disable_does_not_hold_where_a_link_came_since() -> None:
    plan = document([step(1, "disable_classic_link vpc-a")], {"vpc-a": EMPTY}, {})
    later = document([], {"vpc-a": LAST}, {})
    assert verify(plan, world_of(plan)) == ()
    assert any("1 links are there" in problem for problem in verify(plan, world_of(later)))


def test_the_facts_are_compared_with_the_world() -> None:
    plan = swap()
    world = world_of(plan)
    moved = copy.deepcopy(plan)
    moved["proof"]["vpcs"]["vpc-c"] = {"linked": 1, "quota": 1000, "enabled": True}
    assert verify(plan, world) == ()
    assert any("vpc-c does not exist" in problem for problem in verify(moved, world))


# ---------------------------------------------------------------------------------------------- tampering


Path = tuple[Any, ...]
GONE = object()


def alterations(plan: Document) -> Iterator[tuple[str, Path, Any]]:
    """Every field of every step, need, slot and fact altered in turn: what is done, where, and the new value."""
    for place in range(len(plan["steps"])):
        yield from step_alterations(plan, place)
    for vpc_id, facts in plan["proof"]["vpcs"].items():
        for field, value in facts.items():
            for other in (value + 1, value - 1, None) if field != "enabled" else (not value, None):
                yield f"proof {vpc_id} {field} {other}", ("proof", "vpcs", vpc_id, field), other
        yield f"proof {vpc_id} gone", ("proof", "vpcs", vpc_id), GONE
    for instance_id in plan["proof"]["instances"]:
        for other in (None, "vpc-a", "vpc-b", 7, GONE):
            yield f"proof {instance_id} {other}", ("proof", "instances", instance_id), other


def step_alterations(plan: Document, place: int) -> Iterator[tuple[str, Path, Any]]:
    count, original = len(plan["steps"]), plan["steps"][place]
    here: Path = ("steps", place)
    others = {
        "id": [*range(count + 2), None, "1", True],
        "action": ["attach", "detach", "enable_classic_link", "disable_classic_link", "add_guest_route", "fly", None],
        "address": ["classiclink_vpc.other", None],
        "instance_id": ["i-1", "i-2", "i-3", None],
        "vpc_id": ["vpc-a", "vpc-b", "vpc-c", None],
        "destination_cidr_block": ["192.168.0.0/16", "192.168.1.0/24", [], None],
        "provider": ["mock", "mock.other", None],
        "parked": [True, False, "no"],
        "reason": ["declared", "undeclared", "moved", "drain", 7, None],
        "slot": [{"from": "free"}, {"from": "moon"}, {"from": "step"}, None],
    }
    others["slot"] += [{"from": "step", "step": number} for number in range(count + 2)]
    for field, values in others.items():
        for value in values:
            yield f"{place + 1} {field} {value}", (*here, field), value
    for need in original["needs"]:
        left = [other for other in original["needs"] if other != need]
        yield f"{place + 1} need {need} dropped", (*here, "needs"), left
    for need in original["needs"]:
        yield f"{place + 1} need {need} twice", (*here, "needs"), [*original["needs"], need]
    for need in range(count + 2):
        yield f"{place + 1} need {need} added", (*here, "needs"), sorted({*original["needs"], need})
    yield f"{place + 1} gone", here, GONE
    yield f"{place + 1} doubled", ("steps",), [*plan["steps"][: place + 1], *plan["steps"][place:]]


def altered(plan: Document, path: Path, value: Any) -> Document:
    found = copy.deepcopy(plan)
    target = found
    for key in path[:-1]:
        target = target[key]
    if value is GONE:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return found


def same(plan: Document, mutant: Document) -> bool:
    """Whether nothing was altered: an absent field, null and false are the same."""
    return tidy(plan["steps"]) == tidy(mutant["steps"]) and plan["proof"] == mutant["proof"]


def tidy(steps: list[Document]) -> list[list[tuple[str, str]]]:
    return [
        sorted((key, repr(value)) for key, value in step.items() if value is not None and value is not False)
        for step in steps
    ]


HARMLESS = {
    r"need \d added": "one more need on an earlier step only takes orders away",
    r"quota 999": "fewer slots than the VPC has prove more, not less",
    r"linked \d+$": "the world is asked how many there are",
}
HARMLESS_HERE = {
    "swap": {},
    "everything": {},
    "switched off and on": {"4 slot {'from': 'free'}": "999 slots of vpc-a are free at the start"},
}


@pytest.mark.parametrize("name", PLANS)
def test_tampering_is_seen_unless_it_is_harmless(name: str) -> None:
    plan = PLANS[name]()
    world = world_of(plan)
    mutants = {what: altered(plan, path, value) for what, path, value in alterations(plan)}
    unseen = {what: one for what, one in mutants.items() if not same(plan, one) and verify(one, world) == ()}
    assert len(mutants) > 150
    assert all(legal_in_every_order(one) for one in unseen.values())
    particular = {what for what in unseen if not any(re.search(usual, what) for usual in HARMLESS)}
    assert particular == set(HARMLESS_HERE[name])


def test_more_links_cannot_be_named_than_are_counted() -> None:
    counted_low = altered(swap(), ("proof", "vpcs", "vpc-a", "linked"), 0)
    assert any("counts 0 links of vpc-a, but names 1" in problem for problem in verify(counted_low))


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        (("steps", 0, "parked"), False, "is not marked as parked"),
        (("steps", 1, "parked"), True, "its new slot is free by then"),
        (("steps", 1, "needs"), [], "step 2 (detach i-2 vpc-b) does not wait for step 1"),
        (("steps", 0, "reason"), "undeclared", "the change of classiclink_attachment.s1 makes it 'moved'"),
        (("steps", 0, "provider"), "mock.other", "classiclink_attachment.s1 belongs to mock"),
    ],
)
def test_a_swap_says_who_is_parked_why_and_by_whom(path: Path, value: Any, why: str) -> None:
    assert any(why.lower() in problem.lower() for problem in verify(altered(swap(), path, value)))


def test_a_guest_route_may_go_beside_an_attach_that_needs_none() -> None:
    steps = [step(1, "attach i-1 vpc-a", slot=0), step(2, "remove_guest_route i-1")]
    assert verify(document(steps, {"vpc-a": EMPTY}, {"i-1": None})) == ()


def test_that_links_need_a_guest_route_is_a_fact_of_the_world() -> None:
    steps = [step(1, "attach i-1 vpc-a", slot=0), step(2, "remove_guest_route i-1")]
    forged, true = ({"vpc-a": EMPTY | {"guest_route": needed}} for needed in (False, True))
    world = world_of(document(steps, true, {"i-1": None}))
    assert verify(document(steps, forged, {"i-1": None}), world) == (
        "Links to vpc-a need a guest route; the proof says that they need none.",
    )
    unneeded = world_of(document([], forged, {"i-1": None}))
    assert verify(document([], true, {"i-1": None}), unneeded) == ()


@pytest.mark.parametrize("destination", ["10.0.0.0/8", None, [], ""])
def test_a_guest_route_to_elsewhere_is_seen(destination: object) -> None:
    assert verify(altered(everything(), ("steps", 1, "destination_cidr_block"), destination))


@settings(max_examples=60)
@given(plan=valid_plans())
def test_a_plan_that_relies_on_exactly_its_needs_holds(plan: Document) -> None:
    assert legal_in_every_order(plan)
    assert verify(plan, world_of(plan)) == ()


@settings(max_examples=150)
@given(plan=valid_plans(), data=st.data())
def test_what_holds_is_legal_in_every_order_and_at_every_stop(plan: Document, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        kind = data.draw(st.sampled_from([" need ", " slot ", "proof", ""]))
        found = [alteration for alteration in alterations(plan) if kind in alteration[0]]
        if found:
            _, path, value = data.draw(st.sampled_from(found))
            plan = altered(plan, path, value)
        if verify(plan) != ():
            return
        assert legal_in_every_order(plan)


def two_lanes() -> Document:
    """Three moves, of which two may be under way at once."""
    plan = document(
        [
            step(1, "detach i-1 vpc-a"),
            step(2, "attach i-1 vpc-b", (1,), slot=0),
            step(3, "detach i-2 vpc-a"),
            step(4, "attach i-2 vpc-b", (3,), slot=0),
            step(5, "detach i-3 vpc-a", (2,)),
            step(6, "attach i-3 vpc-b", (5,), slot=0),
        ],
        {"vpc-a": {**LAST, "linked": 3}, "vpc-b": EMPTY},
        {"i-1": "vpc-a", "i-2": "vpc-a", "i-3": "vpc-a"},
    )
    plan["proof"] |= {"max_unavailable": 2, "lanes": [[1, 5], [3]]}
    return plan


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        (("proof", "max_unavailable"), 1, "2 lanes; at most 1"),
        (("proof", "max_unavailable"), "2", "a whole number as"),
        (("proof", "lanes"), [[1], [3], [5]], "3 lanes"),
        (("proof", "lanes"), [[1, 5]], "must contain each detach"),
        (("proof", "lanes"), [[1, 5], [3, 5]], "must contain each detach"),
        (("proof", "lanes"), [[1, 6], [3]], "must contain each detach"),
        (("proof", "lanes"), [[1], [3, 5]], "does not need step 4"),
        (("proof", "lanes"), [[5, 1], [3]], "does not need step 6"),
        (("proof", "lanes"), None, "a list as"),
        (("steps", 4, "needs"), [], "does not need step 2"),
        (("steps", 4, "needs"), [1], "does not need step 2"),
    ],
)
def test_no_more_moves_are_under_way_at_once_than_promised(path: Path, value: Any, why: str) -> None:
    assert verify(two_lanes()) == ()
    assert any(why in problem for problem in verify(altered(two_lanes(), path, value)))


def long_plan(moves: int) -> Document:
    """A chain of hand-offs between two full VPCs, a thousand links at a time, as many as asked for."""
    steps: list[Document] = []
    links: dict[str, str] = {}
    changes: dict[str, Document] = {}
    for group in range(0, moves, 1000):
        here, there = f"vpc-{group}", f"vpc-{group}-to"
        changes[here], changes[there] = FULL, EMPTY
        for number in range(group, min(group + 1000, moves)):
            links[f"i-{number}"] = here
            first = len(steps) + 1
            steps.append(step(first, f"detach i-{number} {here}"))
            steps.append(step(first + 1, f"attach i-{number} {there}", (first,), slot=0))
    return document(steps, changes, links)


def test_a_plan_of_forty_thousand_steps_is_proven() -> None:
    assert verify(long_plan(20_000)) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["attach", "i-1", "vpc-a", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "from", "step", "x"]), inner),
    max_leaves=6,
)


@settings(max_examples=150)
@given(plan=valid_plans(), data=st.data())
def test_no_document_makes_the_check_stumble(plan: Document, data: st.DataObject) -> None:
    target: Any = plan
    while True:
        keys = range(len(target)) if isinstance(target, list) else list(target)
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(target[key], dict | list) or data.draw(st.booleans()):
            target[key] = data.draw(JSON)
            break
        target = target[key]
    assert all(isinstance(problem, str) for problem in verify(plan))
