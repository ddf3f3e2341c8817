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
seen has a null `cidr_block` and no ranges. What security groups let pass of that is in `flows.py`.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address
from typing import Annotated, NotRequired, TypedDict

from msgspec import Struct

from planner.network.addressing import GUEST_ROUTE_DESTINATION, VpcClass, number_of, vpc_class
from planner.network.filtering import Groups, Host
from planner.network.flows import Flows, FlowsEntry, Links, flows, flows_together
from planner.network.forecast import Forecast
from planner.network.identity import Action, Identity, RuleSettings
from planner.network.names import first_in_natural_order
from planner.network.ranges import in_any, reachable_ranges
from planner.network.world import CloudResource, Instance, Vpc, World
from planner.schema.keywords import Count

IDS_SHOWN = 10
Call = tuple[Action, Identity, RuleSettings | None]
"""What a step does, and to what; with the settings that a security rule gets."""


class LinkedInstances(TypedDict):
    """The instances that gain or lose a VPC."""

    count: Annotated[Count, "How many."]
    ids: Annotated[list[str], "The first few, in order."]
    first_ip: Annotated[str | None, "The lowest of their addresses."]
    last_ip: Annotated[str | None, "The highest of their addresses."]


class OpeningEntry(TypedDict):
    """What opens or closes for one VPC."""

    vpc_id: Annotated[str, "The VPC."]
    provider: NotRequired[Annotated[str, "The key of the provider that sees it, if there are several."]]
    cidr_block: Annotated[str | None, "Its address range; null if it is not known."]
    ranges: Annotated[list[str], "The address ranges of the VPC that a linked instance can reach."]
    resources: Annotated[dict[str, Count], "How many resources of each kind are in these ranges."]
    resource_count: Annotated[Count, "How many resources in all."]
    instances: Annotated[LinkedInstances, "The instances."]
    carries_nothing: NotRequired[Annotated[bool, "True if security groups block all traffic, in both directions."]]


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
    counts: Annotated[OpeningTotals, "The numbers of what opens and closes."]
    by_security_group: NotRequired[Annotated[FlowsEntry, "The same by security group and port, if groups are known."]]


class Group(Struct, frozen=True):
    """The instances that gain, or lose, one VPC, and what of it that is. `instance_ids` are the first few of them."""

    vpc_id: str
    cidr_block: str | None
    ranges: tuple[str, ...]
    resources: Mapping[str, int]
    count: int
    instance_ids: tuple[str, ...]
    first_ip: str | None
    last_ip: str | None
    carries_nothing: bool = False

    @property
    def resource_count(self) -> int:
        return sum(self.resources.values())

    def to_json(self) -> OpeningEntry:
        entry: OpeningEntry = {
            "vpc_id": self.vpc_id,
            "cidr_block": self.cidr_block,
            "ranges": list(self.ranges),
            "resources": dict(self.resources),
            "resource_count": self.resource_count,
            "instances": {
                "count": self.count,
                "ids": list(self.instance_ids),
                "first_ip": self.first_ip,
                "last_ip": self.last_ip,
            },
        }
        return {**entry, "carries_nothing": True} if self.carries_nothing else entry


class Openings(Struct, frozen=True):
    """What changes between two sets of links, by VPC in id order, and by security group where any group is known."""

    opened: tuple[Group, ...]
    closed: tuple[Group, ...]
    flows: Flows | None = None

    def to_json(self) -> ReachabilityEntry:
        entry: ReachabilityEntry = {
            "opened": [group.to_json() for group in self.opened],
            "closed": [group.to_json() for group in self.closed],
            "counts": {"opened": _counts(self.opened), "closed": _counts(self.closed)},
        }
        return {**entry, "by_security_group": self.flows.to_json()} if self.flows is not None else entry


def openings_of(world: World, steps: Iterable[Call]) -> Openings:
    """What these steps open and close, taken in order. An attach of an instance that is linked elsewhere by then does
    nothing: the cloud refuses it."""
    now = Forecast(world)
    touched: dict[str, None] = {}
    for action, target, settings in steps:
        if target.instance_id is not None:
            touched[target.instance_id] = None
        if action is Action.ATTACH and now.link_of(target.instance_id or "") not in (None, target.vpc_id):
            continue
        now.take(action, target, settings)
    groups = now.security_groups
    if groups is not world.security_groups:
        touched |= dict.fromkeys(world.links)  # what links let pass may change without them
    private = {vpc_id for vpc_id, vpc in world.vpcs.items() if _is_192(vpc)}
    then = Forecast(world)
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for one in touched:
        if (vpc_id := world.links.get(one)) and not (vpc_id in private and _was_shut(one, then, now)):
            before[one] = vpc_id
        if (vpc_id := now.link_of(one)) and not (vpc_id in private and _has_route(one, now) is False):
            after[one] = vpc_id
    return openings(world, before, after, groups)


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


