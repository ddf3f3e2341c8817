"""What security groups let in, and the rule that decides."""

from __future__ import annotations

import pytest

from planner.network.addressing import network
from planner.network.filtering import Basis, Host, Verdict, let_in, rulings, shadowing_drop
from planner.network.security_groups import SecurityGroup, SecurityRule
from planner.network.traffic import Traffic, share_traffic, span_of, traffic_words

WEB = Host("10.1.1.1", ("sg-web",))
DB = Host("172.16.1.1", ("sg-db",), "vpc-a")


def rule(
    ports: str = "-1/-1",
    protocol: str = "all",
    *,
    source: str | None = "sg-web",
    cidr: str | None = None,
    policy: str = "accept",
    priority: int = 1,
) -> SecurityRule:
    return SecurityRule(None if cidr else source, cidr, protocol, ports, policy, priority)


def group(
    name: str, *rules: SecurityRule, vpc_id: str | None = "vpc-a", type_: str = "normal", inner: bool = True
) -> SecurityGroup:
    return SecurityGroup(name, "hz", "1001", vpc_id, type_, rules, inner_access=inner)


def groups_of(*groups: SecurityGroup) -> dict[str, SecurityGroup]:
    return {each.security_group_id: each for each in (group("sg-web", vpc_id=None), *groups)}


def verdict(*rules: SecurityRule, source: Host = WEB, protocol: str = "tcp", port: int | None = 80) -> Verdict:
    (found,) = rulings(groups_of(group("sg-db", *rules)), source, DB, Traffic(protocol, port))
    return found.verdict


def test_without_a_rule_nothing_is_let_in() -> None:
    assert verdict() == Verdict(False, Basis.NO_RULE)


def test_a_rule_for_a_group_is_about_its_members() -> None:
    accept = rule("80/80", "tcp")
    assert verdict(accept) == Verdict(True, Basis.RULE, "sg-db", accept)
    assert verdict(accept, source=Host("10.1.1.1", ("sg-other",))).accepted is False
    assert verdict(accept, port=81).accepted is False
    assert verdict(accept, protocol="udp").accepted is False


@pytest.mark.parametrize(
    ("block", "accepted"), [("10.1.0.0/16", True), ("10.1.1.1", True), ("10.2.0.0/16", False), ("2001:db8::/32", False)]
)
def test_a_rule_for_a_block_is_about_the_addresses_in_it(block: str, accepted: bool) -> None:
    assert verdict(rule(cidr=block)).accepted is accepted


@pytest.mark.parametrize(
    ("protocol", "port"), [("tcp", 80), ("udp", 53), ("icmp", None), ("gre", None), ("other", None)]
)
def test_a_rule_for_all_protocols_is_about_each(protocol: str, port: int | None) -> None:
    assert verdict(rule(), protocol=protocol, port=port).accepted is True


def test_the_smaller_number_takes_precedence_and_of_the_same_a_drop() -> None:
    accept, drop = rule("80/80", "tcp", priority=2), rule("1/100", "tcp", policy="drop", priority=2)
    assert verdict(accept, drop).rule == drop
    sooner = rule("80/80", "tcp", priority=1)
    assert verdict(drop, sooner).rule == sooner
    later = rule("1/100", "tcp", policy="drop", priority=3)
    assert verdict(accept, later).rule == accept


def test_the_rules_of_all_groups_of_the_target_count_together() -> None:
    accept, drop = rule("80/80", "tcp", priority=2), rule("80/80", "tcp", policy="drop", priority=1)
    groups = groups_of(group("sg-db", accept), group("sg-strict", drop))
    target = Host("172.16.1.1", ("sg-db", "sg-strict"), "vpc-a")
    (found,) = rulings(groups, WEB, target, Traffic("tcp", 80))
    assert found.verdict == Verdict(False, Basis.RULE, "sg-strict", drop)


@pytest.mark.parametrize(
    ("type_", "inner", "basis"),
    [("normal", True, Basis.MEMBERS), ("normal", False, Basis.RULE), ("enterprise", True, Basis.RULE)],
)
def test_members_of_a_basic_group_reach_each_other_whatever_rules_say(type_: str, inner: bool, basis: Basis) -> None:
    """ModifySecurityGroupPolicy: while the group lets them, no rule denies it; a group that does not can have rules."""
    groups = groups_of(group("sg-db", rule(cidr="0.0.0.0/0", policy="drop"), type_=type_, inner=inner))
    (found,) = rulings(groups, Host("172.16.1.2", ("sg-db",), "vpc-a"), DB, Traffic("tcp", 80))
    assert (found.verdict.basis, found.verdict.accepted) == (basis, basis is Basis.MEMBERS)


