"""What becomes of each object: created, moved, adopted, re-addressed, forgotten, and why."""

from __future__ import annotations

from typing import Any

import pytest

from planner.address import Address, parse_address
from planner.config.desired import Desired, DesiredObject, Import, Limits, Moved, Removed
from planner.documents.plan_head import Mode
from planner.hcl.cty.unknowns import UNKNOWN
from planner.network.identity import ATTACHMENT, Link
from planner.network.world import GuestRouteEntry
from planner.state.model import State
from planner.values import replace
from support.small_estates import (
    ROUTE,
    enablement,
    in_words,
    instance,
    link,
    messages,
    place,
    plan,
    remembered,
    route,
    vpc,
    wanted,
    world,
)

NOTHING = State()
SPAN = place().block


def changes(document: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """The actions and the reason of every change, by address without its type."""
    return {
        entry["address"].partition(".")[2]: ("+".join(entry["change"]["actions"]), entry["action_reason"])
        for entry in document["resource_changes"]
    }


def change(document: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any]
    (entry,) = document["resource_changes"]
    return entry


def test_what_is_declared_and_not_there_is_created_after_what_it_needs() -> None:
    cloud = world({"a": vpc("a", enabled=False, cidr=ROUTE)}, extra="i-1")
    document = plan((link("i-1", "a"), route("i-1"), enablement("a", cidr=ROUTE)), NOTHING, cloud)
    assert in_words(document) == ["enable_classic_link a", "add_guest_route i-1", "attach i-1 a <- 1 2"]
    assert set(changes(document).values()) == {("create", "declared")}
    assert document["applicable"]


def test_what_stays_as_it_is_is_counted_not_listed() -> None:
    document = plan((link("i-1", "a"),), remembered(link("i-1", "a")), world("a", {"i-1": "a"}))
    assert document["resource_changes"] == []
    assert document["summary"]["unchanged"] == 1
    assert not document["applicable"]


def test_another_vpc_is_a_move_at_one_address() -> None:
    document = plan((link("i-1", "b"),), remembered(link("i-1", "a")), world("a b", {"i-1": "a"}))
    assert in_words(document) == ["detach i-1 a", "attach i-1 b <- 1"]
    assert changes(document) == {'web["i-1"]': ("delete+create", "vpc_changed")}
    assert change(document)["change"]["diff"] == [{"path": "vpc_id", "before": "a", "after": "b"}]
    assert (document["summary"]["move"], document["summary"]["add"], document["summary"]["destroy"]) == (1, 0, 0)
    assert {step["reason"] for step in document["steps"]} == {"moved"}


def test_a_move_from_one_address_to_another_is_still_ordered_as_a_move() -> None:
    document = plan((link("i-1", "b", "new"),), remembered(link("i-1", "a", "old")), world("a b", {"i-1": "a"}))
    assert in_words(document) == ["detach i-1 a", "attach i-1 b <- 1"]
    assert {step["reason"] for step in document["steps"]} == {"moved"}


def test_the_same_link_at_another_address_is_no_cloud_action() -> None:
    document = plan((link("i-1", "a", "new"),), remembered(link("i-1", "a", "old")), world("a", {"i-1": "a"}))
    assert document["steps"] == []
    assert change(document)["previous_address"] == 'classiclink_attachment.old["i-1"]'
    assert changes(document) == {'new["i-1"]': ("no-op", "readdressed")}
    assert document["summary"]["readdress"] == 1
    assert document["applicable"]


def test_a_count_that_shifts_readdresses_the_rest() -> None:
    def counted(*ids: str) -> tuple[Any, ...]:
        return tuple(wanted(Address(ATTACHMENT, "web", n), Link(name, "a")) for n, name in enumerate(ids))

    cloud = world("a", {"i-1": "a", "i-2": "a", "i-3": "a"})
    document = plan(counted("i-2", "i-3"), remembered(*counted("i-1", "i-2", "i-3")), cloud)
    assert in_words(document) == ["detach i-1 a"]
    assert document["summary"]["readdress"] == 2
    assert document["summary"]["destroy"] == 1
    assert changes(document)["web[2]"] == ("delete", "not_declared")


def test_a_link_whose_address_is_taken_over_is_replaced_at_the_one_that_is_left() -> None:
    def at(name: str, instance_id: str) -> Any:
        return wanted(Address(ATTACHMENT, name), Link(instance_id, "a"))

    cloud = world("a", {"i-1": "a", "i-2": "a"}, extra="i-9")
    document = plan((at("x", "i-2"), at("y", "i-9")), remembered(at("x", "i-1"), at("y", "i-2")), cloud)
    assert changes(document) == {"x": ("no-op", "readdressed"), "y": ("delete+create", "identity_changed")}
    assert in_words(document) == ["detach i-1 a", "attach i-9 a"]


def test_two_addresses_that_swap_their_links_only_swap_names() -> None:
    def at(name: str, instance_id: str) -> Any:
        return wanted(Address(ATTACHMENT, name), Link(instance_id, "a"))

    cloud = world("a", {"i-1": "a", "i-2": "a"})
    document = plan((at("x", "i-2"), at("y", "i-1")), remembered(at("x", "i-1"), at("y", "i-2")), cloud)
    assert document["steps"] == []
    assert {entry["previous_address"] for entry in document["resource_changes"]} == {
        "classiclink_attachment.x",
        "classiclink_attachment.y",
    }


def test_a_moved_block_carries_an_object_to_its_new_address_even_when_it_changes() -> None:
    old, new = (
        wanted(Address(ATTACHMENT, "old"), Link("i-1", "a")),
        wanted(Address(ATTACHMENT, "new"), Link("i-1", "b")),
    )
    blocks = (
        Moved("classiclink_attachment.old", "classiclink_attachment.mid", SPAN),
        Moved("classiclink_attachment.mid", "classiclink_attachment.new", SPAN),
    )
    document = plan(Desired((new,), moved=blocks), remembered(old), world("a b", {"i-1": "a"}))
    assert changes(document) == {"new": ("delete+create", "vpc_changed")}
    assert change(document)["previous_address"] == "classiclink_attachment.old"


def test_a_moved_block_of_a_module_or_resource_moves_all_of_it() -> None:
    inside = Address(ATTACHMENT, "web", "i-1", module=(("old", None),))
    outside = Address(ATTACHMENT, "web", "i-1", module=(("new", "x"),))
    document = plan(
        Desired((wanted(outside, Link("i-1", "a")),), moved=(Moved("module.old", 'module.new["x"]', SPAN),)),
        remembered(wanted(inside, Link("i-1", "a"))),
        world("a", {"i-1": "a"}),
    )
    assert changes(document) == {'new["x"].classiclink_attachment.web["i-1"]': ("no-op", "moved_block")}


def test_what_the_cloud_has_already_is_adopted() -> None:
    cloud = replace(world({"a": vpc("a", cidr=ROUTE)}, {"i-1": "a"}, routed=("i-1",)))
    document = plan((enablement("a", cidr=ROUTE), link("i-1", "a"), route("i-1")), NOTHING, cloud)
    assert document["steps"] == []
    assert set(changes(document).values()) == {("no-op", "adopted")}
    assert {entry["change"]["importing"]["id"] for entry in document["resource_changes"]} == {
        "a",
        "i-1/a",
        f"i-1/{ROUTE}",
    }
    assert document["summary"]["import"] == 3
    assert document["applicable"]


def test_adoption_can_be_refused_and_names_the_command() -> None:
    desired = Desired((link("i-1", "a"),), limits=Limits(adopt=False))
    document = plan(desired, NOTHING, world("a", {"i-1": "a"}))
    (found,) = document["diagnostics"]
    assert found["code"] == "CL903"
    assert """cl import 'classiclink_attachment.web["i-1"]' i-1/a""" in found["remedy"]
    assert document["errored"]


def test_an_import_block_adopts_even_where_adoption_is_refused() -> None:
    block = Import(parse_address('classiclink_attachment.web["i-1"]'), "i-1/a", SPAN)
    desired = Desired((link("i-1", "a"),), limits=Limits(adopt=False), imports=(block,))
    document = plan(desired, NOTHING, world("a", {"i-1": "a"}))
    assert changes(document) == {'web["i-1"]': ("no-op", "import_block")}
    assert not document["errored"]


@pytest.mark.parametrize("import_id", ["i-1/b", "i-2/a", "i-1", ""])
def test_an_import_block_of_something_else_is_refused(import_id: str) -> None:
    block = Import(parse_address('classiclink_attachment.web["i-1"]'), import_id, SPAN)
    document = plan(Desired((link("i-1", "a"),), imports=(block,)), NOTHING, world("a b", {"i-1": "a"}))
    assert messages(document) == {"CL905"}


def test_an_import_block_that_was_followed_may_stay() -> None:
    block = Import(parse_address('classiclink_attachment.web["i-1"]'), "i-1/a", SPAN)
    desired = Desired((link("i-1", "a"),), imports=(block,))
    document = plan(desired, remembered(link("i-1", "a")), world("a", {"i-1": "a"}))
    assert not document["errored"]
    assert not document["applicable"]


def test_a_link_that_was_detached_outside_is_made_again_and_reported_as_drift() -> None:
    document = plan((link("i-1", "a"),), remembered(link("i-1", "a")), world("a", extra="i-1"))
    assert changes(document) == {'web["i-1"]': ("create", "detached_outside")}
    (drift,) = document["resource_drift"]
    assert (drift["change"]["actions"], drift["action_reason"]) == (["delete"], "detached_outside")
    assert document["steps"][0]["reason"] == "changed_outside"


def test_a_link_that_was_moved_outside_is_moved_back() -> None:
    document = plan((link("i-1", "a"),), remembered(link("i-1", "a")), world("a b", {"i-1": "b"}))
    assert in_words(document) == ["detach i-1 b", "attach i-1 a <- 1"]
    assert changes(document) == {'web["i-1"]': ("delete+create", "moved_outside")}
    (drift,) = document["resource_drift"]
    assert drift["change"]["diff"] == [{"path": "vpc_id", "before": "a", "after": "b"}]


def test_a_link_that_was_moved_outside_can_be_accepted() -> None:
    document = plan((link("i-1", "b"),), remembered(link("i-1", "a")), world("a b", {"i-1": "b"}))
    assert document["steps"] == []
    assert document["resource_changes"] == []
    assert len(document["resource_drift"]) == 1


def test_what_is_neither_declared_nor_in_the_cloud_is_only_forgotten() -> None:
    document = plan((), remembered(link("i-1", "a")), world("a", extra="i-1"))
    assert changes(document) == {'web["i-1"]': ("forget", "gone_outside")}
    assert document["steps"] == []


def test_a_link_that_was_moved_outside_and_is_not_declared_is_let_alone() -> None:
    document = plan((), remembered(link("i-1", "a")), world("a b", {"i-1": "b"}))
    assert changes(document) == {'web["i-1"]': ("forget", "gone_outside")}
    assert document["steps"] == []


def test_what_is_not_declared_any_more_is_removed_in_reverse() -> None:
    prior = remembered(enablement("a", cidr=ROUTE), link("i-1", "a"), route("i-1"))
    cloud = world({"a": vpc("a", cidr=ROUTE)}, {"i-1": "a"}, routed=("i-1",))
    document = plan((), prior, cloud)
    assert in_words(document) == [
        "detach i-1 a",
        "remove_guest_route i-1 <- 1",
        "disable_classic_link a <- 1",
    ]
    assert set(changes(document).values()) == {("delete", "not_declared")}


@pytest.mark.parametrize(("destroy", "actions", "steps"), [(True, "delete", 1), (False, "forget", 0)])
def test_a_removed_block_destroys_or_forgets(destroy: bool, actions: str, steps: int) -> None:
    block = Removed("classiclink_attachment.web", destroy, SPAN)
    document = plan(Desired(removed=(block,)), remembered(link("i-1", "a")), world("a", {"i-1": "a"}))
    assert changes(document) == {'web["i-1"]': (actions, "removed_block")}
    assert len(document["steps"]) == steps


def test_a_removed_block_names_an_object_by_where_moved_blocks_put_it() -> None:
    old, new = 'classiclink_attachment.web["i-1"]', "classiclink_attachment.gone"
    moved = (Moved(old, new, SPAN),)
    for origin, actions in ((new, "forget"), (old, "delete")):
        desired = Desired(moved=moved, removed=(Removed(origin, False, SPAN),))
        document = plan(desired, remembered(link("i-1", "a")), world("a", {"i-1": "a"}))
        assert [action for action, _ in changes(document).values()] == [actions]
        assert messages(document) == (set() if origin == new else {"CL913"})


def test_other_vswitches_are_an_update_without_a_step() -> None:
    now = replace(link("i-1", "a"), attributes={**link("i-1", "a").attributes, "vswitch_ids": ["vsw-2", "vsw-3"]})
    old = replace(link("i-1", "a"), attributes={**link("i-1", "a").attributes, "vswitch_ids": ["vsw-1", "vsw-3"]})
    document = plan((now,), remembered(old), world("a", {"i-1": "a"}))
    assert changes(document) == {'web["i-1"]': ("update", "attributes_differ")}
    assert change(document)["change"]["diff"] == [{"path": "vswitch_ids[0]", "before": "vsw-1", "after": "vsw-2"}]
    assert document["steps"] == []


def test_ignored_changes_are_ignored_even_of_the_vpc() -> None:
    ignoring = link("i-1", "b", ignore_changes=frozenset({"vpc_id"}))
    document = plan((ignoring,), remembered(link("i-1", "a")), world("a b", {"i-1": "a"}))
    assert document["resource_changes"] == []


def test_what_cannot_be_known_yet_is_marked_and_what_was_known_stays() -> None:
    unknown = {**link("i-1", "a").attributes, "private_ip": UNKNOWN}
    document = plan((replace(link("i-1", "a"), attributes=unknown),), NOTHING, world("a", extra="i-1"))
    assert change(document)["change"]["after_unknown"] == {"private_ip": True}
    assert change(document)["change"]["after"]["private_ip"] is None
    kept = plan(
        (replace(link("i-1", "a"), attributes=unknown),), remembered(link("i-1", "a")), world("a", {"i-1": "a"})
    )
    assert kept["resource_changes"] == []


def test_one_instance_declared_twice_is_reported_with_both_places() -> None:
    first, second = link("i-1", "a", "x", place=place(3)), link("i-1", "b", "y", place=place(9))
    document = plan((second, first), NOTHING, world("a b", extra="i-1"))
    (finding,) = [entry for entry in document["rules"] if entry["rule"] == "CL202"]
    lines = {entry["range"]["start"]["line"] for entry in finding["related"]} | {finding["range"]["start"]["line"]}
    assert {3, 9} <= lines
    assert in_words(document) == ["attach i-1 a"]


def test_one_instance_declared_twice_is_reported_where_the_first_needs_no_step() -> None:
    both = (link("i-1", "a", "x"), link("i-1", "b", "y"))
    document = plan(both, remembered(both[0]), world("a b", {"i-1": "a"}))
    assert messages(document) == {"CL202"}
    assert document["errored"]


def test_one_vpc_enabled_at_two_addresses_is_reported_with_both_places() -> None:
    again = replace(enablement("a", place=place(9)), address=Address("classiclink_vpc", "w"))
    document = plan((enablement("a"), again), NOTHING, world("a"))
    assert messages(document) == {"CL904"}
    assert document["diagnostics"][0]["related"][0]["range"]["start"]["line"] == 1


def test_of_two_declarations_the_one_that_the_state_does_not_have_is_the_one_too_many() -> None:
    held = replace(enablement("a", place=place(9)), address=Address("classiclink_vpc", "w"))
    document = plan((enablement("a"), held), remembered(held), world("a"))
    (found,) = document["diagnostics"]
    assert (found["address"], found["range"]["start"]["line"]) == ('classiclink_vpc.v["a"]', 1)
    assert found["detail"] == 'classiclink_vpc.v["a"] and classiclink_vpc.w both stand for a.'
    assert found["remedy"] == 'Remove one of the two declarations, such as that of classiclink_vpc.v["a"].'
    assert document["resource_changes"] == []


def test_what_one_block_declares_twice_is_not_reported_to_be_removed() -> None:
    again = replace(enablement("a"), address=Address("classiclink_vpc", "v", "b"))
    (found,) = plan((enablement("a"), again), NOTHING, world("a"))["diagnostics"]
    assert found["remedy"] == "Declare a once: the count or for_each of this block declares it twice."
    assert found["related"] == []


def test_what_must_not_be_destroyed_is_not_by_configuration_or_memory() -> None:
    kept = link("i-1", "a", prevent_destroy=True)
    cloud = world("a b", {"i-1": "a"})
    assert messages(plan((), remembered(kept), cloud)) == {"CL902"}
    assert messages(plan((link("i-1", "b", prevent_destroy=True),), remembered(link("i-1", "a")), cloud)) == {"CL902"}
    assert messages(plan((), remembered(kept), world("a", extra="i-1"))) == set()


def test_a_new_prevent_destroy_is_remembered_by_an_update() -> None:
    document = plan((link("i-1", "a", prevent_destroy=True),), remembered(link("i-1", "a")), world("a", {"i-1": "a"}))
    assert changes(document) == {'web["i-1"]': ("update", "attributes_differ")}
    assert change(document)["prevent_destroy"] is True


def test_lifting_prevent_destroy_takes_a_plan_of_its_own() -> None:
    lifted = plan((link("i-1", "a"),), remembered(link("i-1", "a", prevent_destroy=True)), world("a", {"i-1": "a"}))
    assert change(lifted)["change"]["diff"][0]["path"] == "lifecycle.prevent_destroy"
    assert not lifted["errored"]


def test_replace_recreates_a_link_in_its_own_slot() -> None:
    document = plan(
        (link("i-1", "a"),),
        remembered(link("i-1", "a")),
        world("a", {"i-1": "a"}),
        quota=1,
        replace=('classiclink_attachment.web["i-1"]',),
    )
    assert in_words(document) == ["detach i-1 a", "attach i-1 a <- 1"]
    assert document["steps"][1]["slot"] == {"from": "step", "step": 1}
    assert not any(step.get("parked") for step in document["steps"])
    assert not document["errored"]


def test_an_enablement_replaced_takes_its_links_off_and_on() -> None:
    prior = (enablement("a"), link("i-1", "a"))
    document = plan(prior, remembered(*prior), world("a", {"i-1": "a"}), replace=("classiclink_*",))
    assert in_words(document) == [
        "detach i-1 a",
        "disable_classic_link a <- 1",
        "enable_classic_link a <- 2",
        "attach i-1 a <- 1 3",
    ]
    assert not document["errored"]


def test_replace_triggered_by_follows_from_one_to_the_next() -> None:
    x, y, z = (wanted(Address(ATTACHMENT, name), Link(f"i-{name}", "a")) for name in "xyz")
    moved = wanted(x.address, Link("i-x", "b"))
    y = replace(y, replace_triggered_by=(x.address,))
    z = replace(z, replace_triggered_by=(y.address,))
    cloud = world("a b", {"i-x": "a", "i-y": "a", "i-z": "a"})
    document = plan((moved, y, z), remembered(x, y, z), cloud)
    assert changes(document) == {
        "x": ("delete+create", "vpc_changed"),
        "y": ("delete+create", "replace_triggered"),
        "z": ("delete+create", "replace_triggered"),
    }


def test_a_replaced_link_whose_new_self_is_there_already_only_loses_the_old() -> None:
    old, new = (wanted(Address(ATTACHMENT, "x"), Link(name, "a")) for name in ("i-1", "i-2"))
    document = plan((new,), remembered(old), world("a", {"i-1": "a", "i-2": "a"}))
    assert in_words(document) == ["detach i-1 a"]
    assert change(document)["change"]["importing"] == {"id": "i-2/a"}
    assert not document["errored"]


def test_refresh_only_shows_the_drift_and_does_nothing() -> None:
    document = plan(
        (link("i-1", "b"),), remembered(link("i-1", "a")), world("a b", extra="i-1"), mode=Mode.REFRESH_ONLY
    )
    assert document["steps"] == []
    assert document["resource_changes"] == []
    assert len(document["resource_drift"]) == 1
    assert document["applicable"]


def test_a_fact_that_changed_is_drift_and_no_change() -> None:
    now = replace(instance("i-1"), private_ip="10.9.9.9")
    cloud = replace(world("a", {"i-1": "a"}), instances={"i-1": now})
    seen = replace(link("i-1", "a"), attributes={**link("i-1", "a").attributes, "private_ip": "10.9.9.9"})
    document = plan((seen,), remembered(link("i-1", "a", depends_on=(Address("classiclink_vpc", "v"),))), cloud)
    assert document["resource_changes"] == []
    assert document["resource_drift"][0]["dependencies"] == ["classiclink_vpc.v"]


def test_a_route_that_cannot_be_read_is_the_operators_word() -> None:
    blind = replace(world("a", {"i-1": "a"}), instances={"i-1": instance("i-1", None)})
    assert plan((route("i-1"),), remembered(route("i-1")), blind)["resource_changes"] == []
    assert in_words(plan((route("i-1"),), NOTHING, blind)) == ["add_guest_route i-1"]


def test_a_route_to_elsewhere_is_not_the_guest_route() -> None:
    through = replace(instance("i-1"), guest_routes=(GuestRouteEntry(ROUTE, "gateway"),))
    cloud = replace(world("a"), instances={"i-1": through})
    assert changes(plan((route("i-1"),), remembered(route("i-1")), cloud)) == {
        'r["i-1"]': ("create", "route_removed_outside")
    }


def test_a_link_that_the_state_holds_twice_is_never_detached_for_it() -> None:
    twice = remembered(link("i-1", "a", "x"), link("i-1", "a", "y"))
    for name in "xy":
        document = plan((link("i-1", "a", name),), twice, world("a", {"i-1": "a"}))
        assert document["steps"] == []
        assert ("forget", "held_twice") in changes(document).values()
    destroyed = plan((), twice, world("a", {"i-1": "a"}), mode=Mode.DESTROY)
    assert in_words(destroyed) == ["detach i-1 a"]
    assert not destroyed["errored"]


def test_a_moved_block_to_where_another_object_is_is_reported() -> None:
    x, y = (wanted(Address(ATTACHMENT, name), Link(f"i-{name}", "a")) for name in "xy")
    blocks = (Moved("classiclink_attachment.x", "classiclink_attachment.y", SPAN),)
    document = plan(Desired((y,), moved=blocks), remembered(x, y), world("a", {"i-x": "a", "i-y": "a"}))
    assert messages(document) == {"CL913"}
    assert in_words(document) == ["detach i-x a"]


def unfollowed(moved: tuple[Moved, ...], objects: tuple[DesiredObject, ...], held: tuple[DesiredObject, ...]) -> Any:
    """The details of the warnings that a plan has for these `moved` blocks."""
    links = {str(found.identity.instance_id): str(found.identity.vpc_id) for found in held}
    ids = " ".join(str(found.identity.instance_id) for found in objects)
    document = plan(Desired(objects, moved=moved), remembered(*held), world("a b", links, extra=ids))
    found = [one for one in document["diagnostics"] if one["code"] == "CL913"]
    assert all(one["range"] == SPAN.to_json() and one["severity"] == "warning" for one in found)
    return [one["detail"] for one in found]


def test_a_moved_block_that_leads_from_nowhere_or_to_nowhere_says_what_may_be_meant() -> None:
    old, new = link("i-1", "a", "olden"), link("i-1", "a", "newer")
    wrong = Moved("classiclink_attachment.older", "classiclink_attachment.newer", SPAN)
    assert unfollowed((wrong,), (new,), (old,)) == [
        "moved from classiclink_attachment.older to classiclink_attachment.newer: The state has nothing at "
        'classiclink_attachment.older. Did you mean "classiclink_attachment.olden"?'
    ]
    wrong = Moved("classiclink_attachment.olden", "classiclink_attachment.never", SPAN)
    assert unfollowed((wrong,), (new,), (old,)) == [
        "moved from classiclink_attachment.olden to classiclink_attachment.never: classiclink_attachment.never is "
        "not declared. "
        'Did you mean "classiclink_attachment.newer"?'
    ]


def test_a_moved_block_between_different_objects_is_reported() -> None:
    block = Moved('classiclink_attachment.web["i-1"]', 'classiclink_attachment.web["i-2"]', SPAN)
    assert unfollowed((block,), (link("i-2", "a"),), (link("i-1", "a"),)) == [
        'moved from classiclink_attachment.web["i-1"] to classiclink_attachment.web["i-2"]: '
        'classiclink_attachment.web["i-1"] stands for i-1/a, but classiclink_attachment.web["i-2"] is declared as '
        "i-2/a, which is another object."
    ]


def test_moved_blocks_that_are_fine_are_not_reported() -> None:
    old, new = link("i-1", "a", "old"), link("i-1", "a", "new")
    block = Moved("classiclink_attachment.old", "classiclink_attachment.new", SPAN)
    chain = (block, Moved("classiclink_attachment.new", "classiclink_attachment.newest", SPAN))
    assert unfollowed((block,), (new,), (old,)) == []
    assert unfollowed((block,), (new,), (new,)) == []
    assert unfollowed((block,), (new,), ()) == []
    assert unfollowed((block,), (), ()) == []
    assert unfollowed((block,), (link("i-1", "b", "new"),), (old,)) == []
    assert unfollowed((block,), (new,), (old, link("i-2", "a", "old"))) == []
    assert unfollowed(chain, (link("i-1", "a", "newest"),), (old,)) == []
    assert unfollowed(chain, (link("i-1", "a", "newest"),), (link("i-1", "a", "newest"),)) == []
