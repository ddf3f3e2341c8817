"""A waiver accepts a link that breaks a rule, and `cl drift` still names both."""

from __future__ import annotations

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instance, link, vpc


@pytest.fixture
def violated(desk: Desk) -> Desk:
    """A link to a VPC that has no vSwitch within 10.111.0.0/16 (CL105)."""
    desk.world(
        vpcs=[vpc("vpc-a", "10.0.0.0/8", classic_link_enabled=True)],
        vswitches=[{"vswitch_id": "vsw-1", "vpc_id": "vpc-a", "cidr_block": "10.112.0.0/16"}],
        instances=[instance("i-1")],
        links=[link("i-1", "vpc-a")],
    )
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + attach("a", "i-1", "vpc-a"))
    desk.cl("import", "classiclink_vpc.a", "vpc-a", code=0)
    desk.cl("import", "classiclink_attachment.a", "i-1/vpc-a", code=0)
    return desk


def waive(desk: Desk, rule: str, until: str) -> None:
    text = f'waive "{rule}" {{\n      reason = "until the move"\n      until = "{until}"\n    }}'
    desk.write(limits__hcl=f"cl {{\n  limits {{\n    {text}\n  }}\n}}\n")


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html", "sarif", "junit", "github"])
def test_a_waived_violation_is_named_with_its_waiver(violated: Desk, form: str) -> None:
    violated.cl("drift", code=2)
    waive(violated, "CL105", "2099-01-31")
    shown = " ".join(violated.cl("drift", "-o", form, code=0).out.split())
    if form in ("sarif", "junit", "github"):
        assert "CL105" in shown
        assert "Waived until 2099-01-31" in shown
    else:
        said = "CL105 (vswitch-outside-10-111) does not hold for 1 link to vpc-a, but is waived until 2099-01-31"
        assert said in shown
    assert "until the move" in shown


def test_an_expired_waiver_is_reported_and_waives_nothing(violated: Desk) -> None:
    waive(violated, "CL105", "2020-01-31")
    ended = violated.cl("drift", code=2)
    assert "Waiver has expired  CFG555" in ended.err
    assert "is waived" not in ended.out


def test_a_rule_that_cannot_be_waived_is_an_error_as_in_a_plan(violated: Desk) -> None:
    waive(violated, "CL401", "2099-01-31")
    (planned,) = violated.cl("plan", "--json", code=1).json["diagnostics"]
    document = violated.cl("drift", "--json", code=1).json
    assert document["diagnostics"] == [planned]
    assert planned["code"] == "CFG553"
    assert not document["in_sync"]
