"""Running the rules: silence, what is unknown, waivers, declarations, crashes, and cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest

from planner.address import Address
from planner.config.desired import Limits, Waiver
from planner.diagnostics import Diagnostic, Severity
from planner.network.kinds import Kind
from planner.network.world import Unread, VSwitch, World
from planner.remedy import Remedy
from planner.rules.base import ATTACHING, Declaration, Finding, Outlook, Rule
from planner.rules.catalogue import RULES
from planner.rules.run import Circumstances, Report
from planner.steps import Step
from planner.values import replace
from support.example_worlds import example_place, example_step, example_steps, example_world, judge

TODAY = date(2026, 11, 23)
SHADOWED = {"route_entries": [{"vpc_id": "vpc-a", "destination_cidr_block": "10.1.0.0/16"}]}


def waiver(rule: str, reason: str = "agreed with the network team", until: date | None = TODAY) -> Waiver:
    return Waiver(rule, reason, until, example_place(1).block)


def waiving(*waivers: Waiver) -> Limits:
    return Limits(waivers=waivers)


def rules_of(report: Report) -> list[str]:
    return [finding.rule for finding in report.findings]


BROKEN: dict[str, list[dict[str, object]]] = {
    "vpcs": [{"vpc_id": "vpc-a", "status": "Pending", "classic_link_enabled": False, "account_id": "1009"}],
    "instances": [{"instance_id": "i-1", "status": "Starting", "private_ip": "11.0.0.1", "region_id": "cn-beijing"}],
    "links": [{"instance_id": "i-1", "vpc_id": "vpc-b"}],
}


def test_every_failure_of_a_step_is_reported_at_once() -> None:
    report = judge(example_steps(["attach i-1 vpc-a"]), example_world(BROKEN), today=TODAY)
    assert rules_of(report) == ["CL101", "CL111", "CL202", "CL203", "CL204", "CL205", "CL401"]
    assert report.blocks


@pytest.mark.parametrize(
    ("step", "messages"),
    [
        ("attach i-1 vpc-lost", ["CL109", "CL202", "CL205", "CL401"]),
        ("attach i-lost vpc-a", ["CL101", "CL111", "CL206"]),
        ("attach i-lost vpc-lost", ["CL109", "CL206"]),
    ],
)
def test_what_is_not_found_silences_every_other_rule_about_it(step: str, messages: list[str]) -> None:
    assert rules_of(judge(example_steps([step]), example_world(BROKEN), today=TODAY)) == messages


def test_an_instance_that_is_not_classic_silences_every_other_rule_about_it() -> None:
    broken = {**BROKEN, "instances": [{**BROKEN["instances"][0], "network_type": "vpc"}]}
    report = judge(example_steps(["attach i-1 vpc-a"]), example_world(broken), today=TODAY)
    assert rules_of(report) == ["CL101", "CL111", "CL201"]


def test_an_ineligible_block_silences_the_rules_of_a_class_only() -> None:
    world = example_world({"vpcs": [{"vpc_id": "vpc-a", "cidr_block": "11.0.0.0/8"}], **SHADOWED})
    report = judge(example_steps(["attach i-1 vpc-a"]), world, today=TODAY)
    assert rules_of(report) == ["CL102", "CL104"]
    assert not {"CL105", "CL106", "CL107"} & set(report.passed)


@pytest.mark.parametrize(
    ("kind", "subject", "unknown"),
    [
        (Kind.VPCS, "vpc-a", {"CL109"}),
        (Kind.VSWITCHES, "vpc-a", {"CL105", "CL106", "CL108", "CL402"}),
        (Kind.ROUTE_ENTRIES, None, {"CL103", "CL104"}),
        (Kind.INSTANCES, "i-1", {"CL206"}),
        (Kind.INSTANCES, None, set()),
        (Kind.VPCS, None, set()),
        (Kind.LINKS, None, {"CL202", "CL301", "CL302"}),
        (Kind.LINKS, "vpc-b", {"CL202"}),
        (Kind.VSWITCHES, "vpc-b", set()),
    ],
)
def test_what_was_not_read_is_unknown_and_blocks_with_an_error_rule(
    kind: Kind, subject: str | None, unknown: set[str]
) -> None:
    world = example_world(unread=(Unread(kind, subject, "Forbidden.RAM"),))
    report = judge(example_steps(["attach i-1 vpc-a"]), world, today=TODAY)
    assert {(finding.rule, finding.status) for finding in report.findings} == {(rule, "unknown") for rule in unknown}
    assert all("Forbidden.RAM" in finding.message for finding in report.findings)
    assert report.blocks == bool(unknown)
    assert not unknown & set(report.passed)


def test_what_is_unread_as_a_whole_is_one_finding_of_all_its_steps() -> None:
    world = example_world(unread=(Unread(Kind.INSTANCES, None, "offline"),))
    steps = example_steps(["attach i-7 vpc-a", "attach i-8 vpc-a", "attach i-1 vpc-a"])
    (finding,) = judge(steps, world, today=TODAY).findings
    assert (finding.rule, finding.status, finding.steps, finding.subject) == ("CL206", "unknown", (1, 2), {})


def test_the_links_of_a_vpc_are_unknown_while_any_instances_are() -> None:
    world = example_world(unread=(Unread(Kind.LINKS, "i-1", "timeout"),))
    assert rules_of(judge(example_steps(["disable vpc-a"]), world, today=TODAY)) == ["CL110"]


def test_a_waiver_covers_a_warning_and_keeps_it_in_sight() -> None:
    report = judge(
        example_steps(["attach i-1 vpc-a"]),
        example_world(SHADOWED),
        today=TODAY,
        limits=waiving(waiver("CL104", until=TODAY)),
    )
    assert [(finding.rule, finding.status) for finding in report.findings] == [("CL104", "waived")]
    assert report.diagnostics == ()


def test_a_waived_finding_carries_its_reason_and_its_end_and_offers_no_further_waiver() -> None:
    steps, world = example_steps(["attach i-1 vpc-a"]), example_world(SHADOWED)
    (waived,) = judge(steps, world, today=TODAY, limits=waiving(waiver("CL104", "retired in May", TODAY))).findings
    assert waived.to_json()["waiver"] == {"reason": "retired in May", "until": "2026-11-23"}
    assert "waive" not in str(waived.remedy)
    (failing,) = judge(steps, world, today=TODAY).findings
    assert 'waive "CL104"' in str(failing.remedy)
    assert "waiver" not in failing.to_json()


def test_an_expired_waiver_is_accepted_again_in_its_place_because_a_rule_has_only_one() -> None:
    steps, world = example_steps(["attach i-1 vpc-a"]), example_world(SHADOWED)
    expired = waiver("CL104", until=date(2026, 11, 22))
    (failing,) = judge(steps, world, today=TODAY, limits=waiving(expired)).findings
    remedy = str(failing.remedy)
    assert f"the waiver at {expired.span.filename}:{expired.span.start.line}:\n" in remedy
    assert remedy.endswith('until  = "2026-12-23"')
    assert "waive " not in remedy


def test_a_waiver_without_an_end_counts_and_is_reported() -> None:
    endless = waiver("CL104", until=None)
    report = judge(example_steps(["attach i-1 vpc-a"]), example_world(SHADOWED), today=TODAY, limits=waiving(endless))
    assert [(finding.status, finding.to_json()["waiver"]["until"]) for finding in report.findings] == [("waived", None)]
    (diagnostic,) = report.diagnostics
    assert (diagnostic.summary, diagnostic.severity) == ("Waiver without an end", Severity.WARNING)
    assert 'until = "2026-12-23"' in str(diagnostic.remedy)


def test_a_waiver_covers_an_error_that_the_cloud_would_not_refuse() -> None:
    outside = {
        "vpcs": [{"vpc_id": "vpc-a", "cidr_block": "10.0.0.0/8"}],
        "vswitches": [{"vswitch_id": "vsw-1", "cidr_block": "10.2.0.0/24"}],
    }
    steps = example_steps(["attach i-1 vpc-a"])
    assert judge(steps, example_world(outside), today=TODAY).blocks
    assert not judge(steps, example_world(outside), today=TODAY, limits=waiving(waiver("CL105"))).blocks


@pytest.mark.parametrize(
    ("wrong", "summary", "says"),
    [
        (waiver("CL104", until=date(2026, 11, 22)), "Waiver has expired", "2026-11-22"),
        (waiver("CL103"), "Rule cannot be waived", "custom-route-to-classic"),
        (waiver("CL1O4"), "Waiver of an unknown rule", 'Did you mean "CL104"?'),
        (waiver("vswitch-unreachable"), "Waiver of an unknown rule", 'Its id is "CL106".'),
        (waiver("CL106"), "Waiver is not used", "CL106"),
        (waiver("CL901"), "Waiver is not used", "CL901"),
    ],
)
def test_a_waiver_that_is_wrong_is_reported_and_covers_nothing(wrong: Waiver, summary: str, says: str) -> None:
    report = judge(example_steps(["attach i-1 vpc-a"]), example_world(SHADOWED), today=TODAY, limits=waiving(wrong))
    assert [finding.status for finding in report.findings] == ["fail"]
    (diagnostic,) = report.diagnostics
    assert diagnostic.summary == summary
    assert says in diagnostic.detail
    assert diagnostic.span == wrong.span
    assert diagnostic.remedy


def test_a_waiver_is_called_unused_where_its_rule_looked_at_nothing() -> None:
    (unused,) = judge((), example_world(), today=TODAY, limits=waiving(waiver("CL104"))).diagnostics
    assert unused.summary == "Waiver is not used"


@pytest.mark.parametrize("steps", [[], ["attach i-1 vpc-b"]])
def test_a_waiver_of_what_is_declared_and_needs_no_step_is_not_called_unused(steps: list[str]) -> None:
    declared = example_steps(["attach i-1 vpc-a"])

    def diagnostics(world: World) -> tuple[Diagnostic, ...]:
        circumstances, limits = Circumstances(declared=declared), waiving(waiver("CL104"))
        return judge(example_steps(steps), world, today=TODAY, circumstances=circumstances, limits=limits).diagnostics

    assert diagnostics(example_world(SHADOWED)) == ()
    blind = example_world(unread=(Unread(Kind.ROUTE_ENTRIES, "vpc-a", "denied"),))
    assert diagnostics(blind) == ()
    (unused,) = diagnostics(example_world())
    assert unused.summary == "Waiver is not used"


def test_a_finding_about_the_whole_plan_is_waived_like_any_other() -> None:
    lost = Finding("CL901", "too-many-links-lost", Severity.ERROR, "Too many.", "limits", Remedy.of("Accept them."))
    assert judge((), example_world(), today=TODAY, of_the_plan=[lost]).blocks
    report = judge((), example_world(), today=TODAY, of_the_plan=[lost], limits=waiving(waiver("CL901")))
    assert [finding.status for finding in report.findings] == ["waived"]
    assert report.diagnostics == ()


def declared_twice() -> dict[tuple[str, str], tuple[Declaration, ...]]:
    first = Declaration(Address("classiclink_attachment", "one"), "vpc-a", example_place(4))
    second = Declaration(Address("classiclink_attachment", "two"), "vpc-b", example_place(9))
    return {("mock", "i-1"): (first, second)}


def test_an_instance_declared_twice_is_reported_once_with_both_places() -> None:
    steps = example_steps(["attach i-1 vpc-a", "attach i-1 vpc-b"])
    report = judge(steps, example_world(), today=TODAY, circumstances=Circumstances(declarations=declared_twice()))
    (finding,) = report.findings
    assert finding.rule == "CL202"
    assert finding.steps == (1, 2)
    assert [related.span.start.line for related in finding.related if related.span] == [4, 9]
    assert "classiclink_attachment.one (to vpc-a)" in finding.message


def test_an_instance_declared_twice_is_reported_without_any_step() -> None:
    (finding,) = judge(
        (), example_world(), today=TODAY, circumstances=Circumstances(declarations=declared_twice())
    ).findings
    assert (finding.rule, finding.step, finding.steps) == ("CL202", None, ())


def test_an_error_of_a_vpc_is_shown_each_object_that_it_stops() -> None:
    steps = example_steps([f"attach i-{number} vpc-a" for number in range(1, 4)])
    world = example_world(
        {
            "vpcs": [{"vpc_id": "vpc-a", "classic_link_enabled": False}],
            "instances": [
                {
                    "instance_id": f"i-{number}",
                    "account_id": "1001",
                    "region_id": "cn-hangzhou",
                    "network_type": "classic",
                    "private_ip": f"10.1.2.{number}",
                }
                for number in (2, 3)
            ],
        }
    )
    findings = judge(steps, world, today=TODAY).findings
    assert [(finding.rule, finding.step, finding.steps) for finding in findings] == [
        ("CL101", 1, (1,)),
        ("CL101", 2, (2,)),
        ("CL101", 3, (3,)),
    ]
    assert [finding.address for finding in findings] == [step.address for step in steps]


def test_a_warning_of_a_vpc_is_one_finding_that_counts_its_steps() -> None:
    world = large_world(vswitches=1, instances=901)
    steps = [example_step(number + 1, f"attach i-{number} vpc-a") for number in range(901)]
    (finding,) = judge(steps, world, today=TODAY).findings
    assert (finding.rule, finding.step, len(finding.to_json()["steps"])) == ("CL302", 1, 901)


class Crashing(Rule):
    """It cannot count."""

    id, name, level, source = "CL999", "crashing", Severity.ERROR, "a test"
    acts_on, about = ATTACHING, ("vpc_id",)

    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        yield self.fail(step, str(1 // 0), remedy=Remedy.of(""))


def test_a_rule_that_crashes_is_a_finding_and_the_others_still_speak() -> None:
    report = judge(
        example_steps(["attach i-1 vpc-a"]), example_world(SHADOWED), today=TODAY, rules=[*RULES, Crashing()]
    )
    assert rules_of(report) == ["CL104", "CL999"]
    assert "bug in cl" in report.findings[1].message
    assert report.blocks


def large_world(vswitches: int, instances: int) -> World:
    template = example_world()
    vpc = template.vpcs["vpc-a"]
    instance = template.instances["i-1"]
    return World(
        account_id="1001",
        vpcs={"vpc-a": vpc},
        vswitches={
            f"vsw-{number}": VSwitch(f"vsw-{number}", "vpc-a", f"172.16.{number >> 4}.{(number & 15) << 4}/28")
            for number in range(vswitches)
        },
        instances={
            f"i-{number}": type(instance)(
                f"i-{number}", "1001", "cn-hangzhou", "classic", f"10.1.{number >> 8}.{number & 255}"
            )
            for number in range(instances)
        },
    )


def test_the_quota_stops_each_of_nine_thousand_attaches_too_many() -> None:
    world = large_world(vswitches=1_000, instances=10_000)
    steps = [example_step(number + 1, f"attach i-{number} vpc-a") for number in range(10_000)]
    report = judge(steps, world, today=TODAY)
    assert Counter(finding.rule for finding in report.findings) == {"CL302": 1, "CL301": 9_000}
    assert report.passed["CL402"] == 10_000


@pytest.mark.parametrize(("region", "where"), [("cn-beijing", " in cn-beijing"), ("", "")])
def test_what_is_not_found_is_said_with_the_region_that_was_read(region: str, where: str) -> None:
    world = World("1001", region_id=region)
    (vpc,) = judge(example_steps(["enable vpc-a"]), world, today=TODAY).findings
    assert vpc.message == f"vpc-a was not found. Account 1001 sees 0 VPCs{where}."
    world = replace(example_world(), region_id=region)
    (instance,) = judge(example_steps(["attach i-lost vpc-a"]), world, today=TODAY).findings
    assert f" instances{where}." in instance.message
