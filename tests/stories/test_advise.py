"""The connection table, asked from the command line."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instance, vpc


@pytest.mark.parametrize(
    ("flags", "region", "account"),
    [
        ((), "--same-region", "--same-account"),
        (("--different-region",), "--different-region", "--same-account"),
        (("--different-account",), "--same-region", "--different-account"),
    ],
)
def test_ends_are_in_one_region_and_of_one_account_where_nothing_else_is_said(
    desk: Desk, flags: tuple[str, ...], region: str, account: str
) -> None:
    ends = ("advise", "--json", "--from", "classic", "--to", "vpc")
    assert desk.cl(*ends, *flags, code=0).json == desk.cl(*ends, region, account, code=0).json


@pytest.mark.parametrize("flags", [("--from", "classic"), ("--to", "vpc"), ("i-1",), ("i-1", "vpc-a", "--same-region")])
def test_half_a_question_is_a_wrong_command_line(desk: Desk, flags: tuple[str, ...]) -> None:
    assert "Give " in desk.cl("advise", *flags, code=64).err or "give no flags" in desk.cl("advise", *flags).err


def inside(instance_id: str, ip: str, vpc_id: str) -> dict[str, Any]:
    account = "2002" if vpc_id == "vpc-other" else "1001"
    home = {"vpc_id": vpc_id, "vswitch_id": f"s-{instance_id}", "account_id": account}
    return instance(instance_id, ip, network_type="vpc", **home)


@pytest.fixture
def estate(desk: Desk) -> Desk:
    """A VPC of each class and of each kind of trouble, an instance in each, and classic instances to link to them."""
    blocks = {
        "vpc-172": "172.16.0.0/16",
        "vpc-10": "10.0.0.0/8",
        "vpc-192": "192.168.0.0/16",
        "vpc-nat": "172.17.0.0/16",
        "vpc-public": "100.64.0.0/16",
        "vpc-busy": "172.18.0.0/16",
        "vpc-other": "172.19.0.0/16",
    }
    more: dict[str, dict[str, Any]] = {
        "vpc-172": {"secondary_cidr_blocks": ["172.30.0.0/16"]},
        "vpc-busy": {"status": "Pending"},
        "vpc-other": {"account_id": "2002"},
    }
    homes = [
        ("t-172", "172.16.1.9", "vpc-172", "172.16.1.0/24"),
        ("t-second", "172.30.1.9", "vpc-172", "172.30.1.0/24"),
        ("t-10", "10.111.1.9", "vpc-10", "10.111.1.0/24"),
        ("t-out", "10.20.1.9", "vpc-10", "10.20.1.0/24"),
        ("t-192", "192.168.1.9", "vpc-192", "192.168.1.0/24"),
        ("t-nat", "172.17.1.9", "vpc-nat", "172.17.1.0/24"),
        ("t-public", "100.64.1.9", "vpc-public", "100.64.1.0/24"),
        ("t-busy", "172.18.1.9", "vpc-busy", "172.18.1.0/24"),
        ("t-other", "172.19.1.9", "vpc-other", "172.19.1.0/24"),
    ]
    desk.world(
        vpcs=[vpc(name, block, **more.get(name, {})) for name, block in blocks.items()],
        vswitches=[{"vswitch_id": f"s-{name}", "vpc_id": home, "cidr_block": block} for name, _, home, block in homes],
        instances=[
            instance("i-free", "10.1.1.1"),
            instance("i-linked", "10.1.1.2"),
            instance("i-starting", "10.1.1.3", status="Starting"),
            *(inside(name, ip, home) for name, ip, home, _ in homes),
        ],
        route_entries=[{"vpc_id": "vpc-nat", "destination_cidr_block": "10.0.0.0/8"}],
        links=[{"instance_id": "i-linked", "vpc_id": "vpc-172"}],
    )
    world = desk.read_world()
    world["vpcs"][0]["classic_link_enabled"] = True
    desk.write(main__hcl=PROVIDER, world__json=json.dumps(world))
    return desk


@pytest.mark.parametrize("target", ["t-172", "t-10", "t-192", "vpc-172", "172.16.1.9"])
def test_what_is_offered_is_formatted_planned_applied_and_then_works(estate: Desk, target: str) -> None:
    offer = estate.cl("advise", "i-free", target, "--json", code=0).json["offer"]
    estate.write(offer__hcl=offer["hcl"])
    estate.cl("fmt", "-check", "offer.hcl", code=0)
    estate.cl("apply", "-auto-approve", code=0)
    end = target if not target.startswith("vpc-") else "t-172"
    assert estate.cl("reach", "i-free", end, "--json", code=0).json["reachable"] is True


@pytest.mark.parametrize(
    ("origin", "target", "rule"),
    [
        ("i-free", "t-out", "CL105"),
        ("t-out", "i-free", "CL105"),
        ("i-free", "t-nat", "CL103"),
        ("i-free", "t-public", "CL102"),
        ("i-free", "t-busy", "CL111"),
        ("i-starting", "t-172", "CL205"),
        ("i-free", "t-second", None),
        ("i-linked", "t-second", None),
    ],
)
def test_nothing_is_offered_that_a_plan_would_refuse_or_that_leads_nowhere(
    estate: Desk, origin: str, target: str, rule: str | None
) -> None:
    document = estate.cl("advise", origin, target, "--json", code=0).json
    assert document["offer"] is None
    assert rule in [obstacle.get("rule") for obstacle in document["obstacles"]]
    text = estate.cl("advise", origin, target, code=0).out
    assert "In the way: " in text
    assert "In the configuration" not in text


def test_each_piece_of_what_is_offered_says_what_it_does(estate: Desk) -> None:
    text = estate.cl("advise", "i-free", "t-192", code=0).out
    heads = [line.strip() for line in text.splitlines() if line.startswith("  ") and line.endswith(":")]
    assert heads == [
        "In the configuration, all 3 of these; a plan puts them in order:",
        "Enable ClassicLink on vpc-192:",
        "Add the route to 192.168.0.0/16 inside i-free:",
        "Link i-free to vpc-192:",
    ]


def test_the_offer_names_the_solution_that_it_belongs_to(estate: Desk) -> None:
    text = estate.cl("advise", "i-free", "t-other", code=0).out
    assert "For Solution B, in the configuration, both of these; a plan puts them in order:" in text


def test_after_a_transfer_the_offer_holds(estate: Desk) -> None:
    document = estate.cl("advise", "i-free", "t-other", "--json", code=0).json
    assert [solution["name"] for solution in document["solutions"]] == ["Solution A", "Solution B"]
    assert document["offer"]["vpc_id"] == "vpc-other"


def test_a_link_that_is_declared_already_is_changed_and_not_declared_twice(estate: Desk) -> None:
    estate.write(main__hcl=PROVIDER + attach("mine", "i-linked", "vpc-172"))
    estate.cl("apply", "-auto-approve", code=0)
    document = estate.cl("advise", "i-linked", "t-10", "--json", code=0).json
    assert document["offer"]["declared_at"] == "classiclink_attachment.mine"
    blocks, _, arguments = document["offer"]["hcl"].rpartition("}\n")
    kept = f'resource "classiclink_attachment" "mine" {{\n  instance_id = "i-linked"\n{arguments}}}\n'
    estate.write(main__hcl=f"{PROVIDER}{blocks}}}\n{kept}")
    estate.cl("apply", "-auto-approve", code=0)
    assert estate.links() == {"i-linked": "vpc-10"}
    messages = " ".join(estate.cl("advise", "i-linked", "t-192", code=0).out.split())
    assert "Link i-linked to vpc-192: change classiclink_attachment.mine, which declares its link, to:" in messages


def follow(desk: Desk, offer: Any, configuration: str) -> None:
    """Do what is offered: write the configuration, adopt the present link where that is said, apply."""
    desk.write(main__hcl=configuration, offer__hcl=offer["hcl"])
    if offer["adopt"]:
        assert desk.cl("plan").code == 1, "it is not said for nothing"
        desk.cl(*shlex.split(offer["adopt"])[1:], code=0)
    desk.cl("plan", code=0)
    desk.cl("apply", "-auto-approve", code=0)


def test_an_unmanaged_link_is_adopted_before_the_plan_moves_it(estate: Desk) -> None:
    ended = estate.cl("advise", "i-linked", "t-10", code=0)
    assert "Then, so that the plan may move the link:\n\n    cl import classiclink_attachment.i-linked" in ended.out
    follow(estate, estate.cl("advise", "i-linked", "t-10", "--json", code=0).json["offer"], PROVIDER)
    assert estate.links() == {"i-linked": "vpc-10"}


@pytest.mark.parametrize("managed", [True, False])
def test_one_of_many_declarations_is_taken_out_before_it_is_declared_by_itself(estate: Desk, managed: bool) -> None:
    many = (
        'resource "classiclink_attachment" "all" {\n  for_each = toset(["i-linked", "i-free"])\n\n'
        '  instance_id = each.key\n  vpc_id      = "vpc-172"\n}\n'
    )
    estate.write(main__hcl=PROVIDER + many)
    if managed:
        estate.cl("apply", "-auto-approve", code=0)
    messages = " ".join(estate.cl("advise", "i-linked", "t-10", code=0).out.split())
    assert 'remove "i-linked" from the for_each of classiclink_attachment.all (main.hcl line 6), and add:' in messages
    offer = estate.cl("advise", "i-linked", "t-10", "--json", code=0).json["offer"]
    follow(estate, offer, PROVIDER + many.replace('"i-linked", ', ""))
    assert estate.links()["i-linked"] == "vpc-10"
    assert estate.links()["i-free"] == "vpc-172"


def test_a_link_that_was_moved_by_hand_is_moved_back_by_an_apply_alone(estate: Desk) -> None:
    estate.write(main__hcl=PROVIDER + enable("v", "vpc-172") + attach("mine", "i-free", "vpc-172"))
    estate.cl("apply", "-auto-approve", code=0)
    world = estate.read_world()
    moved = [each for each in world["links"] if each["instance_id"] == "i-free"]
    moved[0]["vpc_id"] = "vpc-10"
    (estate.directory / "world.json").write_text(json.dumps(world))
    messages = " ".join(estate.cl("advise", "i-free", "t-172", code=0).out.split())
    assert "declares that link already: cl apply builds it." in messages
    estate.cl("apply", "-auto-approve", code=0)
    assert estate.links()["i-free"] == "vpc-172"


def test_a_link_that_is_declared_and_not_made_yet_is_not_offered_again(estate: Desk) -> None:
    estate.write(main__hcl=PROVIDER + attach("mine", "i-free", "vpc-172"))
    document = estate.cl("advise", "i-free", "t-172", "--json", code=0).json
    assert document["offer"] is None
    messages = "classiclink_attachment.mine (main.hcl line 7) declares that link already: cl apply builds it."
    assert messages in [note["text"] for note in document["notes"]]
    estate.cl("apply", "-auto-approve", code=0)
    assert "linked to vpc-172 already" in estate.cl("advise", "i-free", "t-172", code=0).out


def test_a_declared_link_is_built_once_the_instance_was_transferred_or_its_other_link_adopted(estate: Desk) -> None:
    world = estate.read_world()
    next(one for one in world["instances"] if one["instance_id"] == "i-free")["account_id"] = "1002"
    estate.world(**world)
    estate.write(main__hcl=PROVIDER + attach("mine", "i-free", "vpc-172") + attach("other", "i-linked", "vpc-10"))
    messages = " ".join(estate.cl("advise", "i-free", "t-172", code=0).out.split())
    assert "already: once the instance belongs to the account of the VPC, cl apply builds it." in messages
    messages = " ".join(estate.cl("advise", "i-linked", "t-10", code=0).out.split())
    assert "already: cl import classiclink_attachment.other i-linked/vpc-172 && cl apply builds it." in messages


def test_the_blocks_that_are_offered_have_names_that_no_other_has(estate: Desk) -> None:
    taken = attach("i-free", "i-linked", "vpc-172") + enable("vpc-10", "vpc-172")
    offer = estate.cl("advise", "i-free", "t-10", "--json", code=0).json["offer"]
    assert '"classiclink_attachment" "i-free"' in offer["hcl"]
    estate.write(main__hcl=PROVIDER + taken)
    follow(estate, estate.cl("advise", "i-free", "t-10", "--json", code=0).json["offer"], PROVIDER + taken)
    assert estate.links() == {"i-linked": "vpc-172", "i-free": "vpc-10"}
