"""The state after an apply: what each kind of change leaves there, whichever of its steps were done."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from planner.address import parse_address
from planner.network.identity import Identity, Link
from planner.recovery.fold import PLANS_REMEMBERED, fold, standing_twice
from planner.state.model import State, StateOutput
from planner.values import replace
from support.applying import PlanMaker, address_of, attachment, entry_of, state_of
from support.documents import output

HERE = address_of("i-1")


def links(state: State) -> dict[str, Identity]:
    return {str(address): found.identity for address, found in state.objects.items()}


def folded(plan: PlanMaker, prior: State, *done: int) -> State:
    after = fold(prior, plan.document, set(done), {})
    assert fold(after, plan.document, set(done), {}) == after, "folding the same again changes something"
    return after


def test_what_was_made_is_there_only_when_its_step_was_done() -> None:
    plan = PlanMaker()
    plan.attach("i-1", "vpc-a")
    assert links(folded(plan, State(), 1)) == {HERE: Link("i-1", "vpc-a")}
    assert folded(plan, State()) == State()


def test_what_was_to_go_stays_until_its_step_is_done() -> None:
    plan, prior = PlanMaker(), state_of({"i-1": "vpc-a"})
    plan.detach("i-1", "vpc-a")
    assert links(folded(plan, prior, 1)) == {}
    assert folded(plan, prior) == prior


@pytest.mark.parametrize(
    ("done", "left"), [((), {HERE: Link("i-1", "vpc-a")}), ((1,), {}), ((1, 2), {HERE: Link("i-1", "vpc-b")})]
)
def test_what_moves_is_at_its_old_place_nowhere_or_at_its_new_one(done: Collection[int], left: Any) -> None:
    plan = PlanMaker()
    plan.move("i-1", "vpc-a", "vpc-b")
    assert links(folded(plan, state_of({"i-1": "vpc-a"}), *done)) == left


def test_an_instance_in_the_middle_of_a_move_is_noted_until_it_is_linked() -> None:
    move, attach = PlanMaker(), PlanMaker()
    move.move("i-1", "vpc-a", "vpc-b")
    attach.attach("i-1", "vpc-b")
    prior = state_of({"i-1": "vpc-a"})
    assert folded(move, prior).cut_short == ()
    assert folded(move, prior, 1).cut_short == (("mock", "i-1"),)
    assert folded(move, prior, 1, 2).cut_short == ()
    assert folded(attach, folded(move, prior, 1)).cut_short == (("mock", "i-1"),)
    assert folded(attach, folded(move, prior, 1), 1).cut_short == ()


def test_an_instance_that_has_arrived_is_not_in_the_middle_of_a_move_even_where_its_address_holds_another() -> None:
    plan = PlanMaker()
    plan.entry(HERE, ["delete", "create"], before=attachment("i-1", "vpc-a"), after=attachment("i-2", "vpc-a"))
    plan.step("detach", HERE, (), instance_id="i-1", vpc_id="vpc-a")
    plan.step("attach", HERE, (), instance_id="i-2", vpc_id="vpc-a")
    prior = replace(state_of({"i-1": "vpc-a"}), cut_short=(("mock", "i-2"),))
    assert folded(plan, prior).cut_short == (("mock", "i-2"),)
    assert folded(plan, prior, 2).cut_short == ()


def test_an_instance_that_was_detached_for_good_is_not_in_the_middle_of_a_move() -> None:
    plan = PlanMaker()
    plan.detach("i-1", "vpc-a")
    assert folded(plan, state_of({"i-1": "vpc-a"}), 1).cut_short == ()


def test_where_the_old_self_could_not_be_removed_both_are_managed() -> None:
    plan = PlanMaker()
    plan.entry(HERE, ["delete", "create"], before=attachment("i-1", "vpc-a"), after=attachment("i-2", "vpc-a"))
    plan.step("detach", HERE, (), instance_id="i-1", vpc_id="vpc-a")
    plan.step("attach", HERE, (), instance_id="i-2", vpc_id="vpc-a")
    prior, beside = state_of({"i-1": "vpc-a"}), HERE.replace("web", "web_replaced")
    twice = folded(plan, prior, 2)
    assert links(twice) == {HERE: Link("i-2", "vpc-a"), beside: Link("i-1", "vpc-a")}
    assert [tuple(map(str, each)) for each in standing_twice(twice, plan.document, {2})] == [(HERE, beside)]
    assert links(folded(plan, twice, 1, 2)) == links(folded(plan, prior, 1, 2)) == {HERE: Link("i-2", "vpc-a")}
    assert links(folded(plan, prior, 1)) == {}
    assert links(folded(plan, prior)) == links(prior)


def test_an_old_self_takes_no_address_that_another_object_has() -> None:
    plan = PlanMaker()
    plan.entry(HERE, ["delete", "create"], before=attachment("i-1", "vpc-a"), after=attachment("i-2", "vpc-a"))
    plan.step("detach", HERE, (), instance_id="i-1", vpc_id="vpc-a")
    plan.step("attach", HERE, (), instance_id="i-2", vpc_id="vpc-a")
    prior = state_of({"i-1": "vpc-a", "i-3": "vpc-a"})
    taken, beside = (parse_address(HERE.replace("web", name)) for name in ("web_replaced", "web_replaced2"))
    (other,) = [found for found in prior.objects.values() if found.identity == Link("i-3", "vpc-a")]
    objects = {**prior.objects, taken: replace(other, address=taken)}
    twice = folded(plan, replace(prior, objects=objects), 2)
    assert twice.objects[taken] == objects[taken]
    assert twice.objects[beside].identity == Link("i-1", "vpc-a")
    assert beside not in folded(plan, twice, 1, 2).objects


def test_what_is_readdressed_changes_places_even_in_a_circle() -> None:
    plan, prior = PlanMaker(), state_of({"i-1": "vpc-a", "i-2": "vpc-a"})
    one, two = address_of("i-1"), address_of("i-2")
    plan.entry(two, ["no-op"], after=attachment("i-1", "vpc-a"), previous_address=one)
    plan.entry(one, ["no-op"], after=attachment("i-2", "vpc-a"), previous_address=two)
    after = fold(prior, plan.document, set(), {})
    assert links(after) == {one: Link("i-2", "vpc-a"), two: Link("i-1", "vpc-a")}
    assert after.applied_plans == ("p1",)


def test_what_is_readdressed_and_cannot_go_is_at_its_new_address() -> None:
    plan, prior = PlanMaker(), state_of({"i-1": "vpc-a"})
    there = address_of("i-9")
    before, after = attachment("i-1", "vpc-a"), attachment("i-1", "vpc-b")
    plan.entry(there, ["delete", "create"], before=before, after=after, previous_address=HERE)
    plan.step("detach", there, (), instance_id="i-1", vpc_id="vpc-a")
    plan.step("attach", there, (1,), instance_id="i-1", vpc_id="vpc-b")
    assert links(folded(plan, prior)) == {there: Link("i-1", "vpc-a")}
    assert links(folded(plan, prior, 1, 2)) == {there: Link("i-1", "vpc-b")}


def test_what_is_adopted_forgotten_or_changed_without_a_step_is_folded_in_any_case() -> None:
    plan, prior = PlanMaker(), state_of({"i-1": "vpc-a", "i-2": "vpc-a"})
    plan.entry(address_of("i-3"), ["no-op"], after=attachment("i-3", "vpc-a"), change={"importing": {"id": "x"}})
    plan.entry(address_of("i-2"), ["forget"], before=attachment("i-2", "vpc-a"))
    after = {**attachment("i-1", "vpc-a"), "vswitch_ids": ["vsw-1"]}
    plan.entry(HERE, ["update"], before=attachment("i-1", "vpc-a"), after=after, dependencies=["classiclink_vpc.a"])
    plan.attach("i-4", "vpc-a")
    found = folded(plan, prior)
    assert set(links(found)) == {HERE, address_of("i-3")}
    [changed] = [each for each in found.objects.values() if str(each.address) == HERE]
    assert changed.attributes["vswitch_ids"] == ["vsw-1"]
    assert list(map(str, changed.dependencies)) == ["classiclink_vpc.a"]


def test_what_changed_outside_is_taken_over() -> None:
    plan, prior = PlanMaker(), state_of({"i-1": "vpc-a", "i-2": "vpc-a"})
    plan.drift(entry_of(HERE, ["update"], before=attachment("i-1", "vpc-a"), after=attachment("i-1", "vpc-b")))
    plan.drift(entry_of(address_of("i-2"), ["delete"], before=attachment("i-2", "vpc-a")))
    assert links(folded(plan, prior)) == {HERE: Link("i-1", "vpc-b")}


def test_what_changed_outside_and_was_to_be_made_again_stays_until_it_is_made() -> None:
    plan, prior = PlanMaker(), state_of({"i-1": "vpc-a"})
    plan.drift(entry_of(HERE, ["delete"], before=attachment("i-1", "vpc-a")))
    plan.attach("i-1", "vpc-b")
    assert links(folded(plan, prior)) == {HERE: Link("i-1", "vpc-a")}
    assert links(folded(plan, prior, 1)) == {HERE: Link("i-1", "vpc-b")}


def test_what_is_not_managed_never_gets_into_the_state() -> None:
    plan = PlanMaker()
    plan.entry(HERE, ["delete"], before=attachment("i-1", "vpc-a"), mode="unmanaged")
    plan.step("detach", HERE, (), instance_id="i-1", vpc_id="vpc-a")
    assert folded(plan, State(), 1).objects == {}


def test_outputs_and_checks_are_taken_over_only_when_the_whole_plan_was_carried_out() -> None:
    plan, prior = (
        PlanMaker(),
        State(outputs={"old": StateOutput(1, "number"), "secret": StateOutput("x", "string", True)}),
    )
    plan.attach("i-1", "vpc-a")
    check = {"address": "check.c", "kind": "check", "status": "pass", "messages": []}
    outputs = {
        "new": output(["create"], after=[1], type=["list", "number"]),
        "old": output(["delete"], 1, type=None),
        "secret": output(["update"], after_sensitive=True),
        "given": output(["create"], after_sensitive=True),
    }
    plan.add(checks_blocks=[check], output_changes=outputs)
    given = {"given": StateOutput("y", "string", True)}
    assert fold(prior, plan.document, set(), given) == prior
    after = fold(prior, plan.document, {1}, given)
    assert after.outputs == {"new": StateOutput([1], ["list", "number"]), "secret": prior.outputs["secret"], **given}
    assert after.checks == (check,)


def test_only_the_last_plans_are_remembered() -> None:
    state = State()
    for number in range(PLANS_REMEMBERED + 5):
        plan = PlanMaker(f"p{number}")
        plan.attach(f"i-{number}", "vpc-a")
        state = folded(plan, state, 1)
    assert len(state.applied_plans) == PLANS_REMEMBERED
    assert state.applied_plans[-1] == f"p{PLANS_REMEMBERED + 4}"
