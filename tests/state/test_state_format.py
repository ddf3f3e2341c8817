"""The state file: what is written is read back, and every kind of broken file is told."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.address import Address
from planner.diagnostics import StateError
from planner.network.identity import ATTACHMENT, GUEST_ROUTE, VPC, identity_of
from planner.state.format import checksum, dumps, loads
from planner.state.model import State, StateObject, StateOutput, Written
from planner.values import replace

NAMES = st.sampled_from(["web", "db-1", "_x"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
KEYS = st.one_of(st.none(), st.integers(0, 99), TEXTS)
IDS = st.integers(0, 99).map("id-{}".format)
MODEST = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def addresses(draw: st.DrawFn) -> Address:
    modules = draw(st.lists(st.tuples(NAMES, KEYS), max_size=2))
    return Address(draw(st.sampled_from([VPC, ATTACHMENT, GUEST_ROUTE])), draw(NAMES), draw(KEYS), tuple(modules))


@st.composite
def objects(draw: st.DrawFn) -> StateObject:
    address = draw(addresses())
    attributes: dict[str, Any] = {
        "vpc_id": draw(IDS),
        "instance_id": draw(IDS),
        "destination_cidr_block": "192.168.0.0/16",
        "vswitch_ids": draw(st.lists(IDS, max_size=2)),
    }
    return StateObject(
        address=address,
        identity=identity_of(address.type, attributes),
        attributes=attributes,
        provider=draw(NAMES),
        dependencies=tuple(draw(st.lists(addresses(), max_size=2))),
        prevent_destroy=draw(st.booleans()),
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
STATES = st.builds(
    State,
    lineage=TEXTS,
    serial=st.integers(0, 10**6),
    objects=st.lists(objects(), max_size=5).map(lambda found: {each.address: each for each in found}),
    outputs=st.dictionaries(NAMES, st.builds(StateOutput, JSON, st.just("dynamic"), st.booleans()), max_size=3),
    checks=st.just(({"address": "check.a", "status": "pass"},)),
    applied_plans=st.lists(TEXTS, max_size=3).map(tuple),
    written=st.none() | st.builds(Written, TEXTS, TEXTS, TEXTS),
)


@MODEST
@given(STATES)
def test_what_is_written_is_read_back(state: State) -> None:
    text = dumps(state)
    assert loads(text, "f") == state
    assert loads(text, "f").written == state.written
    assert dumps(loads(text, "f")) == text


@MODEST
@given(STATES, st.randoms())
def test_the_text_does_not_depend_on_the_order_of_objects(state: State, random: Any) -> None:
    shuffled = list(state.objects.items())
    random.shuffle(shuffled)
    assert dumps(replace(state, objects=dict(shuffled))) == dumps(state)


@MODEST
@given(STATES, st.data())
def test_a_file_that_was_cut_short_is_refused(state: State, data: st.DataObject) -> None:
    text = dumps(state).rstrip()
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    with pytest.raises(StateError) as caught:
        loads(cut, "f")
    assert {problem.code for problem in caught.value.diagnostics} == {"STA103"}


def document(**changes: Any) -> dict[str, Any]:
    vpc = {"mode": "managed", "type": VPC, "name": "a", "provider": "mock"}
    instance = {"schema_version": 0, "attributes": {"vpc_id": "vpc-a"}, "dependencies": []}
    whole = {"version": 1, "serial": 1, "lineage": "l", "outputs": {}, "resources": [{**vpc, "instances": [instance]}]}
    return {**whole, **changes}


def resource(**changes: Any) -> dict[str, Any]:
    return {**document()["resources"][0], **changes}


def with_attribute(name: str, value: object) -> str:
    attributes = {"vpc_id": "vpc-1", name: value}
    return json.dumps(document(resources=[resource(instances=[{"attributes": attributes}])]))


def problems(text: str) -> list[tuple[str, str]]:
    with pytest.raises(StateError) as caught:
        loads(text, "cl.state.json")
    assert all(problem.remedy for problem in caught.value.diagnostics)
    return [(problem.code, problem.detail) for problem in caught.value.diagnostics]


def test_a_missing_checksum_is_accepted_and_a_wrong_one_is_not() -> None:
    whole = document()
    assert loads(json.dumps(whole), "f").lineage == "l"
    assert loads(json.dumps({**whole, "checksum": checksum(whole)}, indent=8), "f").lineage == "l"
    [(code, detail)] = problems(json.dumps({**whole, "serial": 2, "checksum": checksum(whole)}))
    assert code == "STA104"
    assert checksum(whole) in detail


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("", "STA103", "is empty"),
        ("<<<<<<< HEAD\n{}\n", "STA102", "a merge with conflict marks"),
        (json.dumps(document()) + " {}", "STA102", "something follows the end of the document"),
        ("x", "STA102", "line 1, column 1"),
        ("{\n  nonsense", "STA102", "line 2, column 3"),
        ('{"version": 4, "terraform_version": "1.5.7", "serial": 1}', "STA112", "Terraform or OpenTofu 1.5.7"),
        ('{"version": NaN}', "STA102", "NaN"),
        ("[" * 100_000, "STA102", "nested"),
        ('{"lineage": "\\ud800"}', "STA102", "Unicode"),
        ("[]", "STA106", "expected an object, found []"),
        (json.dumps(document(version=2)), "STA105", "format version 2"),
        (json.dumps(document(version="x")), "STA106", 'version: expected 1, found "x"'),
        (json.dumps(document(serial="x")), "STA106", 'serial: expected a whole number, found "x"'),
        (json.dumps(document(serial=True)), "STA106", "serial: expected a whole number, found true"),
        (json.dumps(document(serial=-1)), "STA106", "at least 0"),
        (json.dumps(document(resources={})), "STA106", "resources: expected a list"),
        (json.dumps(document(outputs={"o": {}})), "STA106", "outputs.o.value"),
        (json.dumps(document(resources=[resource(type="classiclink_vcp")])), "STA107", "classiclink_vpc"),
        (json.dumps(document(resources=[resource(mode="data")])), "STA106", "resources[0].mode"),
        (json.dumps(document(resources=[resource(module="m")])), "STA106", "is not an address"),
        (json.dumps(document(resources=[resource(), resource()])), "STA108", "classiclink_vpc.a"),
        (json.dumps(document(resources=[resource(instances=[{"attributes": {}}])])), "STA106", "attributes.vpc_id"),
        (json.dumps(document(resources=[resource(provider=3)])), "STA106", "provider: expected a string, found 3"),
        (with_attribute("vswitch_ids", 7), "STA106", "attributes.vswitch_ids: expected a list or null, found 7"),
        (with_attribute("vswitch_ids", [7]), "STA106", "attributes.vswitch_ids[0]: expected a string, found 7"),
        (with_attribute("private_ip", 5), "STA106", "attributes.private_ip: expected a string or null, found 5"),
        (with_attribute("cidr_block", []), "STA106", "attributes.cidr_block: expected a string or null, found []"),
        (
            json.dumps(document(resources=[resource(instances=[{"index_key": 1.5, "attributes": {"vpc_id": "v"}}])])),
            "STA106",
            "index_key: expected a string, a whole number or null",
        ),
    ],
)
def test_every_kind_of_broken_file_is_reported(text: str, code: str, part: str) -> None:
    found = problems(text)
    assert any(each == code and part in detail for each, detail in found), found


def test_a_whole_number_may_be_written_with_a_point() -> None:
    instance = {"index_key": 1.0, "attributes": {"vpc_id": "v"}}
    text = json.dumps(document(serial=3.0, resources=[resource(instances=[instance])]))
    assert "3.0" in text
    state = loads(text, "s.json")
    assert (repr(state.serial), list(map(str, state.objects))) == ("3", ["classiclink_vpc.a[1]"])


@MODEST
@given(STATES, st.data())
def test_no_state_whatever_ends_in_anything_but_a_state_or_diagnostics(state: State, data: st.DataObject) -> None:
    altered: Any = json.loads(dumps(state)) | {"checksum": None}
    holder: Any = altered
    while isinstance(holder, dict | list) and holder:
        keys: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(holder[key], dict | list) or not holder[key] or data.draw(st.booleans()):
            holder[key] = data.draw(JSON)
            break
        holder = holder[key]
    with suppress(StateError):
        assert isinstance(loads(json.dumps(altered), "f"), State)


def test_problems_of_parts_that_fit_are_reported_beside_those_of_parts_that_do_not() -> None:
    broken = document(serial="x", resources=[resource(), resource(), resource(module="m")])
    assert [code for code, _ in problems(json.dumps(broken))] == ["STA106", "STA108", "STA106"]


def test_a_key_that_a_later_release_adds_is_passed_over() -> None:
    written = {"by": "ann@desk", "at": "2026-11-20T10:00:00Z", "operation": "apply"}
    assert loads(json.dumps(document(written={**written, "plan_id": "p"})), "f").written == Written(**written)


def test_a_newer_state_names_the_release_that_wrote_it_where_it_says_so() -> None:
    for wrote, named in (({"cl_version": "9.1"}, " (9.1)"), ({}, ""), ({"cl_version": 9}, "")):
        with pytest.raises(StateError) as caught:
            loads(json.dumps(document(version=2, **wrote)), "f")
        assert f"release of cl that wrote it{named}, or a newer one" in str(caught.value.diagnostics[0].remedy)


def test_all_the_problems_of_a_file_are_reported_at_once() -> None:
    broken = document(serial="x", outputs=[], resources=[resource(provider=1), resource(type="nonsense")])
    assert len(problems(json.dumps(broken))) == 4
