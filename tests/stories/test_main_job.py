"""The main job: write HCL, see an ordered plan, apply it, and plan again to find nothing left to do."""

from __future__ import annotations

import json
import stat
from typing import Any

from support.clouds import BOTH_CLOUDS, mock_alone
from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instance, instances, link, vpc

pytestmark = BOTH_CLOUDS


def apply_and_plan_again(desk: Desk) -> None:
    """Apply what is declared; the second plan must be empty."""
    desk.cl("apply", "--auto-approve", code=0)
    desk.cl("plan", "--detailed-exitcode", code=0)


def test_a_first_plan_enables_before_it_attaches_and_changes_nothing(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=[instance("i-1")])
    desk.write(main__hcl=PROVIDER + attach("web", "i-1", "vpc-a") + enable("shop", "vpc-a"))
    before = desk.read_world()
    plan = desk.cl("plan", "--json", code=0).json
    assert [(step["action"], step["needs"]) for step in plan["steps"]] == [
        ("enable_classic_link", []),
        ("attach", [plan["steps"][0]["id"]]),
    ]
    assert plan["applicable"]
    assert not plan["errored"]
    assert plan["summary"]["add"] == 2
    assert desk.read_world() == before
    assert not (desk.directory / "cl.state.json").exists()
    assert desk.cl("plan", "--detailed-exitcode").code == 2


def test_apply_does_just_the_steps_and_the_second_plan_is_empty(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(3))
    links = "".join(attach(f"n{n}", f"i-000{n}", "vpc-a") for n in (1, 2, 3))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + links)
    desk.cl("apply", "-auto-approve", code=0)
    assert desk.links() == {"i-0001": "vpc-a", "i-0002": "vpc-a", "i-0003": "vpc-a"}
    calls = desk.calls()
    assert calls[0] == ("EnableVpcClassicLink", None, "vpc-a", "ok")
    assert sorted(calls[1:]) == [("AttachClassicLinkVpc", f"i-000{n}", "vpc-a", "ok") for n in (1, 2, 3)]
    assert desk.cl("plan", "-detailed-exitcode").code == 0
    assert desk.state_addresses() == [
        "classiclink_attachment.n1",
        "classiclink_attachment.n2",
        "classiclink_attachment.n3",
        "classiclink_vpc.shop",
    ]


def test_a_saved_plan_is_private_applies_once_and_not_twice(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=[instance("i-1")])
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-1", "vpc-a"))
    desk.cl("plan", "-out=p.json", code=0)
    saved = desk.directory / "p.json"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert desk.cl("show", "--json", "p.json", code=0).json == json.loads(saved.read_text())
    desk.cl("apply", "p.json", code=0)
    assert desk.links() == {"i-1": "vpc-a"}
    again = desk.cl("apply", "p.json", code=1)
    assert "applied" in again.err
    assert len(desk.calls()) == 2


def test_a_saved_plan_is_refused_when_one_byte_of_it_is_changed(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=[instance("i-1")])
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-1", "vpc-a"))
    desk.cl("plan", "-out=p.json", code=0)
    saved = desk.directory / "p.json"
    saved.write_text(saved.read_text().replace('"i-1"', '"i-2"', 1))
    refused = desk.cl("apply", "p.json", code=1)
    assert "checksum" in refused.err
    assert desk.calls() == []


def test_a_plan_from_a_state_that_has_moved_on_is_refused_with_both_serials(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(2))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("one", "i-0001", "vpc-a"))
    desk.cl("apply", "-auto-approve", code=0)
    desk.write(more__hcl=attach("two", "i-0002", "vpc-a"))
    desk.cl("plan", "-out=p.json", code=0)
    desk.cl("apply", "-auto-approve", code=0)
    refused = desk.cl("apply", "p.json", code=1)
    state = json.loads((desk.directory / "cl.state.json").read_text())
    plan = json.loads((desk.directory / "p.json").read_text())
    assert str(state["serial"]) in refused.err
    assert str(plan["serial"]) in refused.err


def test_changing_the_vpc_of_a_link_moves_it(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a"), vpc("vpc-b")], instances=[instance("i-1")])
    both = enable("a", "vpc-a") + enable("b", "vpc-b")
    desk.write(main__hcl=PROVIDER + both + attach("web", "i-1", "vpc-a"))
    apply_and_plan_again(desk)
    desk.write(main__hcl=PROVIDER + both + attach("web", "i-1", "vpc-b"))
    plan = desk.cl("plan", "--json", code=0).json
    (change,) = plan["resource_changes"]
    assert change["change"]["actions"] == ["delete", "create"]
    assert [step["action"] for step in plan["steps"]] == ["detach", "attach"]
    assert plan["steps"][0]["id"] in plan["steps"][1]["needs"]
    assert plan["summary"]["move"] == 1
    assert plan["summary"]["destroy"] == 0
    apply_and_plan_again(desk)
    assert desk.links() == {"i-1": "vpc-b"}


def test_a_renamed_link_is_readdressed_without_a_call(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=[instance("i-1")])
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-1", "vpc-a"))
    desk.cl("apply", "-auto-approve", code=0)
    calls = desk.calls()
    each = (
        'resource "classiclink_attachment" "all" {\n  for_each = toset(["i-1"])\n'
        '  instance_id = each.key\n  vpc_id = "vpc-a"\n}\n'
    )
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + each)
    plan = desk.cl("plan", "--json", code=0).json
    (change,) = plan["resource_changes"]
    assert change["previous_address"] == "classiclink_attachment.web"
    assert change["address"] == 'classiclink_attachment.all["i-1"]'
    assert plan["steps"] == []
    assert plan["summary"]["readdress"] == 1
    assert "classiclink_attachment.web" in desk.cl("plan", code=0).out
    apply_and_plan_again(desk)
    assert desk.calls() == calls
    assert 'classiclink_attachment.all["i-1"]' in desk.state_addresses()


