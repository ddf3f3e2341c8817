"""What a set of links opens and closes, as ranges and groups: linear in the links and the resources, never pairs.

A link opens both ways between one classic instance and one VPC (overview, Example scenario), so the report says, for
each VPC, how many instances gain or lose it, and what of it they can reach. The link to a VPC in 192.168.0.0/16 is
open only with the route inside the instance (overview, Limits), so that a guest route opens and closes, too::

    {"opened": [{"vpc_id": "vpc-a", "cidr_block": "172.16.0.0/12",
                 "ranges": ["172.16.0.0/12"],
                 "resources": {"ecs": 3, "rds": 1, "slb": 1}, "resource_count": 5,
                 "instances": {"count": 412, "ids": ["i-1", …], "first_ip": "10.1.2.3", "last_ip": "10.9.8.7"}}],
     "closed": […],
     "counts": {"opened": {"vpcs": 1, "instances": 412, "pairs": 2060}, "closed": {…}}}

`ids` are the first few in order; `pairs` is instances times resources, counted and never listed. A VPC that is not
seen has a null `cidr_block` and no ranges.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Annotated, NotRequired, TypedDict

from planner.network.addressing import GUEST_ROUTE_DESTINATION, VpcClass, address, vpc_class
from planner.network.forecast import Forecast
from planner.network.identity import Action, Identity, Link
from planner.network.names import natural_key
from planner.network.ranges import in_any, reachable_ranges
from planner.network.world import Vpc, World
from planner.schema.keywords import Count

IDS_SHOWN = 10


class LinkedInstances(TypedDict):
    """The instances that gain or lose a VPC."""

    count: Annotated[Count, "How many."]
    ids: Annotated[list[str], "The first few, in order."]
    first_ip: Annotated[str | None, "The lowest of their addresses."]
    last_ip: Annotated[str | None, "The highest of their addresses."]


class OpeningEntry(TypedDict):
    """What opens or closes for one VPC."""

    vpc_id: Annotated[str, "The VPC."]
    provider: NotRequired[Annotated[str, "The key of the provider that sees it, where there are several."]]
    cidr_block: Annotated[str | None, "Its address range; null where it was not seen."]
    ranges: Annotated[list[str], "What of it a linked instance can reach."]
    resources: Annotated[dict[str, Count], "How many resources of each kind lie there."]
    resource_count: Annotated[Count, "How many resources in all."]
    instances: Annotated[LinkedInstances, "The instances."]


class OpeningCounts(TypedDict):
    """How much opens or closes in all."""

    vpcs: Annotated[Count, "VPCs."]
    instances: Annotated[Count, "Instances."]
    pairs: Annotated[Count, "Pairs of an instance and a resource."]


class OpeningTotals(TypedDict):
    """How much opens and closes in all."""

    opened: Annotated[OpeningCounts, "What opens."]
    closed: Annotated[OpeningCounts, "What closes."]


class ReachabilityEntry(TypedDict):
    """What a plan opens and closes between the classic network and VPCs."""

    opened: Annotated[list[OpeningEntry], "What opens, by VPC."]
    closed: Annotated[list[OpeningEntry], "What closes, by VPC."]
    counts: Annotated[OpeningTotals, "How much that is."]


@dataclass(frozen=True, slots=True)
class Group:
    """The instances that gain, or lose, one VPC, and what of it that is."""

    vpc_id: str
    cidr_block: str | None
    ranges: tuple[str, ...]
    resources: Mapping[str, int]
    instance_ids: tuple[str, ...]
    first_ip: str | None
    last_ip: str | None

    @property
    def resource_count(self) -> int:
        return sum(self.resources.values())

    def to_json(self) -> OpeningEntry:
        return {
            "vpc_id": self.vpc_id,
            "cidr_block": self.cidr_block,
            "ranges": list(self.ranges),
            "resources": dict(self.resources),
            "resource_count": self.resource_count,
            "instances": {
                "count": len(self.instance_ids),
                "ids": list(self.instance_ids[:IDS_SHOWN]),
                "first_ip": self.first_ip,
                "last_ip": self.last_ip,
            },
        }


@dataclass(frozen=True, slots=True)
class Openings:
    """What changes between two sets of links, by VPC in id order."""

    opened: tuple[Group, ...]
    closed: tuple[Group, ...]

    def to_json(self) -> ReachabilityEntry:
        return {
            "opened": [group.to_json() for group in self.opened],
            "closed": [group.to_json() for group in self.closed],
            "counts": {"opened": _counts(self.opened), "closed": _counts(self.closed)},
        }


def openings_of(world: World, steps: Iterable[tuple[Action, Identity]]) -> Openings:
    """What these steps open and close, taken in order. An attach of an instance that is linked elsewhere by then does
    nothing: the cloud refuses it."""
    then, now = Forecast(world), Forecast(world)
    touched: dict[str, None] = {}
    for action, target in steps:
        if target.instance_id is not None:
            touched[target.instance_id] = None
        linked = now.link_of(target.instance_id) if isinstance(target, Link) else None
        if action is not Action.ATTACH or linked is None or linked == target.vpc_id:
            now.take(action, target)
    private = {vpc_id for vpc_id, vpc in world.vpcs.items() if _is_192(vpc)}
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for one in touched:
        if (vpc_id := then.link_of(one)) and not (vpc_id in private and _was_shut(one, then, now)):
            before[one] = vpc_id
        if (vpc_id := now.link_of(one)) and not (vpc_id in private and _has_route(one, now) is False):
            after[one] = vpc_id
    return openings(world, before, after)


def _was_shut(one: str, then: Forecast, now: Forecast) -> bool:
    """Whether the link of this instance led nowhere for want of a guest route.

    Where guest routes cannot be read, a change of one says what was there: a route that is added was not, one that is
    removed was.
    """
    was = _has_route(one, then)
    return was is False or (was is None and _has_route(one, now) is True)


def _has_route(one: str, forecast: Forecast) -> bool | None:
    return forecast.has_guest_route(one, GUEST_ROUTE_DESTINATION)


def _is_192(vpc: Vpc) -> bool:
    try:
        return vpc_class(vpc.cidr_block) is VpcClass.CLASS_192
    except ValueError:  # what a provider could not say
        return False


def openings(world: World, before: Mapping[str, str], after: Mapping[str, str]) -> Openings:
    """What the links of `after` open and close, seen from those of `before`: both lead from instances to VPCs."""
    opened: dict[str, list[str]] = {}
    closed: dict[str, list[str]] = {}
    for instance_id, vpc_id in after.items():
        if before.get(instance_id) != vpc_id:
            opened.setdefault(vpc_id, []).append(instance_id)
    for instance_id, vpc_id in before.items():
        if after.get(instance_id) != vpc_id:
            closed.setdefault(vpc_id, []).append(instance_id)
    members = _members(world, opened.keys() | closed.keys())
    return Openings(_groups(world, opened, members), _groups(world, closed, members))


def _members(world: World, vpc_ids: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """Kind and address of everything in these VPCs."""
    members: dict[str, list[tuple[str, str]]] = {vpc_id: [] for vpc_id in vpc_ids}
    if not members:
        return members
    for resource in world.cloud_resources.values():
        if resource.vpc_id in members:
            members[resource.vpc_id].append((resource.kind, resource.private_ip))
    for instance in world.instances.values():
        if instance.network_type != "classic" and instance.vpc_id in members and instance.vpc_id is not None:
            members[instance.vpc_id].append(("ecs", instance.private_ip))
    return members


def _groups(
    world: World, changed: Mapping[str, list[str]], members: Mapping[str, list[tuple[str, str]]]
) -> tuple[Group, ...]:
    return tuple(_group(world, vpc_id, changed[vpc_id], members[vpc_id]) for vpc_id in sorted(changed))


def _group(world: World, vpc_id: str, instance_ids: list[str], members: list[tuple[str, str]]) -> Group:
    vpc = world.vpcs.get(vpc_id)
    ranges = reachable_ranges(world, vpc) if vpc else ()
    served = Counter(kind for kind, ip in members if in_any(ip, ranges))
    seen = (world.instances[one].private_ip for one in instance_ids if one in world.instances)
    ips = [int(address(ip)) for ip in seen if ip]  # offline, an address may not be known
    return Group(
        vpc_id,
        (vpc.cidr_block or None) if vpc else None,
        ranges,
        dict(sorted(served.items())),
        tuple(sorted(instance_ids, key=natural_key)),
        str(IPv4Address(min(ips))) if ips else None,
        str(IPv4Address(max(ips))) if ips else None,
    )


def _counts(groups: tuple[Group, ...]) -> OpeningCounts:
    return {
        "vpcs": len(groups),
        "instances": sum(len(group.instance_ids) for group in groups),
        "pairs": sum(len(group.instance_ids) * group.resource_count for group in groups),
    }
