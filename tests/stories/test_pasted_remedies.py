"""What a remedy says can be pasted as it stands, and does what the plan was made for."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, link, vpc


def remedy_of(document: Any, code: str) -> str:
    """The remedy of the first finding or diagnostic with this code."""
    found = [one for one in document["rules"] if one["rule"] == code]
    found += [one for one in document["diagnostics"] if one["code"] == code]
    return str(found[0]["remedy"])


def command_in(remedy: str) -> list[str]:
    """The words of the command that a remedy ends with; the page of its code may be named behind it."""
    remedy = remedy.partition("More about this:")[0].rstrip()
    words = shlex.split(remedy[remedy.rindex("cl ") :])
    assert words[0] == "cl"
    return words[1:]


def two_vpcs(desk: Desk) -> None:
    """Two VPCs with two managed links each; a fifth instance was linked to the first by hand."""
    desk.world(
        vpcs=[vpc("vpc-a", classic_link_enabled=True), vpc("vpc-b", "172.30.0.0/16", classic_link_enabled=True)],
        instances=instances(5),
        links=[link(f"i-000{n}", "vpc-a" if n in (1, 2, 5) else "vpc-b") for n in range(1, 6)],
    )
    blocks = [attach(f"l{n}", f"i-000{n}", "vpc-a" if n < 3 else "vpc-b") for n in range(1, 5)]
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + enable("b", "vpc-b") + "".join(blocks))
    desk.cl("apply", "--auto-approve", code=0)


@pytest.mark.parametrize("asked", ["plan --drain vpc-a", "apply -drain=vpc-a --auto-approve -parallelism 2"])
def test_what_keeps_a_drained_vpc_enabled_takes_nothing_from_another(desk: Desk, asked: str) -> None:
    two_vpcs(desk)
    messages = desk.cl(*shlex.split(asked), code=1).err
    words = command_in(messages)
    assert words[0] == asked.split()[0]
    words[0] = "apply"
    desk.cl(*words, "--auto-approve", code=0)
    assert desk.links() == {"i-0003": "vpc-b", "i-0004": "vpc-b", "i-0005": "vpc-a"}
    assert [one["classic_link_enabled"] for one in desk.read_world()["vpcs"]] == [True, True]


def test_what_keeps_an_undeclared_vpc_enabled_destroys_nothing_else(desk: Desk) -> None:
    two_vpcs(desk)
    blocks = [attach(f"l{n}", f"i-000{n}", "vpc-b") for n in (3, 4)]
    desk.write(main__hcl=PROVIDER + enable("b", "vpc-b") + "".join(blocks))
    words = command_in(remedy_of(desk.cl("plan", "--json", code=1).json, "CL110"))
    assert words == ["plan", "--exclude", "classiclink_vpc.a"]
    desk.cl("apply", *words[1:], "--auto-approve", code=0)
    assert desk.links() == {"i-0003": "vpc-b", "i-0004": "vpc-b", "i-0005": "vpc-a"}


def test_what_accepts_lost_links_makes_the_saved_plan_that_was_asked_for(desk: Desk) -> None:
    count = 10
    names = [f"i-{n:04}" for n in range(1, count + 1)]
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(count))
    links = "".join(attach(f"l{number}", name, "vpc-a") for number, name in enumerate(names))
    desk.write(main__hcl=PROVIDER + 'variable "note" {}\nvariable "key" { sensitive = true }\n' + enable("a", "vpc-a"))
    desk.write(links__hcl=links)
    variables = {"CL_VAR_note": "x", "CL_VAR_key": "x"}
    desk.cl("apply", "--auto-approve", code=0, **variables)

    asked = ["--drain", "vpc-a", "-var", "note=a b", "--var=key=s3cret", "--accept-detach", "9", "-out=my plan"]
    messages = desk.cl("plan", *asked, "-o", "markdown=c.md", code=1, **variables)
    remedy = messages.err[messages.err.index("To accept") :]
    words = command_in(remedy)
    assert shlex.join(words) == "plan --drain vpc-a --var 'note=a b' '--out=my plan' --accept-detach 10"
    assert "s3cret" not in messages.out + messages.err + (desk.directory / "c.md").read_text(encoding="utf-8")
    desk.cl(*words, code=0, **variables)
    saved = json.loads((desk.directory / "my plan").read_text(encoding="utf-8"))
    assert saved["summary"]["destroy"] == count + 1
    desk.cl("apply", "my plan", code=0, **variables)
    assert desk.links() == {}


def test_a_command_to_paste_holds_no_secret(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + 'variable "key" { sensitive = true }\n' + enable("a", "vpc-a"))
    shown = desk.cl("plan", "--var", "key=s3cret", "--target", "classiclink_vpc.a", code=0).out
    assert shown.endswith("\nNext:  cl apply --target classiclink_vpc.a\n")


def test_commands_that_hold_ids_of_the_cloud_are_quoted_for_a_shell(desk: Desk) -> None:
    desk.world(
        vpcs=[vpc("vpc-a $(x)", classic_link_enabled=True), vpc("vpc-b", "172.30.0.0/16", classic_link_enabled=True)],
        instances=instances(1),
        links=[link("i-0001", "vpc-a $(x)")],
    )
    desk.write(main__hcl=PROVIDER + attach("one", "i-0001", "vpc-b"))
    remedy = remedy_of(desk.cl("plan", "--json", code=1).json, "CL202")
    adopt, _, by_hand = remedy[remedy.index("cl import") :].partition("\nOr detach it by hand: ")
    assert shlex.split(adopt) == ["cl", "import", "classiclink_attachment.one", "i-0001/vpc-a $(x)"]
    removed = '{"instance_id": "i-0001", "vpc_id": "vpc-a $(x)"}'
    assert by_hand == f'in world.json, remove {removed} from "links".'
    items = desk.cl("drift", "--json", code=2).json["items"]
    restored = [way for item in items for way in item["remedy"] if way.startswith("restore: ")]
    drain = "cl apply --drain 'vpc-a $(x)' --include-unmanaged"
    assert f"restore: {drain}, which detaches i-0001 first" in restored


def test_what_is_edited_in_a_world_file_lets_the_plan_through(desk: Desk) -> None:
    routes = [
        {"vpc_id": "vpc-a", "destination_cidr_block": block, "type": "Custom", "next_hop_id": "i-nat"}
        for block in ("10.0.0.0/8", "100.64.0.0/16")
    ]
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1), route_entries=routes)
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + attach("one", "i-0001", "vpc-a"))
    remedy = remedy_of(desk.cl("plan", "--json", code=1).json, "CL103")
    match = re.fullmatch(r'Delete that entry: in (\S+), remove (.*) from "(\w+)"\.', remedy)
    assert match is not None
    where, removed, key = match.groups()
    world = json.loads((desk.directory / where).read_text())
    world[key] = [each for each in world[key] if not json.loads(removed).items() <= each.items()]
    (desk.directory / where).write_text(json.dumps(world))
    assert desk.read_world()["route_entries"] == routes[1:]
    desk.cl("plan", code=0)


def shadowed(desk: Desk, settings: str) -> None:
    """A link that two rules warn of; both warnings can be waived."""
    desk.world(
        vpcs=[vpc("vpc-a", secondary_cidr_blocks=["172.31.0.0/16"])],
        instances=instances(1),
        route_entries=[{"vpc_id": "vpc-a", "destination_cidr_block": "10.5.0.0/16", "type": "Custom"}],
    )
    desk.write(main__hcl=PROVIDER + settings + enable("a", "vpc-a") + attach("one", "i-0001", "vpc-a"))


def waiver_in(remedy: str) -> tuple[str, str]:
    """How a remedy offers to accept a warning, and what it says to write."""
    offer, _, block = remedy.partition("Or accept it")[2].partition(":\n")
    return offer, block


def test_a_waiver_is_pasted_as_a_file_of_its_own_where_there_are_no_limits(desk: Desk) -> None:
    shadowed(desk, "")
    offer, block = waiver_in(remedy_of(desk.cl("plan", "--json", code=0).json, "CL104"))
    assert offer == ""
    desk.write(waive__hcl=block)
    assert [rule["status"] for rule in desk.cl("plan", "--json", code=0).json["rules"]] == ["waived", "fail"]


def test_a_waiver_is_pasted_into_the_limits_that_there_are(desk: Desk) -> None:
    shadowed(desk, "cl {\n  limits {\n    max_unavailable = 5\n  }\n}\n")
    document = desk.cl("plan", "--json", code=0).json
    for code in ("CL104", "CL403"):
        offer, block = waiver_in(remedy_of(document, code))
        file, _, line = offer.removeprefix(", in the limits block at ").partition(":")
        lines = (desk.directory / file).read_text(encoding="utf-8").split("\n")
        assert lines[int(line) - 1] == "  limits {"
        desk.write(main__hcl="\n".join([*lines[: int(line)], block, *lines[int(line) :]]))
    assert [rule["status"] for rule in desk.cl("plan", "--json", code=0).json["rules"]] == ["waived", "waived"]


def test_an_expired_waiver_gets_the_date_of_its_remedy(desk: Desk) -> None:
    waiver = 'waive "CL104" {\n      reason = "r"\n      until  = "2020-01-31"\n    }'
    shadowed(desk, f"cl {{\n  limits {{\n    {waiver}\n  }}\n}}\n")
    offer, line = waiver_in(remedy_of(desk.cl("plan", "--json", code=0).json, "CL104"))
    file, _, number = offer.removeprefix(" again, with a new date in the waiver at ").partition(":")
    lines = (desk.directory / file).read_text(encoding="utf-8").split("\n")
    assert lines[int(number) - 1] == '    waive "CL104" {'
    lines[int(number) + 1] = line
    desk.write(main__hcl="\n".join(lines))
    assert [rule["status"] for rule in desk.cl("plan", "--json", code=0).json["rules"]] == ["waived", "fail"]


def test_a_second_limits_block_is_shown_where_to_go(desk: Desk) -> None:
    shadowed(desk, "cl {\n  limits {\n    max_unavailable = 5\n  }\n}\n")
    desk.write(more__hcl="cl {\n  limits {}\n}\n")
    messages = desk.cl("validate", "--json", code=1).json["diagnostics"]
    assert [one["code"] for one in messages] == ["CFG305"]
    assert messages[0]["remedy"] == "Move its content into the block at main.hcl:6, and remove this one."
