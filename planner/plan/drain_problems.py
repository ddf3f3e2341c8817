"""The diagnostics of a drain: what it leaves on the VPC, and what will bring it back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from planner.config.desired import DesiredObject
from planner.diagnostics import Diagnostic, Severity, counted, did_you_mean, listed
from planner.network.identity import Enablement, Link, Subject
from planner.network.kinds import Kind
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.plan.changes import Change
from planner.plan.removals import is_of_vpc
from planner.remedy import Again, Remedy, cl
from planner.rules.base import listing, seen_elsewhere
from planner.rules.plan_safety import DRAINED_STILL_DECLARED, MATCHES_NOTHING, PLAN_OF_A_PART

_SEE = Remedy.of("See what is managed with: ", cl("state", "list"))


def drain_problems(
    vpc: Subject, desired: Iterable[DesiredObject], changes: Sequence[Change], worlds: Worlds
) -> Iterator[Diagnostic]:
    """CL906 where nothing is drained; CL907 where something stays, and CL912 where the next plan undoes it.

    `changes` are those of the whole drain, before any selection. That nothing is drained is an error, unless nothing
    is there to be drained: a VPC that is not emptied must not be taken for an empty one.
    """
    provider, vpc_id = vpc
    world, at = worlds.of(provider), worlds.prefix(provider)
    left = _left_on(vpc_id, changes, world)
    include_unmanaged = Remedy.of("To drain that, too: ", Again(("--include-unmanaged",)))
    if changes and left:
        yield PLAN_OF_A_PART.diagnostic(
            f"{at}{vpc_id} will not be empty: it keeps {left}, not managed here.", include_unmanaged
        )
    elif left:
        yield MATCHES_NOTHING.diagnostic(
            f"{at}Nothing is drained: {vpc_id} has {left}, none of it managed here.", include_unmanaged
        )
    elif not changes:
        yield _nothing_there(vpc, worlds)
    declared = [each for each in desired if is_of_vpc(vpc, each, world)]
    if changes and declared:
        yield DRAINED_STILL_DECLARED.diagnostic(
            detail=(
                f"{at}The configuration still declares {counted(len(declared), 'object')} on {vpc_id}, such as "
                f"{declared[0].address}. The next plan without --drain will create them again."
            ),
            remedy=Remedy.of("Remove them from the configuration when the drain is done."),
            address=str(declared[0].address),
            span=declared[0].place.block,
        )


def undecided(text: str, worlds: Worlds) -> Diagnostic:
    """CL906: it is ambiguous which provider has the VPC that is to be drained."""
    named, _, vpc_id = text.rpartition("/")
    if named:
        detail = f"--drain {text}: there is no provider {named}.{did_you_mean(named, worlds.by_provider)}"
        return MATCHES_NOTHING.diagnostic(detail, _name_one(vpc_id, worlds.who_sees_vpc(vpc_id), worlds))
    if providers := worlds.who_sees_vpc(text):
        seen = listed(providers)
        detail = f"--drain {text} is ambiguous: {seen} each see a VPC with this id."
        return MATCHES_NOTHING.diagnostic(detail, _name_one(text, providers, worlds))
    known = dict.fromkeys(vpc_id for world in worlds.by_provider.values() for vpc_id in world.vpcs)
    unread = [provider for provider, world in worlds.by_provider.items() if world.why_unread(Kind.VPCS, text)]
    detail = f"No provider ({', '.join(worlds.by_provider)}) sees {text}, so nothing is drained."
    if unread:
        detail += f" The VPCs of {listed(unread)} could not be read."
    return MATCHES_NOTHING.diagnostic(detail + did_you_mean(text, known), _name_one(text, unread, worlds))


def _name_one(vpc_id: str, providers: Sequence[str], worlds: Worlds) -> Remedy:
    """The commands that name one of these providers; where there are none, what to look at."""
    if not providers:
        return _check_the_id(worlds)
    commands = [cl("plan", "--drain", f"{provider}/{vpc_id}") for provider in providers]
    return Remedy.of("Choose one of these:\n  ", Remedy.join("\n  ", commands))


def _check_the_id(worlds: Worlds) -> Remedy:
    what = "accounts and regions of the providers" if worlds.are_several else "account and region of the provider"
    return Remedy.of(f"Check the id, and the {what}. ", _SEE)


def _left_on(vpc_id: str, changes: Iterable[Change], world: World) -> str:
    """What the changes leave of ClassicLink on the VPC, in words. A link that forbids to disable it is CL110's."""
    gone = {change.removes for change in changes}
    if Enablement(vpc_id) in gone:
        return ""
    linked = [found for found in world.linked_by_vpc.get(vpc_id, ()) if Link(found, vpc_id) not in gone]
    vpc = world.vpcs.get(vpc_id)
    left = [f"{counted(len(linked), 'link')} ({listing(linked)})"] if linked else []
    return " and ".join([*left, "ClassicLink enabled"] if vpc is not None and vpc.classic_link_enabled else left)


def _nothing_there(vpc: Subject, worlds: Worlds) -> Diagnostic:
    provider, vpc_id = vpc
    world, at = worlds.of(provider), worlds.prefix(provider)
    if vpc_id not in world.vpcs and world.why_unread(Kind.VPCS, vpc_id) is None:
        seen_by = worlds.who_sees_vpc(vpc_id)
        hint = seen_elsewhere(seen_by) or did_you_mean(vpc_id, world.vpcs)
        detail = f"{at}{vpc_id} was not found, so nothing is drained.{hint}"
        return MATCHES_NOTHING.diagnostic(detail, _name_one(vpc_id, seen_by, worlds))
    detail = f"{at}{vpc_id} has no links, and ClassicLink is not enabled on it: there is nothing to drain."
    if world.why_unread(Kind.LINKS, vpc_id) is not None:
        detail = f"{at}No link to {vpc_id} is managed here, and neither is its ClassicLink."
    return MATCHES_NOTHING.diagnostic(detail, _SEE, severity=Severity.WARNING if vpc_id in world.vpcs else None)
