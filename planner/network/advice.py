"""What to do about two ends of a world: the cell of the connection table, with the facts that the world knows.

A link is offered only where it would do: `advise_between` follows the trace of the two ends in the world as it will be
with that link, and `rule_advice.py` adds the rule that security groups need. What the rules of plans forbid is added in
`planner/rules/offers.py`, on a higher floor.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.network.addressing import GUEST_ROUTE_DESTINATION, VpcClass, vpc_class
from planner.network.ends import End, Plane, find_place
from planner.network.forecast import Forecast
from planner.network.identity import Action, Enablement, GuestRoute, Identity, Link
from planner.network.reach import trace
from planner.network.rule_advice import in_one_network, with_rules
from planner.network.scenarios import (
    LIMITS,
    TABLE,
    TRANSFER,
    Act,
    Advice,
    LinkOffer,
    Measure,
    Note,
    Obstacle,
    Solution,
    advise,
)
from planner.network.traffic import ALL_TRAFFIC, Traffic
from planner.network.world import World
from planner.remedy import Remedy
from planner.values import replace


def advise_between(world: World, origin: str, target: str, traffic: Traffic = ALL_TRAFFIC) -> Advice:
    """The solutions for two ends of a world: ids or addresses of what is to talk, or ids of VPCs.

    Where security groups let in nothing of this traffic, they have the rule that does. Raises ConfigError if one of
    the ends is nothing that can be seen.
    """
    start = find_place(world, origin)
    end = find_place(world, target, world.links.get(start.id or ""))
    same_region, same_account = start.region_id == end.region_id, start.account_id == end.account_id
    advice = advise(start.plane, end.plane, same_region=same_region, same_account=same_account)
    if start == end:
        return _ready(advice, "Nothing to do: both ends are the same.", "overview, Background")
    if start.plane is end.plane is Plane.CLASSIC and same_region:
        return in_one_network(world, advice, (start, end), traffic)
    if start.plane is end.plane is Plane.VPC and start.vpc_id == end.vpc_id:
        inside = _ready(advice, f"Nothing to do: both are in {start.vpc_id}.", "overview, Background")
        return in_one_network(world, inside, (start, end), traffic)
    if start.plane is end.plane:
        return advice
    classic, inside_vpc = (start, end) if start.plane is Plane.CLASSIC else (end, start)
    network = replace(world, security_groups=None)
    linked = world.links.get(classic.id or "") == inside_vpc.vpc_id
    found = (_over_the_link if linked else _with_a_link)(network, advice, classic, inside_vpc, ends=(start, end))
    return with_rules(world, found, (start, end), traffic)


def before_the_link(world: World, offer: LinkOffer) -> World:
    """The world in which the offered link is made: the instance unlinked, and of the VPC's account."""
    if not offer.link:
        return world
    instance, vpc = world.instances[offer.instance_id], world.vpcs[offer.vpc_id]
    links = {instance_id: vpc_id for instance_id, vpc_id in world.links.items() if instance_id != offer.instance_id}
    moved = replace(instance, account_id=vpc.account_id)
    return replace(world, links=links, instances={**world.instances, offer.instance_id: moved})


def calls_of(offer: LinkOffer) -> Iterator[tuple[Action, Identity]]:
    """What the offered declarations come to, in order."""
    if offer.enable:
        yield Action.ENABLE, Enablement(offer.vpc_id)
    if offer.guest_route:
        yield Action.ADD_GUEST_ROUTE, GuestRoute(offer.instance_id, GUEST_ROUTE_DESTINATION)
    for rule in offer.rules:
        yield Action.AUTHORIZE_SECURITY_RULE, rule
    if offer.link:
        yield Action.ATTACH, Link(offer.instance_id, offer.vpc_id)


def _ready(advice: Advice, text: str, source: str = TABLE) -> Advice:
    return replace(advice, solutions=(Solution((Measure(Act.READY, text, source),)),), notes=())


