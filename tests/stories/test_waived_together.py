"""What two rules warn of is accepted by pasting both remedies: they make one limits block."""

from __future__ import annotations

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instance, vpc


def test_the_waivers_of_two_rules_go_into_one_limits_block(desk: Desk) -> None:
    desk.world(
        vpcs=[vpc("vpc-t", "10.0.0.0/8")],
        vswitches=[
            {"vswitch_id": "vsw-1", "vpc_id": "vpc-t", "cidr_block": "10.1.0.0/16"},
            {"vswitch_id": "vsw-2", "vpc_id": "vpc-t", "cidr_block": "10.111.1.0/24"},
        ],
        instances=[instance("i-0001", "10.1.2.3")],
    )
    desk.write(main__hcl=PROVIDER + enable("t", "vpc-t") + attach("one", "i-0001", "vpc-t"))
    first, second = desk.cl("plan", "--json", code=0).json["rules"]
    assert (first["rule"], second["rule"]) == ("CL106", "CL402")
    assert "in the limits block that accepts CL106" in second["remedy"]
    blocks = [each["remedy"][place["start"] : place["end"]] for each in (first, second) for place in each["snippets"]]
    whole, waiver = blocks
    desk.write(limits__hcl=whole.replace("  limits {\n", f"  limits {{\n{waiver}\n"))
    plan = desk.cl("plan", "--json", code=0).json
    assert [rule["status"] for rule in plan["rules"]] == ["waived", "waived"]
    assert plan["diagnostics"] == []
