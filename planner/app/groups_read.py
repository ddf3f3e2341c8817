"""The security groups that are read: those of the rules that the state remembers and the configuration declares.

Each group costs a call, and a region may have thousands. So the reading of a cloud leaves them out, unless a data
source lists them. Which ones the state names is known then; which ones the configuration names, an evaluation says::

    read ─▶ groups of the state ─▶ evaluate ──all known──▶ done
                                      ▲ └──others──▶ read these
                                      └──────────────────┘

What the state has is mostly what is declared, so that mostly one evaluation is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from planner.app.project import Project
from planner.config.desired import Desired
from planner.config.schema import SECURITY_GROUPS
from planner.diagnostics import ConfigError
from planner.network.identity import SECURITY_RULE, Authorization
from planner.network.kinds import Kind
from planner.network.world import Unread, World
from planner.network.worlds import Worlds
from planner.plan.changes import Owned
from planner.state.model import State
from planner.values import replace
from providers.base import Provider

Evaluate = Callable[[Worlds], Desired]
"""What the configuration wants where the providers see this. Raises ConfigError."""

_Named = Mapping[str, Collection[str] | None]
"""The ids of groups, by provider; None is all of them."""

_NO_GROUPS = "the state has rules of security groups, which the provider does not support"


def evaluated(
    project: Project, evaluate: Evaluate, worlds: Worlds, prior: State, providers: Mapping[str, Provider]
) -> tuple[Desired, Worlds]:
    """What the configuration wants, and the worlds with the groups of its rules and of those in the state.

    Raises ClError.
    """
    managed = _groups_of(prior.objects.values())
    worlds = _with_managed(worlds, managed, providers)
    declared = project.evaluation.declared_types
    if SECURITY_RULE not in declared or SECURITY_GROUPS in declared:
        return evaluate(worlds), worlds
    asked = {(key, group_id) for key, ids in managed.items() for group_id in ids}
    while True:
        try:
            desired = evaluate(worlds)
        except ConfigError:  # perhaps only because the groups of some rules are not known yet
            whole = with_groups(worlds, dict.fromkeys(providers), providers)
            if whole == worlds:
                raise
            return evaluate(whole), whole
        named = _groups_of(desired.objects)
        missing = {key: ids for key in named if (ids := _missing(named[key], worlds.of(key), asked, key))}
        asked |= {(key, group_id) for key, ids in missing.items() for group_id in ids}
        more = with_groups(worlds, missing, providers)
        if more == worlds:
            return desired, worlds
        worlds = more


def with_groups(worlds: Worlds, named: _Named, providers: Mapping[str, Provider]) -> Worlds:
    """The worlds with these groups too. Of one that its own provider does not have, the others are asked as well:
    messages say who sees it. Raises ProviderError.
    """
    found = dict(worlds.by_provider)
    for key in named.keys() & providers.keys():
        ids = named[key]
        found[key] = _with_found(found[key], providers[key], ids)
        lost = [one for one in ids or () if found[key].security_group(one) is None]
        for other in providers.keys() - {key} if lost else ():
            found[other] = _with_found(found[other], providers[other], lost)
    return Worlds(found)


def _with_found(world: World, provider: Provider, group_ids: Collection[str] | None) -> World:
    if any(gap.kind is Kind.SECURITY_GROUPS and gap.subject is None for gap in world.unread):
        return world
    more = provider.find((), rules_of=None if group_ids is None else sorted(group_ids))
    groups = world.security_groups
    if more.security_groups is not None:
        groups = dict(sorted({**(groups or {}), **more.security_groups}.items()))
    return replace(world, security_groups=groups, unread=(*world.unread, *more.unread))


def with_sources(worlds: Worlds, named: Iterable[Owned], providers: Mapping[str, Provider]) -> Worlds:
    """The worlds with the groups that any rule names of the groups of these objects: only so it is known whether such a
    rule is one for a link. Raises ProviderError.
    """
    missing: dict[str, set[str]] = {}
    for key, group_ids in _groups_of(named, sources=False).items():
        world = worlds.of(key)
        rules = [rule for one in group_ids if (group := world.security_group(one)) for rule in group.rules]
        sources = {rule.source_security_group_id for rule in rules} - {None}
        missing[key] = {one for one in sources if one and world.security_group(one) is None}
    return with_groups(worlds, {key: ids for key, ids in missing.items() if ids}, providers)


def _with_managed(worlds: Worlds, managed: Mapping[str, Collection[str]], providers: Mapping[str, Provider]) -> Worlds:
    """The worlds with the groups of the rules that the state has. They are unread where a provider knows of none."""
    missing = {key: ids for key, named in managed.items() if (ids := _missing(named, worlds.of(key), (), key))}
    found = dict(with_groups(worlds, missing, providers).by_provider)
    for key in missing.keys() & providers.keys():
        world = found[key]
        if world.security_groups is None and not any(gap.kind is Kind.SECURITY_GROUPS for gap in world.unread):
            found[key] = replace(world, unread=(*world.unread, Unread(Kind.SECURITY_GROUPS, None, _NO_GROUPS)))
    return Worlds(found)


def _groups_of(objects: Iterable[Owned], *, sources: bool = True) -> dict[str, set[str]]:
    """The groups that the rules among these objects are in, and those that they name, by provider."""
    found: dict[str, set[str]] = {}
    for one in objects:
        if isinstance(one.identity, Authorization):
            named = found.setdefault(one.provider, set())
            named.add(one.identity.security_group_id)
            if sources:
                named.add(one.identity.source_security_group_id)
    return found


def _missing(named: Iterable[str], world: World, asked: Collection[tuple[str, str]], provider: str) -> set[str]:
    """Those of these groups that were neither seen nor asked for yet."""
    return {
        group_id
        for group_id in named
        if world.security_group(group_id) is None
        and (provider, group_id) not in asked
        and not world.why_unread(Kind.SECURITY_GROUPS, group_id)
    }
