"""Changing the state by hand."""

from __future__ import annotations

import shlex

import pytest

from planner.address import parse_address
from planner.diagnostics import StateError
from planner.network.identity import identity_of
from planner.state.edit import adopt, move, remove, select
from planner.state.model import State, StateObject


def thing(text: str, *depends_on: str) -> StateObject:
    address = parse_address(text)
    attributes = {"vpc_id": f"vpc-{text}", "instance_id": f"i-{text}", "destination_cidr_block": "192.168.0.0/16"}
    dependencies = tuple(parse_address(each) for each in depends_on)
    return StateObject(address, identity_of(address.type, attributes), attributes, "mock", dependencies)


def state(*things: StateObject) -> State:
    return State("l", 1, {each.address: each for each in things})


SHOP = state(
    thing("classiclink_vpc.shop"),
    thing('classiclink_attachment.web["i-1"]', "classiclink_vpc.shop"),
    thing('classiclink_attachment.web["i-2"]', "classiclink_vpc.shop"),
    thing("classiclink_attachment.webshop"),
    thing("module.a.classiclink_vpc.shop"),
)


def refused(action: object, *arguments: object) -> tuple[str, str]:
    with pytest.raises(StateError) as caught:
        action(*arguments)  # type: ignore[operator]
    return caught.value.diagnostics[0].code, caught.value.diagnostics[0].detail


def addresses(found: State) -> set[str]:
    return {str(address) for address in found.objects}


def test_a_resource_or_a_module_stands_for_everything_in_it() -> None:
    assert [str(each.address) for each in select(SHOP, ["classiclink_attachment.web"])] == [
        'classiclink_attachment.web["i-1"]',
        'classiclink_attachment.web["i-2"]',
    ]
    assert [str(each.address) for each in select(SHOP, ["module.a"])] == ["module.a.classiclink_vpc.shop"]
    assert len(select(SHOP, [])) == 5


def test_an_address_with_nothing_at_it_is_reported_with_the_nearest() -> None:
    code, detail = refused(select, SHOP, ["classiclink_vpc.shpo"])
    assert code == "STA120"
    assert 'Did you mean "classiclink_vpc.shop"?' in detail


def test_what_is_removed_is_no_dependency_any_more() -> None:
    found, gone = remove(SHOP, ["classiclink_vpc.shop"])
    assert [str(address) for address in gone] == ["classiclink_vpc.shop"]
    assert all(not each.dependencies for each in found.objects.values())


def test_a_move_takes_dependencies_along() -> None:
    found, _ = move(SHOP, "classiclink_vpc.shop", "classiclink_vpc.store")
    [link] = select(found, ['classiclink_attachment.web["i-1"]'])
    assert [str(each) for each in link.dependencies] == ["classiclink_vpc.store"]


def test_a_resource_moves_with_its_keys_and_an_object_gets_one() -> None:
    found, moves = move(SHOP, "classiclink_attachment.web", "module.m.classiclink_attachment.app")
    assert len(moves) == 2
    assert 'module.m.classiclink_attachment.app["i-1"]' in addresses(found)
    found, _ = move(SHOP, "classiclink_attachment.webshop", 'classiclink_attachment.web["i-3"]')
    assert 'classiclink_attachment.web["i-3"]' in addresses(found)
    found, _ = move(SHOP, "module.a", 'module.b["x"]')
    assert 'module.b["x"].classiclink_vpc.shop' in addresses(found)


def test_a_move_to_a_taken_address_another_type_or_no_address_is_refused() -> None:
    assert refused(move, SHOP, "classiclink_attachment.webshop", 'classiclink_attachment.web["i-1"]')[0] == "STA121"
    assert refused(move, SHOP, "classiclink_attachment.webshop", "classiclink_vpc.x")[0] == "STA123"
    assert refused(move, SHOP, "classiclink_attachment.webshop", "module.a")[0] == "STA122"


def test_commands_in_remedies_are_quoted_for_a_shell() -> None:
    odd = thing('classiclink_attachment.web["it\'s"]')
    with pytest.raises(StateError) as caught:
        adopt(state(odd), odd)
    remedy = str(caught.value.diagnostics[0].remedy)
    assert shlex.split(remedy[remedy.index("cl ") :]) == ["cl", "state", "rm", str(odd.address)]


def test_what_is_adopted_is_in_the_state_once() -> None:
    new = thing("classiclink_vpc.new")
    assert new.address in adopt(SHOP, new).objects
    assert refused(adopt, SHOP, thing("classiclink_vpc.shop"))[0] == "STA121"
    known = SHOP.objects[parse_address("classiclink_vpc.shop")]
    again = StateObject(new.address, known.identity, known.attributes, "mock")
    assert refused(adopt, SHOP, again)[0] == "STA124"
