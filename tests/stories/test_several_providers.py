"""Two and three accounts, each a provider with a world of its own: nothing mixes them up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.desk import Desk, Ended
from support.story_estates import attach, enable, instance, link, vpc

LAB = "  provider = mock.lab\n"
PROVIDERS = """
provider "mock" {
  world    = "world.json"
  call_log = "calls.jsonl"
}

provider "mock" {
  alias    = "lab"
  world    = "lab.json"
  call_log = "lab.jsonl"
}

"""


def enable_at_lab(name: str, vpc_id: str) -> str:
    return enable(name, vpc_id).replace("{\n", "{\n" + LAB, 1)


def lab_world(desk: Desk, **parts: Any) -> None:
    (desk.directory / "lab.json").write_text(json.dumps({"format_version": "1.0", "account_id": "2002", **parts}))


def lab_links(desk: Desk) -> dict[str, str]:
    world = json.loads((desk.directory / "lab.json").read_text())
    return {found["instance_id"]: found["vpc_id"] for found in world.get("links", [])}


def words(ended: Ended) -> str:
    """Everything that was said, in one line."""
    return " ".join((ended.out + ended.err).split())


def of_lab(**thing: Any) -> dict[str, Any]:
    return {**thing, "account_id": "2002", "region_id": "cn-beijing"}


@pytest.fixture
def twins(desk: Desk) -> Desk:
    """Production, and a copy of it for staging: the same ids in both, `i-1` linked in production alone."""
    names = {"vpcs": ("vpc-a", "vpc-b"), "instances": ("i-1", "i-2")}
    desk.world(
        vpcs=[vpc(name, classic_link_enabled=True) for name in names["vpcs"]],
        instances=[instance(name) for name in names["instances"]],
        links=[link("i-1", "vpc-a")],
    )
    lab_world(
        desk,
        vpcs=[of_lab(**vpc(name)) for name in names["vpcs"]],
        instances=[of_lab(**instance(name)) for name in names["instances"]],
    )
    return desk


BOTH = (
    PROVIDERS
    + attach("prod", "i-1", "vpc-a")
    + enable_at_lab("staging", "vpc-a")
    + attach("staging", "i-1", "vpc-a", LAB)
)


def test_the_same_ids_in_two_accounts_are_two_objects(twins: Desk) -> None:
    twins.write(main__hcl=BOTH)
    plan = twins.cl("plan", "--json", code=0).json
    assert [(step["provider"], step["account_id"], step["region_id"], step["action"]) for step in plan["steps"]] == [
        ("mock.lab", "2002", "cn-beijing", "enable_classic_link"),
        ("mock.lab", "2002", "cn-beijing", "attach"),
    ]
    assert plan["summary"]["import"] == 1
    assert plan["proof"]["worlds"]["mock.lab"]["vpcs"]["vpc-a"]["enabled"] is False
    assert plan["proof"]["worlds"]["mock"] == {"account_id": "1001", "vpcs": {}, "instances": {}}
    text = twins.cl("plan", code=0).out
    assert "attach i-1 (10.1.2.3) to vpc-a, by mock.lab (account 2002, cn-beijing)" in text
    twins.cl("apply", "--auto-approve", code=0)
    assert (twins.links(), lab_links(twins), twins.calls()) == ({"i-1": "vpc-a"}, {"i-1": "vpc-a"}, [])
    assert twins.cl("plan", "--detailed-exitcode").code == 0
    twins.cl("drift", code=2)  # vpc-a and vpc-b of production are enabled, but not declared


def test_destroy_takes_each_object_from_its_own_account(twins: Desk) -> None:
    twins.write(main__hcl=BOTH)
    twins.cl("apply", "--auto-approve", code=0)
    twins.cl("destroy", "--auto-approve", code=0)
    assert (twins.links(), lab_links(twins)) == ({}, {})
    assert [action for action, *_ in twins.calls()] == ["DetachClassicLinkVpc"]


def test_an_id_that_another_provider_sees_is_not_found_and_the_remedy_names_it(twins: Desk) -> None:
    lab_world(twins, vpcs=[of_lab(**vpc("vpc-l", classic_link_enabled=True))], instances=[of_lab(**instance("i-l"))])
    twins.write(main__hcl=PROVIDERS + attach("forgotten", "i-l", "vpc-l"))
    text = twins.cl("plan", code=1)
    for rule, subject in (("CL109", "vpc-l"), ("CL206", "i-l")):
        assert rule in words(text)
        assert f"mock: {subject} was not found." in words(text)
    assert "Set the provider of classiclink_attachment.forgotten: provider = mock.lab" in words(text)
    twins.write(main__hcl=PROVIDERS + attach("forgotten", "i-l", "vpc-l", LAB))
    twins.cl("apply", "--auto-approve", code=0)
    assert lab_links(twins) == {"i-l": "vpc-l"}


def test_an_object_that_the_new_provider_sees_is_readdressed(twins: Desk) -> None:
    """The same cloud by another name: the key of a provider is no property of the link."""
    same = PROVIDERS.replace("lab.json", "world.json")
    twins.write(main__hcl=same + attach("web", "i-1", "vpc-a"))
    twins.cl("apply", "--auto-approve", code=0)
    twins.write(main__hcl=same + attach("web", "i-1", "vpc-a", LAB))
    plan = twins.cl("plan", "--json", code=0).json
    (change,) = plan["resource_changes"]
    assert plan["steps"] == []
    assert (change["action_reason"], change["previous_provider"], change["provider"]) == (
        "provider_changed",
        "mock",
        "mock.lab",
    )
    assert plan["summary"]["readdress"] == 1
    assert "goes from mock to mock.lab; re-addressed in the state" in twins.cl("plan", code=0).out
    twins.cl("apply", "--auto-approve", code=0)
    assert '"provider": "mock.lab"' in (twins.directory / "cl.state.json").read_text()
    assert twins.cl("plan", "--detailed-exitcode").code == 0


def test_an_object_that_the_new_provider_does_not_have_is_removed_there_and_made_here(twins: Desk) -> None:
    twins.write(main__hcl=PROVIDERS + attach("web", "i-1", "vpc-a") + enable_at_lab("a", "vpc-a"))
    twins.cl("apply", "--auto-approve", code=0)
    twins.write(main__hcl=PROVIDERS + attach("web", "i-1", "vpc-a", LAB) + enable_at_lab("a", "vpc-a"))
    plan = twins.cl("plan", "--json", code=0).json
    assert [(step["provider"], step["action"]) for step in plan["steps"]] == [
        ("mock", "detach"),
        ("mock.lab", "attach"),
    ]
    assert plan["summary"]["move"] == 0
    twins.cl("plan", "--out", "p.json", code=0)
    twins.cl("show", "--verify", "p.json", code=0)
    twins.cl("apply", "p.json", code=0)
    assert (twins.links(), lab_links(twins)) == ({}, {"i-1": "vpc-a"})
    assert twins.cl("plan", "--detailed-exitcode").code == 0


def test_what_depends_on_another_account_waits_for_it(twins: Desk) -> None:
    twins.write(
        main__hcl=PROVIDERS
        + enable_at_lab("first", "vpc-b")
        + attach("then", "i-2", "vpc-b", "  depends_on = [classiclink_vpc.first]\n")
    )
    steps = twins.cl("plan", "--json", code=0).json["steps"]
    assert [(step["provider"], step["needs"]) for step in steps] == [("mock.lab", []), ("mock", [1])]


def test_a_provider_that_left_the_configuration_is_named_by_every_command(twins: Desk) -> None:
    twins.write(main__hcl=BOTH)
    twins.cl("apply", "--auto-approve", code=0)
    twins.write(main__hcl='provider "mock" {\n  world = "world.json"\n}\n\n' + attach("prod", "i-1", "vpc-a"))
    before = (twins.directory / "cl.state.json").read_text()
    for command in (
        ["plan"],
        ["plan", "--refresh=false"],
        ["apply", "--auto-approve"],
        ["destroy", "--auto-approve"],
        ["refresh", "--auto-approve"],
        ["drift"],
    ):
        ended = twins.cl(*command, code=1)
        assert "PRV306" in words(ended)
        assert "The state has 2 objects of mock.lab" in words(ended)
        assert "classiclink_attachment.staging; classiclink_vpc.staging" in words(ended)
    assert (twins.directory / "cl.state.json").read_text() == before


def test_a_provider_that_was_renamed_is_given_its_objects_by_what_the_remedy_says(twins: Desk) -> None:
    twins.write(main__hcl=BOTH)
    twins.cl("apply", "--auto-approve", code=0)
    renamed = BOTH.replace('alias    = "lab"', 'alias    = "dev"').replace("mock.lab", "mock.dev")
    twins.write(main__hcl=renamed)
    refused = words(twins.cl("plan", code=1))
    assert "If you renamed it to mock.dev, keep both blocks" in refused
    assert "objects with provider = mock.dev move from mock.lab to mock.dev in the state" in refused
    lab = PROVIDERS.partition("\n\n")[2]
    twins.write(main__hcl=renamed + lab)
    assert twins.cl("plan", "--json", code=0).json["steps"] == []
    twins.cl("apply", "--auto-approve", code=0)
    twins.write(main__hcl=renamed)
    twins.cl("plan", "--detailed-exitcode", code=0)
    twins.write(main__hcl=PROVIDERS.partition("\n\n")[0] + "\n")
    assert "If you renamed it to" not in words(twins.cl("plan", code=1))


def blinded(desk: Desk) -> None:
    """The lab's account may read nothing from now on."""
    reads = ["DescribeVpcs", "DescribeInstances", "DescribeClassicLinkInstances"]
    faults = [{"action": read, "kind": "error", "code": "Forbidden.RAM", "message": "no"} for read in reads]
    (desk.directory / "faults.json").write_text(json.dumps(faults))
    main = desk.directory / "main.hcl"
    main.write_text(main.read_text().replace('"lab.jsonl"', '"lab.jsonl"\n  faults   = "faults.json"'))


