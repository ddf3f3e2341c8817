"""Reach where there are several providers: a link leads through the world of one of them, and never into another."""

from __future__ import annotations

from collections.abc import Iterator

from planner.network.ends import End, Plane, all_ends, find_end
from planner.network.hops import Decision, Hop
from planner.network.reach import EXAMPLE, Trace, reach, reach_all, trace
from planner.network.seers import Seen, chosen, find_one, find_pair
from planner.network.traffic import ALL_TRAFFIC, Traffic
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.values import replace


def reach_between(
    worlds: Worlds, origin: str, target: str, provider: str | None = None, traffic: Traffic = ALL_TRAFFIC
) -> Trace:
    """Whether `origin` can reach `target`, in the world of a provider that sees both. Raises ConfigError."""
    if not worlds.are_several:
        return reach(_only_world(worlds, provider), origin, target, traffic)
    start, end = find_pair(worlds, origin, target, provider)
    if start.provider == end.provider:
        return _named(reach(worlds.of(start.provider), origin, target, traffic), start, end)
    return _across(worlds, _end_of(worlds, start), _end_of(worlds, end), traffic)


def reach_everything(
    worlds: Worlds,
    *,
    origin: str | None = None,
    target: str | None = None,
    provider: str | None = None,
    traffic: Traffic = ALL_TRAFFIC,
) -> Iterator[Trace]:
    """A trace from `origin` to everything else that any provider sees, or to `target` from all of it.

    What its own provider sees comes first. Raises ConfigError if several may be meant.
    """
    if not worlds.are_several:
        yield from reach_all(_only_world(worlds, provider), origin=origin, target=target, traffic=traffic)
        return
    seen = find_one(worlds, origin if origin is not None else target or "", provider)
    for found in reach_all(worlds.of(seen.provider), origin=origin, target=target):
        yield _named(found, seen, seen)
    fixed = _end_of(worlds, seen)
    for provider, world in worlds.by_provider.items():
        if provider == seen.provider:
            continue
        for end in all_ends(world):
            other = replace(end, provider=provider)
            yield _across(worlds, *((fixed, other) if origin is not None else (other, fixed)), traffic)


def _only_world(worlds: Worlds, provider: str | None) -> World:
    return worlds.of(chosen(worlds, provider) if provider else next(iter(worlds.by_provider), ""))


def _end_of(worlds: Worlds, seen: Seen) -> End:
    return replace(find_end(worlds.of(seen.provider), seen.text), provider=seen.provider)


def _named(found: Trace, start: Seen, end: Seen) -> Trace:
    origin = replace(found.origin, provider=start.provider)
    return replace(found, origin=origin, target=replace(found.target, provider=end.provider))


def _across(worlds: Worlds, origin: End, target: End, traffic: Traffic) -> Trace:
    """The classic network is one for all accounts; nothing else leads from one provider's world into another's."""
    if origin.plane is Plane.CLASSIC and target.plane is Plane.CLASSIC:
        world = worlds.of(target.provider)
        return trace(world, _as_seen_from(world, worlds.of(origin.provider), origin), target, traffic)
    reason = (
        f"{origin} is in {origin.provider}, and {target} in {target.provider}: both ends of a link must be in the "
        "same provider."
    )
    return Trace(origin, target, (Hop(str(origin), Decision.BLOCK, reason, EXAMPLE),))


def _as_seen_from(world: World, home: World, end: End) -> End:
    """An end of another world without those of its groups that have a namesake in this one: an id means something in
    one world alone."""
    if end.security_group_ids is None or world.security_groups is None:
        return end
    known = home.security_groups or {}
    own = [
        group_id
        for group_id in end.security_group_ids
        if group_id not in world.security_groups or world.security_groups[group_id] == known.get(group_id)
    ]
    return replace(end, security_group_ids=tuple(own))