def test_what_exists_already_is_adopted_without_a_call(desk: Desk) -> None:
    desk.world(
        vpcs=[vpc("vpc-a", classic_link_enabled=True)], instances=[instance("i-1")], links=[link("i-1", "vpc-a")]
    )
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-1", "vpc-a"))
    plan = desk.cl("plan", "--json", code=0).json
    assert {change["change"]["importing"]["id"] for change in plan["resource_changes"]} == {"vpc-a", "i-1/vpc-a"}
    assert all(change["change"]["actions"] == ["no-op"] for change in plan["resource_changes"])
    assert plan["summary"]["import"] == 2
    assert plan["applicable"]
    apply_and_plan_again(desk)
    assert desk.calls() == []
    assert len(desk.state_addresses()) == 2


def test_with_adoption_switched_off_the_error_names_the_import_command(desk: Desk) -> None:
    desk.world(
        vpcs=[vpc("vpc-a", classic_link_enabled=True)], instances=[instance("i-1")], links=[link("i-1", "vpc-a")]
    )
    settings = "cl {\n  limits {\n    adopt = false\n  }\n}\n"
    desk.write(main__hcl=settings + PROVIDER + enable("shop", "vpc-a") + attach("web", "i-1", "vpc-a"))
    refused = desk.cl("plan", code=1)
    assert "cl import classiclink_attachment.web i-1/vpc-a" in refused.out + refused.err
    desk.cl("import", "classiclink_attachment.web", "i-1/vpc-a", code=0)
    desk.cl("import", "classiclink_vpc.shop", "vpc-a", code=0)
    desk.cl("plan", "-detailed-exitcode", code=0)


def test_destroy_detaches_before_it_disables(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(2))
    desk.write(
        main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("x", "i-0001", "vpc-a") + attach("y", "i-0002", "vpc-a")
    )
    desk.cl("apply", "-auto-approve", code=0)
    desk.cl("destroy", "-auto-approve", code=0)
    assert desk.links() == {}
    assert desk.calls()[-1] == ("DisableVpcClassicLink", None, "vpc-a", "ok")
    assert desk.state_addresses() == []


def test_a_declined_prompt_is_exit_1_and_changes_nothing(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=[instance("i-1")])
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a"))
    desk.cl("apply", stdin="no\n", code=1)
    desk.cl("apply", stdin="", code=1)
    assert desk.calls() == []
    desk.cl("apply", stdin="yes\n", code=0)
    assert len(desk.calls()) == 1


@mock_alone("the API shows one region: there is no VPC of another one")
def test_a_failed_rule_stops_everything_and_every_failure_is_reported(desk: Desk) -> None:
    desk.world(
        vpcs=[vpc("vpc-a"), vpc("vpc-far", region_id="cn-beijing", classic_link_enabled=True)],
        instances=[instance("i-1"), instance("i-2", "10.1.2.4", operation_locks=["security"])],
        route_entries=[{"vpc_id": "vpc-a", "destination_cidr_block": "10.0.0.0/8", "type": "Custom"}],
    )
    desk.write(
        main__hcl=PROVIDER
        + enable("shop", "vpc-a")
        + attach("far", "i-1", "vpc-far")
        + attach("locked", "i-2", "vpc-a")
        + attach("ghost", "i-404", "vpc-a")
    )
    failed = desk.cl("plan", "--json", code=1)
    plan = failed.json
    assert plan["errored"]
    assert not plan["applicable"]
    failing = {rule["rule"] for rule in plan["rules"] if rule["status"] == "fail" and rule["severity"] == "error"}
    assert failing == {"CL103", "CL204", "CL205", "CL206"}
    for rule in plan["rules"]:
        assert rule["source"]
        assert rule["remedy"]
        assert rule["range"]["filename"] == "main.hcl"
    text = desk.cl("plan", code=1)
    assert "main.hcl line" in text.out + text.err
    desk.cl("apply", "-auto-approve", code=1)
    assert desk.calls() == []
    assert not (desk.directory / "cl.state.json").exists()


