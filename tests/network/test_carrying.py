"""Which links carry anything."""

from __future__ import annotations

from planner.network.carrying import Carrying
from planner.network.security_groups import SecurityGroup, SecurityRule
from planner.network.world import Instance, World
from support.network_worlds import classic, vpc, world_of

IN = SecurityRule("sg-web", None, "tcp", "80/80")
OUT = SecurityRule("sg-db", None, "tcp", "80/80")
BLOCK = SecurityRule(None, "10.1.0.0/16", "icmp", "-1/-1")


def inside(groups: tuple[str, ...] | None) -> Instance:
    return Instance("i-db", "1001", "hz", "vpc", "172.16.0.9", vpc_id="vpc-a", security_group_ids=groups)


def carries(
    instance: Instance,
    *rules: SecurityRule,
    back: tuple[SecurityRule, ...] = (),
    database: Instance | None = None,
) -> bool | None:
    groups = {
        "sg-web": SecurityGroup("sg-web", "hz", "1001", rules=back),
        "sg-db": SecurityGroup("sg-db", "hz", "1001", "vpc-a", rules=rules),
    }
    things = [vpc("vpc-a", "172.16.0.0/12"), instance, *([database] if database else [inside(("sg-db",))])]
    world: World = world_of(*things, security_groups=groups)
    return Carrying(world, groups).carries(instance, "vpc-a")


WEB = classic("i-web", "10.1.1.1", security_group_ids=("sg-web",))


def test_a_rule_in_one_direction_is_enough() -> None:
    assert carries(WEB) is False
    assert carries(WEB, IN) is True
    assert carries(WEB, back=(OUT,)) is True
    assert carries(WEB, SecurityRule("sg-web", None, "all", "-1/-1", "drop"), IN) is False


def test_where_a_group_is_unknown_nothing_is_said() -> None:
    assert carries(classic("i-web", "10.1.1.1"), IN) is None
    assert carries(WEB, IN, database=inside(None)) is None
    assert carries(WEB, IN, database=inside(("sg-gone",))) is None


def test_where_nothing_is_known_to_be_in_the_vpc_nothing_is_said() -> None:
    groups = {"sg-web": SecurityGroup("sg-web", "hz", "1001")}
    world = world_of(vpc("vpc-a", "172.16.0.0/12"), WEB, security_groups=groups)
    assert Carrying(world, groups).carries(WEB, "vpc-a") is None


def test_instances_in_one_group_may_differ_by_their_address() -> None:
    other = classic("i-2", "10.2.1.1", security_group_ids=("sg-web",))
    assert (carries(WEB, BLOCK), carries(other, BLOCK)) == (True, False)