def _over_the_link(world: World, advice: Advice, classic: End, inside: End, *, ends: tuple[End, End]) -> Advice:
    """The link is there: it needs nothing, or a guest route, or it will never do."""
    linked = f"{classic.id} is linked to {inside.vpc_id} already"
    offer = _offer(world, classic, inside, link=False)
    if offer is not None and offer.guest_route:
        text = f"Add a route to {GUEST_ROUTE_DESTINATION} through the private NIC inside {classic.id}: {linked}."
        advice = replace(_ready(advice, ""), solutions=(Solution((Measure(Act.GUEST_ROUTE, text, LIMITS),)),))
        return _followed(world, replace(advice, offer=offer), ends)
    checked = _followed(world, _ready(advice, f"Nothing to do: {linked}."), ends)
    return (
        replace(_ready(advice, f"{linked}, but the link cannot carry this."), obstacles=checked.obstacles)
        if checked.obstacles
        else checked
    )


def _with_a_link(world: World, advice: Advice, classic: End, inside: End, *, ends: tuple[End, End]) -> Advice:
    """The advice with what the world says of the instance's present link and of the VPC."""
    linked = world.links.get(classic.id or "")
    solutions = tuple(_detach_first(solution, classic, linked) for solution in advice.solutions)
    offer = _offer(world, classic, inside) if any(solution.links for solution in solutions) else None
    found = replace(advice, solutions=solutions, notes=advice.notes + _vpc_notes(world, inside), offer=offer)
    return _followed(world, found, ends) if offer else found


def _detach_first(solution: Solution, classic: End, linked: str | None) -> Solution:
    """A linked instance can neither take a second link nor change accounts."""
    if linked is None or not solution.links:
        return solution
    source = TRANSFER if solution.steps[0].act is Act.TRANSFER else LIMITS
    detach = Measure(Act.DETACH, f"Detach {classic.id} from {linked}: an instance has one link at most.", source)
    return Solution((detach, *solution.steps), solution.name)


def _offer(world: World, classic: End, inside: End, *, link: bool = True) -> LinkOffer | None:
    vpc = world.vpcs.get(inside.vpc_id or "")
    if vpc is None or classic.id is None:
        return None
    found = vpc_class(vpc.cidr_block)
    has_route = Forecast(world).has_guest_route(classic.id, GUEST_ROUTE_DESTINATION)
    return LinkOffer(
        classic.id,
        vpc.vpc_id,
        enable=not vpc.classic_link_enabled,
        guest_route=found is VpcClass.CLASS_192 and not has_route,
        vswitch_ids=(inside.vswitch_id,) if found is VpcClass.CLASS_10 and inside.vswitch_id else (),
        link=link,
    )


def _followed(world: World, advice: Advice, ends: tuple[End, End]) -> Advice:
    """The advice, with what is in the way where its offer would not bring one end to the other; doubts are noted."""
    if any(end.is_vpc for end in ends):
        return advice
    forecast = Forecast(before_the_link(world, advice.offer) if advice.offer else world)
    for action, target in calls_of(advice.offer) if advice.offer else ():
        forecast.take(action, target)
    way = trace(forecast.outcome(), *ends)
    last = way.hops[-1]
    if way.reachable is None:
        return advice.noting([Note(Remedy.of(last.reason), last.source)])
    return advice if way.reachable else replace(advice, obstacles=(Obstacle(last.reason, last.source),))


def _vpc_notes(world: World, inside: End) -> tuple[Note, ...]:
    """What the row of the overview's CIDR table asks of this VPC before a link carries traffic."""
    vpc = world.vpcs.get(inside.vpc_id or "")
    found = vpc_class(vpc.cidr_block) if vpc else None
    if found is VpcClass.CLASS_192:
        text = f"{inside.vpc_id} is in 192.168.0.0/16: the instance needs a route to it through its private NIC."
    elif found is VpcClass.CLASS_10 and inside.vswitch_id is None:
        text = f"{inside.vpc_id} is in 10.0.0.0/8: only its vSwitches within 10.111.0.0/16 can be reached."
    else:
        return ()
    return (Note(Remedy.of(text), LIMITS),)