def test_the_quota_holds_after_every_step(desk: Desk) -> None:
    many = instances(1001)
    desk.world(
        vpcs=[vpc("vpc-a", classic_link_enabled=True)],
        instances=many,
        links=[link(one["instance_id"], "vpc-a") for one in many[:1000]],
    )
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("late", "i-1001", "vpc-a"))
    plan = desk.cl("plan", "--json", code=1).json
    assert "CL301" in {rule["rule"] for rule in plan["rules"] if rule["status"] == "fail"}


def test_a_step_that_fails_stops_what_needs_it_and_nothing_else(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a"), vpc("vpc-b")], instances=instances(2))
    faults: list[dict[str, Any]] = [
        {
            "action": "EnableVpcClassicLink",
            "match": {"vpc_id": "vpc-a"},
            "nth": 1,
            "kind": "error",
            "code": "RouteConflict.AlreadyExist",
            "message": "Route conflict exists in routing table.",
        }
    ]
    provider = PROVIDER.replace("}", '  faults = "faults.json"\n}')
    desk.write(
        main__hcl=provider
        + enable("a", "vpc-a")
        + enable("b", "vpc-b")
        + attach("one", "i-0001", "vpc-a")
        + attach("two", "i-0002", "vpc-b"),
        faults__json=json.dumps(faults),
    )
    failed = desk.cl("apply", "-auto-approve", code=1)
    assert "RouteConflict.AlreadyExist" in failed.err
    assert desk.links() == {"i-0002": "vpc-b"}
    assert set(desk.state_addresses()) == {"classiclink_vpc.b", "classiclink_attachment.two"}
    main = (desk.directory / "main.hcl").read_text().replace('  faults = "faults.json"\n', "")
    desk.write(main__hcl=main, faults__json="[]")
    apply_and_plan_again(desk)
    assert desk.links() == {"i-0001": "vpc-a", "i-0002": "vpc-b"}


def test_apply_reads_the_world_again_and_runs_every_rule_again(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=[instance("i-1")])
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-1", "vpc-a"))
    desk.cl("plan", "-out=p.json", code=0)
    world = desk.read_world()
    world["instances"][0]["status"] = "Starting"
    (desk.directory / "world.json").write_text(json.dumps(world))
    refused = desk.cl("apply", "p.json", code=1)
    assert "CL205" in refused.err + refused.out
    assert desk.calls() == []


def test_two_declarations_of_one_instance_are_reported_with_both_places(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a"), vpc("vpc-b")], instances=[instance("i-1")])
    desk.write(
        main__hcl=PROVIDER + enable("a", "vpc-a") + enable("b", "vpc-b") + attach("first", "i-1", "vpc-a"),
        more__hcl=attach("second", "i-1", "vpc-b"),
    )
    refused = desk.cl("plan", code=1)
    messages = refused.out + refused.err
    assert "CL202" in messages
    assert "main.hcl" in messages
    assert "more.hcl" in messages


def test_an_offline_plan_trusts_what_apply_will_look_at(desk: Desk) -> None:
    desk.world(
        vpcs=[vpc("vpc-a", classic_link_enabled=True), vpc("vpc-b", classic_link_enabled=True)],
        instances=instances(3),
    )
    desk.write(main__hcl=PROVIDER + attach("one", "i-0001", "vpc-a"))
    apply_and_plan_again(desk)
    desk.write(main__hcl=PROVIDER + attach("one", "i-0001", "vpc-b") + attach("two", "i-0002", "vpc-a"))
    desk.cl("plan", "-refresh=false", "-out=p.json", code=0)
    desk.cl("apply", "p.json", code=0)
    assert desk.links() == {"i-0001": "vpc-b", "i-0002": "vpc-a"}
    desk.write(main__hcl=PROVIDER + attach("three", "i-0003", "vpc-a"))
    desk.cl("plan", "-refresh=false", "-out=p.json", code=0)
    world = desk.read_world()
    world["links"] = []
    world["vpcs"][0]["classic_link_enabled"] = False
    (desk.directory / "world.json").write_text(json.dumps(world))
    calls = desk.calls()
    desk.cl("apply", "p.json", code=1)
    assert desk.calls() == calls


def test_an_instance_of_a_vpc_is_said_to_be_one(desk: Desk) -> None:
    of_a_vpc = {"network_type": "vpc", "vpc_id": "vpc-a", "vswitch_id": "vsw-1"}
    desk.world(
        vpcs=[vpc("vpc-a")],
        vswitches=[{"vswitch_id": "vsw-1", "vpc_id": "vpc-a", "cidr_block": "172.16.1.0/24"}],
        instances=[instance("i-vpc", "172.16.1.9", **of_a_vpc)],
    )
    links = attach("web", "i-vpc", "vpc-a") + attach("gone", "i-nobody", "vpc-a")
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + links)
    plan = desk.cl("plan", "--json", code=1).json
    found = {(rule["rule"], rule["subject"]["instance_id"]) for rule in plan["rules"] if rule["severity"] == "error"}
    assert found == {("CL201", "i-vpc"), ("CL206", "i-nobody")}
