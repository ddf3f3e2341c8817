"""Messages whose cause and way out fit what the user has done."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, link, vpc
from support.two_accounts import LINK, OF_LAB, block, two_accounts

IMPORT = 'import {\n  to = classiclink_attachment.web\n  id = "%s"\n}\n'


def found(desk: Desk, code: str) -> Any:
    (problem,) = [each for each in desk.cl("validate", "-json", code=1).json["diagnostics"] if each["code"] == code]
    return problem


@pytest.mark.parametrize(
    ("main", "summary", "remedy"),
    [
        (IMPORT % "i-1/vpc-a" * 2, "import to classiclink_attachment.web", "Remove one of the two import blocks."),
        (
            IMPORT % "i-1/vpc-a" + IMPORT % "i-2/vpc-a",
            "import to classiclink_attachment.web",
            'Remove the block with the wrong id ("i-1/vpc-a" or "i-2/vpc-a"), or correct its address.',
        ),
        (
            PROVIDER,
            "provider configuration mock",
            'Give this block an alias of its own, such as alias = "lab", or remove one of the two.',
        ),
        (enable("a", "vpc-a") * 2, "resource classiclink_vpc.a", "Rename or remove one of the two."),
        (
            block("vpc", "a", '  vpc_id = "vpc-a"\n  lifecycle {}\n  lifecycle {}\n'),
            "lifecycle block",
            "Move its content into the block at main.hcl:",
        ),
    ],
)
def test_the_way_out_of_a_duplicate_fits_what_is_doubled(desk: Desk, main: str, summary: str, remedy: str) -> None:
    desk.write(main__hcl=PROVIDER + attach("web", "i-1", "vpc-a") + main)
    problem = found(desk, "CFG305")
    assert problem["summary"] == f"Duplicate {summary}"
    assert problem["remedy"].startswith(remedy)


@pytest.mark.parametrize(
    ("id_", "links", "detail", "remedy"),
    [
        (
            "i-2/vpc-a",
            {"i-2": "vpc-a"},
            "mock: The block imports i-2/vpc-a, but classiclink_attachment.web declares i-1/vpc-a.",
            'Write id = "i-1/vpc-a", or correct the declaration of classiclink_attachment.web.',
        ),
        ("i-1/vpc-a", {"i-2": "vpc-a"}, 'mock: "i-1/vpc-a" is not in the cloud.', "Correct its ids"),
        ("i-1", {}, 'mock: "i-1" is not an id of a classiclink_attachment.', "An id is VPC_ID for"),
    ],
)
def test_a_refused_import_says_which_of_its_causes_it_is(
    desk: Desk, id_: str, links: dict[str, str], detail: str, remedy: str
) -> None:
    two_accounts(desk, one=links, lab={}, main=block("attachment", "web", LINK) + IMPORT % id_)
    (refused,) = (each for each in desk.cl("plan", "-json", code=1).json["diagnostics"] if each["code"] == "CL905")
    assert refused["detail"] == detail
    assert refused["remedy"].startswith(remedy)


def test_an_import_of_what_could_not_be_read_says_so(desk: Desk) -> None:
    two_accounts(desk, one={"i-1": "vpc-a"}, lab={}, main=block("attachment", "web", LINK) + IMPORT % "i-1/vpc-a")
    desk.write(
        main__hcl=(desk.directory / "main.hcl").read_text().replace('"one.json"', '"one.json"\n  faults = "f.json"'),
        f__json='[{"action": "DescribeClassicLinkInstances", "kind": "error", "code": "Forbidden", "message": "no"}]',
    )
    (refused,) = (each for each in desk.cl("plan", "-json").json["diagnostics"] if each["code"] == "CL905")
    assert refused["detail"] == 'mock: Whether "i-1/vpc-a" exists could not be read.'


def test_a_mistyped_provider_block_is_shown_its_name(desk: Desk) -> None:
    desk.write(main__hcl=PROVIDER.replace('"mock"', '"mok"') + attach("web", "i-1", "vpc-a", "  provider = mock\n"))
    detail = found(desk, "CFG314")["detail"]
    assert 'The block provider "mok" is not for a provider of cl. Did you mean "mock"?' in detail


def test_what_another_workspace_is_to_forget_is_all_in_the_command(desk: Desk) -> None:
    """All instances of a resource are one word; where more are left than fit, the message says so."""
    links = [link(each["instance_id"], "vpc-a") for each in instances(14)]
    desk.world(vpcs=[vpc("vpc-a", classic_link_enabled=True)], instances=instances(14), links=links)
    fleet = [each["instance_id"] for each in instances(14)]
    keys = ", ".join(f'"{one}"' for one in fleet)
    many = block("attachment", "web", f'  for_each = toset([{keys}])\n  instance_id = each.key\n  vpc_id = "vpc-a"\n')
    desk.write(main__hcl=PROVIDER + many)
    desk.cl("apply", "-auto-approve", code=0)
    desk.cl("workspace", "new", "dev", code=0)
    (messages,) = desk.cl("plan", "-json", code=0).json["diagnostics"]
    (command,) = messages["commands"]
    assert command["argv"] == ["cl", "state", "rm", "classiclink_attachment.web"]
    one_less = many.replace(f'"{fleet[0]}", ', "")
    desk.write(main__hcl=PROVIDER + one_less)
    (messages,) = desk.cl("plan", "-json", code=0).json["diagnostics"]
    assert "It names 10 of 13 addresses: plan again for the rest." in messages["remedy"]
    (command,) = messages["commands"]
    desk.cl(*command["argv"][1:], code=0, **command["environment"])
    (messages,) = desk.cl("plan", "-json", code=0).json["diagnostics"]
    assert shlex.join(messages["commands"][0]["argv"]).count("web[") == 3


def test_the_drift_of_one_account_is_restored_while_another_cannot_be_read(desk: Desk) -> None:
    data = f'data "classiclink_instances" "lab" {{\n{OF_LAB}}}\n'
    two_accounts(desk, one={"i-1": "vpc-a"}, lab={}, main=block("attachment", "web", LINK) + data)
    desk.cl("apply", "-auto-approve", code=0)
    desk.write(two__json="{broken")
    world = (desk.directory / "one.json").read_text()
    desk.write(one__json=world.replace('"links": [{"instance_id": "i-1", "vpc_id": "vpc-a"}]', '"links": []'))
    report = desk.cl("drift", "-json", code=3).json
    (missing,) = [item for item in report["items"] if item["bucket"] == "missing"]
    (restore,) = [way for way in missing["remedy"] if way.startswith("restore: cl apply --target")]
    desk.cl(*shlex.split(restore.removeprefix("restore: cl ")), "-auto-approve", code=0)
    assert '"links": []' not in (desk.directory / "one.json").read_text()


def test_an_instance_that_was_released_is_not_taken_for_another_one(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(3))
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + attach("web", "i-0002", "vpc-a"))
    desk.cl("apply", "-auto-approve", code=0)
    world = desk.read_world()
    world["instances"] = [found for found in world["instances"] if found["instance_id"] != "i-0002"]
    world["links"] = []
    desk.write(world__json=json.dumps(world))
    [rule] = [found for found in desk.cl("plan", "--json", code=1).json["rules"] if found["rule"] == "CL206"]
    assert "i-0002 was not found, though it is in the state." in rule["message"]
    assert "Did you mean" not in rule["message"]
    assert "remove i-0002 from the configuration of classiclink_attachment.web" in rule["remedy"]
    assert "--exclude classiclink_attachment.web" in rule["remedy"]


def test_an_id_that_is_declared_itself_is_not_what_another_one_was_meant_to_be(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    both = PROVIDER + enable("a", "vpc-a") + attach("wrong", "i-0009", "vpc-a")
    desk.write(main__hcl=both)
    assert "Did you mean i-0001?" in " ".join(desk.cl("plan", code=1).err.split())
    desk.write(main__hcl=both + attach("web", "i-0001", "vpc-a"))
    assert "Did you mean" not in desk.cl("plan", code=1).err