def openings(
    world: World, before: Mapping[str, str], after: Mapping[str, str], groups: Groups | None = None
) -> Openings:
    """What the links of `after` open and close, seen from those of `before`: both lead from instances to VPCs.

    `groups` are the security groups afterwards, where it is not those of the world.
    """
    opened: dict[str, list[str]] = {}
    closed: dict[str, list[str]] = {}
    stay: dict[str, list[str]] = {}
    for instance_id, vpc_id in after.items():
        (stay if before.get(instance_id) == vpc_id else opened).setdefault(vpc_id, []).append(instance_id)
    for instance_id, vpc_id in before.items():
        if after.get(instance_id) != vpc_id:
            closed.setdefault(vpc_id, []).append(instance_id)
    known = world.security_groups
    regrouped = stay if known is not None and groups is not None and groups is not known else {}
    members = _members(world, opened.keys() | closed.keys() | regrouped.keys())
    found = None
    if known is not None:
        estate = _links(world, members, closed, opened, regrouped)
        found = flows(known, known if groups is None else groups, estate)
    silent = found.silent if found else set[str]()
    return Openings(_groups(world, opened, members, silent), _groups(world, closed, members), found)


class _Members(Struct, frozen=True):
    """What of a VPC a link leads to: its ranges, and the kind of everything there."""

    ranges: tuple[str, ...]
    served: list[tuple[str, Host]]


def _links(
    world: World,
    members: Mapping[str, _Members],
    gone: Mapping[str, list[str]],
    come: Mapping[str, list[str]],
    stay: Mapping[str, list[str]],
) -> Iterator[Links]:
    """The links of each VPC and what they lead to, as security groups see it."""
    for vpc_id in sorted(members):
        yield Links(
            vpc_id,
            _hosts(world, gone.get(vpc_id, ())),
            _hosts(world, come.get(vpc_id, ())),
            _hosts(world, stay.get(vpc_id, ())),
            [host for _, host in members[vpc_id].served],
        )


def _hosts(world: World, instance_ids: Iterable[str]) -> list[Host]:
    """These instances; of one that is not seen, and of one whose address is not known, no groups are known."""
    found = map(world.instances.get, instance_ids)
    return [
        Host(one.private_ip, one.security_group_ids) if one is not None and one.private_ip else Host("", None)
        for one in found
    ]


def _members(world: World, vpc_ids: Iterable[str]) -> dict[str, _Members]:
    """What links lead to in these VPCs."""
    members: dict[str, _Members] = {}
    for vpc_id in vpc_ids:
        vpc = world.vpcs.get(vpc_id)
        members[vpc_id] = _Members(reachable_ranges(world, vpc) if vpc else (), [])
    if not members:
        return members
    for resource in world.cloud_resources.values():
        if resource.vpc_id in members:
            _serve(members[resource.vpc_id], resource.kind, resource)
    for instance in world.instances.values():
        if instance.network_type != "classic" and instance.vpc_id in members and instance.vpc_id is not None:
            _serve(members[instance.vpc_id], "ecs", instance)
    return members


def _serve(members: _Members, kind: str, one: CloudResource | Instance) -> None:
    if in_any(one.private_ip, members.ranges):
        members.served.append((kind, Host(one.private_ip, one.security_group_ids, one.vpc_id)))


def _groups(
    world: World,
    changed: Mapping[str, list[str]],
    members: Mapping[str, _Members],
    silent: Collection[str] = (),
) -> tuple[Group, ...]:
    return tuple(
        _group(world, vpc_id, changed[vpc_id], members[vpc_id], carries_nothing=vpc_id in silent)
        for vpc_id in sorted(changed)
    )


def _group(world: World, vpc_id: str, instance_ids: list[str], members: _Members, *, carries_nothing: bool) -> Group:
    vpc = world.vpcs.get(vpc_id)
    served = Counter(kind for kind, _ in members.served)
    seen = (world.instances[one].private_ip for one in instance_ids if one in world.instances)
    ips = [number_of(ip) for ip in seen if ip]  # offline, an address may not be known
    return Group(
        vpc_id,
        (vpc.cidr_block or None) if vpc else None,
        members.ranges,
        dict(sorted(served.items())),
        len(instance_ids),
        tuple(first_in_natural_order(instance_ids, IDS_SHOWN)),
        str(IPv4Address(min(ips))) if ips else None,
        str(IPv4Address(max(ips))) if ips else None,
        carries_nothing,
    )


def together(found: Mapping[str, ReachabilityEntry]) -> ReachabilityEntry:
    """What opens and closes in the worlds of several providers, by their keys."""
    entry: ReachabilityEntry = {
        "opened": [{**each, "provider": provider} for provider, one in found.items() for each in one["opened"]],
        "closed": [{**each, "provider": provider} for provider, one in found.items() for each in one["closed"]],
        "counts": {
            "opened": _in_all([each["counts"]["opened"] for each in found.values()]),
            "closed": _in_all([each["counts"]["closed"] for each in found.values()]),
        },
    }
    by_group = {provider: one["by_security_group"] for provider, one in found.items() if "by_security_group" in one}
    if by_group:
        entry["by_security_group"] = flows_together(by_group)
    return entry


def _in_all(counts: Sequence[OpeningCounts]) -> OpeningCounts:
    return {
        "vpcs": sum(each["vpcs"] for each in counts),
        "instances": sum(each["instances"] for each in counts),
        "pairs": sum(each["pairs"] for each in counts),
    }


def _counts(groups: tuple[Group, ...]) -> OpeningCounts:
    return {
        "vpcs": len(groups),
        "instances": sum(group.count for group in groups),
        "pairs": sum(group.count * group.resource_count for group in groups),
    }