def test_all_that_passes_is_reported_by_protocol_and_port() -> None:
    rules = (
        rule("80/90", "tcp", priority=2),
        rule("85/85", "tcp", cidr="10.0.0.0/8", policy="drop"),
        rule("91/100", "tcp", cidr="10.1.1.0/24"),
        rule(protocol="icmp"),
        rule("1/65535", "udp"),
    )
    found = rulings(groups_of(group("sg-db", *rules)), WEB, DB)
    assert traffic_words(let_in(found)) == "tcp 80-84, 86-100, udp, icmp"
    assert traffic_words(let_in(rulings(groups_of(group("sg-db", rule())), WEB, DB))) == "all traffic"


UNKNOWN = Host("10.1.1.1", None)


@pytest.mark.parametrize(
    ("rules", "accepted"),
    [
        ((), False),
        ((rule(),), None),
        ((rule(), rule(cidr="10.0.0.0/8", priority=2)), True),
        ((rule(policy="drop"), rule(cidr="10.0.0.0/8", priority=2)), None),
        ((rule(policy="drop"), rule(priority=2)), False),
        ((rule(source="sg-db"),), False),
    ],
)
def test_groups_of_the_source_that_are_unknown_matter_only_where_a_rule_may_name_them(
    rules: tuple[SecurityRule, ...], accepted: bool | None
) -> None:
    """A group of the VPC has no classic members, and a group decides by its first rule."""
    assert verdict(*rules, source=UNKNOWN).accepted is accepted


def test_what_is_unknown_may_be_a_member_of_the_target_s_own_group() -> None:
    groups = groups_of(group("sg-db"))
    near = rulings(groups, Host("172.16.1.2", None, "vpc-a"), DB, Traffic("tcp", 80))
    far = rulings(groups, Host("172.17.1.2", None, "vpc-b"), DB, Traffic("tcp", 80))
    assert [ruling.verdict.accepted for ruling in (*near, *far)] == [None, False]


HOME = [network("10.0.0.0/8")]
ACCEPT = rule("80/80", "tcp", priority=5)


@pytest.mark.parametrize(
    ("drop", "covered"),
    [
        (rule("80/80", "tcp", policy="drop", priority=5), True),
        (rule("1/65535", "tcp", policy="drop", priority=4), True),
        (rule(policy="drop"), True),
        (rule(cidr="0.0.0.0/0", policy="drop"), True),
        (rule(cidr="10.0.0.0/8", policy="drop"), True),
        (rule("80/80", "tcp", policy="drop", priority=6), False),
        (rule("81/90", "tcp", policy="drop"), False),
        (rule("80/80", "udp", policy="drop"), False),
        (rule(source="sg-other", policy="drop"), False),
        (rule(cidr="10.1.0.0/16", policy="drop"), False),
        (rule(priority=1), False),
    ],
)
def test_a_drop_that_takes_all_of_an_accept_shadows_it(drop: SecurityRule, covered: bool) -> None:
    assert shadowing_drop(group("sg-db", ACCEPT, drop), ACCEPT, HOME) == (drop if covered else None)


def test_an_accept_of_all_protocols_is_shadowed_by_a_drop_of_all_alone() -> None:
    drops = [rule("1/65535", "tcp", policy="drop"), rule(policy="drop")]
    assert [shadowing_drop(group("sg-db", drop), rule(), HOME) is drop for drop in drops] == [False, True]
    assert shadowing_drop(group("sg-db", drops[1]), rule(cidr="10.0.0.0/16"), ()) is None
    block = rule(cidr="10.0.0.0/8", policy="drop")
    assert shadowing_drop(group("sg-db", block), rule(cidr="10.1.0.0/16"), ()) is block


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        (("tcp", "80/80"), ("tcp", "80/443"), True),
        (("tcp", "80/90"), ("tcp", "90/99"), True),
        (("tcp", "80/89"), ("tcp", "90/99"), False),
        (("tcp", "80/80"), ("udp", "80/80"), False),
        (("tcp", "80/80"), ("all", "-1/-1"), True),
        (("icmp", "-1/-1"), ("icmp", "-1/-1"), True),
        (("icmp", "-1/-1"), ("gre", "-1/-1"), False),
        (("tcp", "garbage"), ("tcp", "1/65535"), False),
    ],
)
def test_two_rules_share_traffic_where_protocols_and_ports_meet(
    one: tuple[str, str], other: tuple[str, str], shared: bool
) -> None:
    assert share_traffic(span_of(*one), span_of(*other)) is shared
    assert share_traffic(span_of(*other), span_of(*one)) is shared
