"""The pages in docs/ that describe what users and programs rely on are true."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from planner.address import Address
from planner.config import schema
from planner.documents.reasons import Reason
from planner.hcl.cty.values import string
from planner.hcl.functions import standard_functions
from planner.plan.changes import Change
from planner.plan.changes import ChangeKind as ChangeKind
from planner.steps import StepReason
from providers.mock.fault_file import MOCK_RULES
from providers.mock.faults import MATCHES
from providers.mock.world_document import KEYS, world_schema
from support.desk import Desk
from support.story_estates import PROVIDER, enable, instances, vpc

DOCS = Path(__file__).parents[2] / "docs"
WITHOUT_STEPS = {
    Reason(word)
    for word in (
        "attributes_differ",
        "changed_outside",
        "gone_outside",
        "held_twice",
        "adopted",
        "import_block",
        "readdressed",
        "moved_block",
        "read_because_config_unknown",
        "read_because_dependency_pending",
    )
}
"""Reasons of what changes nothing but the state."""


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def words(text: str) -> set[str]:
    """Every word that stands in code marks."""
    return {word for code in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"\w[\w-]*", code)}


def section(text: str, title: str) -> str:
    """What stands below a heading, up to the next one that is as high or higher."""
    found = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    assert found, title
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def keys_of(entries: Iterator[Mapping[str, Any]]) -> set[str]:
    return {key for entry in entries for key in entry}


def test_the_list_of_functions_is_the_list_of_functions() -> None:
    listed = page("configuration.md").partition("<!-- functions -->")[2].partition("<!-- end of functions -->")[0]
    table = standard_functions(render=lambda *_: string(""), console=True)
    assert re.findall(r"`(\w+)`", listed) == sorted(name for name in table if "::" not in name)


@pytest.mark.parametrize("known", [*schema.RESOURCE_TYPES.values(), *schema.DATA_SOURCES.values()])
def test_types_are_described_with_their_attributes(known: schema.ObjectSchema) -> None:
    row = next(line for line in page("configuration.md").splitlines() if line.startswith(f"| `{known.type}` |"))
    assert words(row) >= set(known.attributes)


def test_every_block_and_argument_is_described() -> None:
    text = page("configuration.md")
    messages = words(text) | set(re.findall(r"\w+", " ".join(re.findall(r"```hcl\n(.*?)```", text, re.DOTALL))))
    assert set(arguments(schema.TOP_LEVEL)) <= messages
    assert set(arguments({**schema.RESOURCE_BLOCKS, **schema.DATA_BLOCKS})) <= messages


def arguments(blocks: schema.BlockSchemas) -> Iterator[str]:
    for name, block in blocks.items():
        yield name
        yield from block.arguments
        yield from arguments(block.blocks)


def test_the_examples_of_a_configuration_are_valid(desk: Desk) -> None:
    declared = """
resource "classiclink_attachment" "shop" {
  for_each    = toset(["i-web-1"])
  instance_id = each.key
  vpc_id      = "vpc-shop"
}
resource "classiclink_attachment" "db" {
  instance_id = "i-db"
  vpc_id      = "vpc-shop"
}
data "classiclink_instances" "shop" {}
"""
    examples = re.findall(r"```hcl\n(.*?)```", page("configuration.md"), re.DOTALL)
    assert len(examples) == 5
    desk.write(main__hcl="\n".join([declared, *examples]))
    desk.cl("validate", code=0)


@pytest.mark.parametrize("name", [*KEYS, "guest_routes"])
def test_every_key_of_the_world_is_described_as_required_or_not(name: str) -> None:
    schema: Any = world_schema()
    lists = {**schema["properties"], **schema["$defs"]["InstanceRecord"]["properties"]}
    kind = schema["$defs"][lists[name]["items"]["$ref"].rpartition("/")[2]]
    row = next(line for line in page("world.md").splitlines() if line.startswith(f"| `{name}`"))
    _, _, required, optional, _ = row.split("|")
    assert words(required) >= set(kind["required"])
    assert words(optional) >= set(kind["properties"]) - set(kind["required"])


def test_the_example_world_and_the_example_faults_are_taken(desk: Desk) -> None:
    world, faults = re.findall(r"```json\n(.*?)```", page("world.md"), re.DOTALL)
    desk.write(
        world__json=world,
        faults__json=faults,
        main__hcl="""
