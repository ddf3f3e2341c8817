"""Reach where there are several providers: a link leads through the world of one of them, and never into another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from planner.network.ends import End, Plane, all_ends, find_end
from planner.network.reach import EXAMPLE, Decision, Hop, Trace, reach, reach_all, trace
from planner.network.seers import Seen, chosen, find_one, find_pair
from planner.network.world import World
from planner.network.worlds import Worlds


def reach_between(worlds: Worlds, origin: str, target: str, provider: str | None = None) -> Trace:
    """Whether `origin` can reach `target`, in the world of a provider that sees both. Raises ConfigError."""
    if not worlds.are_several:
        return reach(_only_world(worlds, provider), origin, target)
    start, end = find_pair(worlds, origin, target, provider)
    if start.provider == end.provider:
        return _named(reach(worlds.of(start.provider), origin, target), start, end)
    found = _across(_end(worlds, start), _end(worlds, end), start, end)
    return _named(found, start, end)


def reach_everything(
    worlds: Worlds, *, origin: str | None = None, target: str | None = None, provider: str | None = None
) -> Iterator[Trace]:
    """A trace from `origin` to everything else that any provider sees, or to `target` from all of it.

    What its own provider sees comes first. Raises ConfigError where several may be meant.
    """
    if not worlds.are_several:
        yield from reach_all(_only_world(worlds, provider), origin=origin, target=target)
        return
    seen = find_one(worlds, origin if origin is not None else target or "", provider)
    for found in reach_all(worlds.of(seen.provider), origin=origin, target=target):
        yield _named(found, seen, seen)
    fixed = _end(worlds, seen)
    for provider, world in worlds.by_provider.items():
        if provider == seen.provider:
            continue
        for end in all_ends(world):
            other = Seen(end.id or "", provider)
            if origin is not None:
                yield _named(_across(fixed, end, seen, other), seen, other)
            else:
                yield _named(_across(end, fixed, other, seen), other, seen)


def _only_world(worlds: Worlds, provider: str | None) -> World:
    return worlds.of(chosen(worlds, provider) if provider else next(iter(worlds.by_provider), ""))


def _end(worlds: Worlds, seen: Seen) -> End:
    return find_end(worlds.of(seen.provider), seen.text)


def _named(found: Trace, start: Seen, end: Seen) -> Trace:
    origin = replace(found.origin, provider=start.provider)
    return replace(found, origin=origin, target=replace(found.target, provider=end.provider))


def _across(origin: End, target: End, start: Seen, end: Seen) -> Trace:
    """The classic network is one for all accounts; nothing else leads from one provider's world into another's."""
    if origin.plane is Plane.CLASSIC and target.plane is Plane.CLASSIC:
        return trace(World(), origin, target)
    reason = f"{start.provider} sees {origin}, and {end.provider} sees {target}: a link joins what one provider sees."
    return Trace(origin, target, (Hop(str(origin), Decision.BLOCK, reason, EXAMPLE),))