def test_an_account_that_cannot_be_read_stops_only_what_is_its_own(twins: Desk) -> None:
    twins.write(main__hcl=PROVIDERS + attach("prod", "i-2", "vpc-b"))
    blinded(twins)
    plan = twins.cl("plan", "--json", code=0).json
    assert plan["complete"]
    assert {gap["provider"] for gap in plan["unread"]} == {"mock.lab"}
    twins.cl("apply", "--auto-approve", code=0)
    assert twins.links() == {"i-1": "vpc-a", "i-2": "vpc-b"}


def test_a_plan_that_looks_at_an_account_which_cannot_be_read_is_incomplete(twins: Desk) -> None:
    twins.write(main__hcl=BOTH)
    twins.cl("apply", "--auto-approve", code=0)
    twins.write(main__hcl=BOTH + attach("more", "i-2", "vpc-b"))
    blinded(twins)
    ended = twins.cl("plan", "--json", code=3).json
    assert [(step["provider"], step["instance_id"]) for step in ended["steps"]] == [("mock", "i-2")]
    assert twins.cl("plan", "--target", "classiclink_attachment.more", "--json", code=0).json["complete"]


def test_refresh_only_looks_at_each_object_in_its_own_account(twins: Desk) -> None:
    twins.write(main__hcl=BOTH)
    twins.cl("apply", "--auto-approve", code=0)
    lab_world(
        twins,
        vpcs=[of_lab(**vpc("vpc-a", classic_link_enabled=True))],
        instances=[of_lab(**instance("i-1"))],
    )
    drift = twins.cl("plan", "--refresh-only", "--json", code=0).json["resource_drift"]
    assert [entry["address"] for entry in drift] == ["classiclink_attachment.staging"]