provider "mock" {
  world  = "world.json"
  faults = "faults.json"
}
resource "classiclink_vpc" "shop" {
  vpc_id = "vpc-shop"
}
""",
    )
    assert set(json.loads(world)) == {"format_version", "account_id", *KEYS}
    assert desk.cl("drift", "-json", code=3).json["complete"] is False


def test_every_fault_is_described() -> None:
    faults = section(page("world.md"), "The faults file")
    assert words(faults) >= {*MOCK_RULES.kinds, *MATCHES}


def test_every_key_of_a_plan_is_described(fixture_desk: Callable[[str], Desk]) -> None:
    text = page("plan-format.md")
    for name in ("quickstart", "broken", "swap"):
        plan = fixture_desk(name).cl("plan", "-json").json
        assert set(plan) <= words(section(text, "The plan document").partition("###")[0])
        changes = [*plan["resource_changes"], *plan["resource_drift"]]
        described = words(section(text, "An entry of `resource_changes`"))
        assert keys_of(iter(changes)) | keys_of(change["change"] for change in changes) <= described
        for key in ("steps", "rules", "diagnostics"):
            assert keys_of(iter(plan[key])) <= words(section(text, f"An entry of `{key}`"))
        groups = plan["reachability"]["opened"] + plan["reachability"]["closed"]
        described = words(section(text, "`reachability`"))
        assert {*plan["reachability"], *keys_of(iter(groups))} <= described
        assert {*plan["proof"], *keys_of(iter(plan["proof"]["vpcs"].values()))} <= words(section(text, "`proof`"))
        assert set(plan["summary"]) <= words(text)


def test_every_reason_of_a_change_and_of_a_step_is_described() -> None:
    text = page("plan-format.md")
    assert words(section(text, "An entry of `resource_changes`")) >= set(Reason)
    assert words(section(text, "An entry of `steps`")) >= set(StepReason)


@pytest.mark.parametrize("reason", StepReason)
def test_which_reasons_of_changes_a_reason_of_a_step_stands_for_is_described(reason: StepReason) -> None:
    table = section(page("plan-format.md"), "An entry of `steps`").partition("| `reason` of a step |")[2]
    (row,) = (line for line in table.splitlines() if line.startswith(f"| `{reason}` |"))
    messages = {Reason(word) for word in words(row.split("|")[2])}
    assert messages
    changes = [Change(Address("classiclink_vpc", "a"), ChangeKind.CREATE, why) for why in Reason]
    assert messages == {change.reason for change in changes if change.step_reason is reason} - WITHOUT_STEPS


def test_every_key_of_a_drift_document_is_described(fixture_desk: Callable[[str], Desk]) -> None:
    drift = fixture_desk("drifted").cl("drift", "-json", code=3).json
    described = section(page("plan-format.md"), "The drift document")
    assert {*drift, *drift["summary"]} <= words(described.partition("###")[0])
    assert drift["items"]
    assert keys_of(iter(drift["items"])) <= words(section(described, "An entry of `items`"))


def test_every_code_that_a_plan_is_reported_has_a_page(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a", classic_link_enabled=True)], instances=instances(1))
    desk.write(main__hcl=PROVIDER + "cl {\n  limits {\n    adopt = false\n  }\n}\n" + enable("shop", "vpc-a"))
    messages = desk.cl("plan", "-json", code=1).json["diagnostics"]
    assert [one["code"] for one in messages] == ["CL903"]
    page = desk.cl("rules", "CL903", "-json", code=0).json
    assert page["level"] == messages[0]["severity"]
    assert "cl import" in page["text"]
    assert "CL903" in desk.cl("rules", code=0).out
    assert "CL903" not in desk.cl("rules", "-json", code=0).out, "a plan has it among its diagnostics, not its rules"
    assert "CL916" in desk.cl("rules", "CL941", code=64).err
