"""Every malformed world is told with its path, what was expected and what was found."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.diagnostics import ProviderError
from planner.network.identity import Action, Enablement, GuestRoute, Link
from providers.mock.world_file import parse_world, write_document
from support.mock_worlds import Opener, Record
from support.watching import no_endless_work

VPC = {"vpc_id": "vpc-a", "account_id": "1", "region_id": "r", "cidr_block": "172.16.0.0/12"}
INSTANCE = {
    "instance_id": "i-1",
    "account_id": "1",
    "region_id": "r",
    "network_type": "classic",
    "private_ip": "10.0.0.1",
}


def without(record: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != key}


BROKEN: list[tuple[str, Any, str, list[str]]] = [
    ("a list", [], "PRV202", ["expected a JSON object, found []"]),
    ("an unknown list", {"vpc": []}, "PRV203", ["world.json: vpc:", 'Did you mean "vpcs"?']),
    ("a list that is an object", {"vpcs": {}}, "PRV205", ["vpcs: expected a list, found {}"]),
    ("a record that is no object", {"vpcs": [3]}, "PRV205", ["vpcs[0]: expected an object, found 3"]),
    ("an account that is a number", {"account_id": 5}, "PRV205", ["account_id: expected a string, found 5"]),
    ("a newer format", {"format_version": "2.0"}, "PRV209", ['expected "1.0"', 'found "2.0"']),
    ("a format that is a number", {"format_version": 1}, "PRV209", ["format_version", "found 1"]),
    (
        "an unknown key",
        {"vpcs": [VPC, {**VPC, "vpc_id": "b"}, {**VPC, "vpc_id": "c", "cidr_blok": "x"}]},
        "PRV203",
        ["vpcs[2].cidr_blok", 'Did you mean "cidr_block"?'],
    ),
    ("half a character", {"account_id": "\ud800"}, "PRV205", ["account_id", "half of a surrogate pair"]),
    (
        "half a character in a key",
        {"instances": [{**INSTANCE, "tags": {"\udfff": "x"}}]},
        "PRV205",
        ["instances[0].tags: expected characters"],
    ),
    ("a missing key", {"vpcs": [without(VPC, "region_id")]}, "PRV204", ["vpcs[0]", "expected the key region_id"]),
    ("a CIDR with host bits", {"vpcs": [{**VPC, "cidr_block": "172.16.0.1/12"}]}, "PRV205", ["host bits"]),
    ("a CIDR without length", {"vpcs": [{**VPC, "cidr_block": "172.16.0.0"}]}, "PRV205", ['found "172.16.0.0"']),
    ("a CIDR with a netmask", {"vpcs": [{**VPC, "cidr_block": "10.0.0.0/255.0.0.0"}]}, "PRV205", ["cidr_block"]),
    ("a secondary CIDR", {"vpcs": [{**VPC, "secondary_cidr_blocks": ["x"]}]}, "PRV205", ["secondary_cidr_blocks"]),
    ("an address", {"instances": [{**INSTANCE, "private_ip": "10.0.0.256"}]}, "PRV205", ["instances[0].private_ip"]),
    ("a flag", {"vpcs": [{**VPC, "classic_link_enabled": "yes"}]}, "PRV205", ['expected true or false, found "yes"']),
    ("tags", {"instances": [{**INSTANCE, "tags": {"a": 1}}]}, "PRV205", ["instances[0].tags"]),
    ("locks", {"instances": [{**INSTANCE, "operation_locks": "x"}]}, "PRV205", ["expected a list of strings"]),
    ("a network type", {"instances": [{**INSTANCE, "network_type": "Classic"}]}, "PRV205", ['"classic" or "vpc"']),
    ("guest routes", {"instances": [{**INSTANCE, "guest_routes": {}}]}, "PRV205", ["instances[0].guest_routes"]),
    (
        "a guest route without destination",
        {"instances": [{**INSTANCE, "guest_routes": [{}]}]},
        "PRV204",
        ["instances[0].guest_routes[0]", "expected the key destination_cidr_block"],
    ),
    (
        "an unknown key of a guest route",
        {"instances": [{**INSTANCE, "guest_routes": [{"destination_cidr_block": "10.0.0.0/8", "next_hopp": "x"}]}]},
        "PRV203",
        ["instances[0].guest_routes[0].next_hopp", 'Did you mean "next_hop"?'],
    ),
    ("a null", {"instances": [{**INSTANCE, "name": None}]}, "PRV205", ["expected a string, found null"]),
    ("an empty id", {"vpcs": [{**VPC, "vpc_id": ""}]}, "PRV205", ["vpcs[0].vpc_id"]),
    (
        "a vSwitch of no VPC",
        {"vswitches": [{"vswitch_id": "v", "vpc_id": "vpc-z", "cidr_block": "10.0.0.0/24"}]},
        "PRV206",
        ["vswitches[0].vpc_id", 'found "vpc-z"'],
    ),
    (
        "a link of no instance",
        {"vpcs": [VPC], "instances": [INSTANCE], "links": [{"instance_id": "i-11", "vpc_id": "vpc-a"}]},
        "PRV206",
        ["links[0].instance_id", 'Did you mean "i-1"?'],
    ),
    ("an id twice", {"vpcs": [VPC, VPC]}, "PRV207", ["vpcs[1].vpc_id", "vpcs[0] already"]),
    (
        "an instance with two links",
        {
            "vpcs": [VPC, {**VPC, "vpc_id": "vpc-b"}],
            "instances": [INSTANCE],
            "links": [{"instance_id": "i-1", "vpc_id": "vpc-a"}, {"instance_id": "i-1", "vpc_id": "vpc-b"}],
        },
        "PRV210",
        ["links[1]", "linked to vpc-a by links[0]"],
    ),
]


@pytest.mark.parametrize(("world", "code", "words"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_malformed_world_is_reported_with_its_path(world: Any, code: str, words: list[str]) -> None:
    with pytest.raises(ProviderError) as error:
        parse_world(json.dumps(world), "world.json")
    (problem,) = error.value.diagnostics
    assert problem.code == code
    assert problem.remedy
    for word in words:
        assert word in f"{problem.detail} {problem.remedy}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"vpcs": [\n  {"vpc_id": }\n]}', "line 2, column 14"),
        ("", "line 1, column 1: a value is expected. It is empty."),
        ("[" * 100_000, "nested too deeply"),
        ('{"format_version": ' + "9" * 5000 + "}", "a number has too many digits"),
    ],
)
def test_what_is_no_json_is_reported_with_line_and_column(text: str, words: str) -> None:
    with pytest.raises(ProviderError) as error:
        parse_world(text, "world.json")
    assert error.value.diagnostics[0].code == "PRV202"
    assert words in error.value.diagnostics[0].detail


def test_all_problems_are_reported_at_once() -> None:
    world = {
        "vpc": [],
        "vpcs": [{**VPC, "cidr_blok": "x"}, {**VPC, "vpc_id": 7}],
        "instances": [{**INSTANCE, "private_ip": "nowhere", "vpc_id": "vpc-z"}],
    }
    with pytest.raises(ProviderError) as error:
        parse_world(json.dumps(world), "world.json")
    assert [problem.code for problem in error.value.diagnostics] == [
        "PRV203",
        "PRV203",
        "PRV205",
        "PRV205",
        "PRV206",
    ]


def test_a_world_that_is_wrong_everywhere_is_reported_by_its_first_problems_and_a_count() -> None:
    with pytest.raises(ProviderError) as error:
        parse_world(json.dumps({"vpcs": [0] * 1500}), "world.json")
    assert len(error.value.diagnostics) == 100
    assert "1,400 more problems" in error.value.diagnostics[-1].detail


def test_a_large_world_of_dangling_ids_is_reported_soon() -> None:
    links = [{"instance_id": f"i-{number}", "vpc_id": "vpc-a"} for number in range(5_000)]
    instances = [{**INSTANCE, "instance_id": f"j-{number}"} for number in range(5_000)]
    with no_endless_work(), pytest.raises(ProviderError):
        parse_world(json.dumps({"vpcs": [VPC], "instances": instances, "links": links}), "world.json")


def test_missing_lists_are_empty_and_absent_guest_routes_are_unknown() -> None:
    world = parse_world(
        json.dumps({"instances": [INSTANCE, {**INSTANCE, "instance_id": "i-2", "guest_routes": []}]}), "w"
    )
    assert world.vpcs == {}
    assert world.links == {}
    assert world.instances["i-1"].guest_routes is None
    assert world.instances["i-2"].guest_routes == ()


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "account_id": st.text(),
            "vpcs": st.lists(st.builds(lambda name: {**VPC, "name": name}, st.text()), max_size=3),
        },
    )
)
def test_a_written_document_reads_back_the_same(document: dict[str, Any]) -> None:
    assert json.loads(write_document(document)) == document


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["vpcs", "links", "instances", "vpc_id", "instance_id", "cidr_block", "format_version"]
                ),
                inner,
            )
        ),
    )
)
def test_no_world_whatever_ends_in_anything_but_a_world_or_diagnostics(document: Any) -> None:
    with suppress(ProviderError):
        assert parse_world(json.dumps(document), "world.json").unread == ()


def test_a_clean_end_keeps_the_other_content_of_the_file_and_its_order(
    world: Record, open_cloud: Opener, tmp_path: Path
) -> None:
    world = {"links": world.pop("links"), **world, "cloud_resources": []}
    cloud = open_cloud(world)
    cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
    cloud.perform(Action.DETACH, Link("i-1", "vpc-a"))
    cloud.perform(Action.ENABLE, Enablement("vpc-off"))
    cloud.perform(Action.ADD_GUEST_ROUTE, GuestRoute("i-1", "192.168.0.0/16"))
    cloud.close()
    written = json.loads((tmp_path / "world.json").read_text())
    world["links"] = [{"instance_id": "i-3", "vpc_id": "vpc-a"}]
    world["vpcs"][2]["classic_link_enabled"] = True
    world["instances"][0]["guest_routes"] = [{"destination_cidr_block": "192.168.0.0/16", "next_hop": "private_nic"}]
    assert written == world
    assert list(written) == list(world)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calls.jsonl", "world.json"]


def test_a_provider_that_only_reads_leaves_the_file_alone(world: Record, open_cloud: Opener, tmp_path: Path) -> None:
    cloud = open_cloud(world)
    before = (tmp_path / "world.json").stat()
    cloud.read()
    cloud.close()
    assert (tmp_path / "world.json").stat() == before or (
        tmp_path / "world.json"
    ).stat().st_mtime_ns == before.st_mtime_ns
    assert [path.name for path in tmp_path.iterdir()] == ["world.json"]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ('{"links": [], "links": []}', ["links"]),
        ('{"vpcs": [{"vpc_id": "a", "vpc_id": "b", "vpc_id": "c"}]}', ["vpcs[0].vpc_id", "vpcs[0].vpc_id"]),
        ('{"instances": [{}, {"tags": {"a": "1", "a": "1"}}]}', ["instances[1].tags.a"]),
        ('{"x": {"a": 1, "a": 2}, "x": 1}', ["x"]),
    ],
)
def test_a_repeated_key_is_reported(text: str, paths: list[str]) -> None:
    with pytest.raises(ProviderError) as error:
        parse_world(text, "world.json")
    found = error.value.diagnostics
    assert [problem.code for problem in found] == ["PRV213"] * len(paths)
    for problem, path in zip(found, paths, strict=True):
        assert problem.detail.startswith(f"world.json: {path}: ")


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert parse_world('{"account_id": "\\ud83d\\ude00"}', "world.json").account_id == "\U0001f600"


def test_the_beginning_of_a_key_that_is_missing_leads_to_it() -> None:
    with pytest.raises(ProviderError) as error:
        parse_world(json.dumps({"vpcs": [{**without(VPC, "cidr_block"), "cidr": "172.16.0.0/12"}]}), "world.json")
    unknown, missing = error.value.diagnostics
    assert (unknown.code, str(unknown.remedy)) == ("PRV203", 'Did you mean "cidr_block"?')
    assert (missing.code, "expected the key cidr_block" in missing.detail) == ("PRV204", True)