def test_a_drain_names_the_account_where_several_see_the_vpc(twins: Desk) -> None:
    twins.write(main__hcl=BOTH)
    twins.cl("apply", "--auto-approve", code=0)
    refused = twins.cl("plan", "--drain", "vpc-a", code=1)
    assert "--drain vpc-a is ambiguous: mock and mock.lab each see a VPC with this id." in words(refused)
    assert "cl plan --drain mock.lab/vpc-a" in words(refused)
    plan = twins.cl("plan", "--drain", "mock.lab/vpc-a", "--json", code=0).json
    assert [(step["provider"], step["action"]) for step in plan["steps"]] == [
        ("mock.lab", "detach"),
        ("mock.lab", "disable_classic_link"),
    ]
    twins.cl("apply", "--drain", "mock.lab/vpc-a", "--auto-approve", code=0)
    assert (twins.links(), lab_links(twins)) == ({"i-1": "vpc-a"}, {})


def test_a_cloud_that_moved_since_the_plan_is_named(twins: Desk) -> None:
    twins.write(main__hcl=BOTH)
    twins.cl("plan", "--out", "p.json", code=0)
    lab_world(
        twins,
        vpcs=[of_lab(**vpc("vpc-a", classic_link_enabled=True))],
        instances=[of_lab(**instance("i-1"))],
    )
    refused = twins.cl("apply", "p.json", code=1)
    assert "mock.lab: ClassicLink on vpc-a was disabled, and is enabled now" in words(refused)


def test_a_killed_apply_of_two_accounts_is_completed_by_the_next(twins: Desk) -> None:
    twins.write(main__hcl=BOTH)
    faults = [{"action": "AttachClassicLinkVpc", "kind": "crash_after"}]
    (twins.directory / "faults.json").write_text(json.dumps(faults))
    main = twins.directory / "main.hcl"
    main.write_text(BOTH.replace('"lab.jsonl"', '"lab.jsonl"\n  faults   = "faults.json"'))
    assert twins.cl("apply", "--auto-approve").code not in (0, 1)
    main.write_text(BOTH)
    ended = twins.cl("apply", "--auto-approve", code=0)
    assert "STA310" in ended.err
    assert (twins.links(), lab_links(twins)) == ({"i-1": "vpc-a"}, {"i-1": "vpc-a"})
    assert twins.cl("plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize("content", [None, "", '{"for', '{"format_version": "1.0", "oops": 1}'])
def test_a_world_that_cannot_be_opened_stops_only_what_is_its_own(twins: Desk, content: str | None) -> None:
    twins.write(main__hcl=PROVIDERS + attach("prod", "i-1", "vpc-a"))
    lab = twins.directory / "lab.json"
    lab.unlink()
    if content is not None:
        lab.write_text(content)
    twins.cl("plan", "-out=p.json", code=0)
    twins.cl("apply", "p.json", code=0)
    assert twins.links() == {"i-1": "vpc-a"}
    report = twins.cl("drift", "--json", code=3).json
    assert not report["complete"]
    assert report["summary"]["managed"] == 1


def test_a_destroy_of_nothing_invents_no_output(twins: Desk) -> None:
    twins.write(main__hcl=PROVIDERS + enable("b", "vpc-b") + 'output "o" {\n  value = classiclink_vpc.b.vpc_id\n}\n')
    twins.cl("apply", "-auto-approve", code=0)
    twins.cl("destroy", "-auto-approve", code=0)
    twins.cl("plan", "-destroy", "-detailed-exitcode", code=0)
    twins.cl("destroy", "-auto-approve", code=0)
    assert twins.cl("output", "-json", code=0).json == {}


def test_a_module_is_given_a_provider_under_the_name_of_that_provider(twins: Desk) -> None:
    (twins.directory / "lab").mkdir()
    (twins.directory / "lab" / "main.hcl").write_text(enable("a", "vpc-a"))
    twins.write(main__hcl=PROVIDERS + 'module "lab" {\n  source    = "./lab"\n  providers = { mok = mock.lab }\n}\n')
    refused = words(twins.cl("validate", code=1))
    assert '"mok" and mock.lab are different kinds of provider' in refused
    assert "Write mock = mock.lab." in refused


def test_an_id_of_another_account_in_a_module_is_found_by_the_provider_of_its_call(twins: Desk) -> None:
    lab_world(twins, vpcs=[of_lab(**vpc("vpc-lab"))])
    (twins.directory / "lab").mkdir()
    (twins.directory / "lab" / "main.hcl").write_text(enable("a", "vpc-lab"))
    call = 'module "lab" {\n  source = "./lab"\n}\n'
    twins.write(main__hcl=PROVIDERS + call)
    remedy = "Give module.lab that provider where it is called: providers = { mock = mock.lab }"
    assert remedy in words(twins.cl("plan", code=1))
    twins.write(main__hcl=PROVIDERS + call.replace("\n}", "\n  providers = { mock = mock.lab }\n}"))
    twins.cl("plan", code=0)
