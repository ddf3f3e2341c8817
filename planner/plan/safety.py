"""What a plan may not do even where every step of it is legal, as findings and diagnostics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct

from planner.address import Address, import_command
from planner.config.desired import DesiredObject, Limits, Moved
from planner.diagnostics import Diagnostic, Related, Severity, counted, did_you_mean, listed
from planner.documents.reasons import Reason
from planner.network.identity import Action, GuestRoute, Link, ObjectKey, Subject
from planner.network.ranges import needs_guest_route
from planner.network.worlds import Worlds
from planner.plan.changes import Change, ChangeKind
from planner.remedy import Again, Remedy, cl
from planner.rules.base import Finding
from planner.rules.plan_safety import (
    DECLARED_TWICE,
    DEPENDENCY_NOT_KEPT,
    EXISTS_ALREADY,
    GUEST_ROUTE_LOST,
    MATCHES_NOTHING,
    MOVED_NOT_FOLLOWED,
    MUST_NOT_BE_DESTROYED,
    NO_SLOT_LEFT,
    PLAN_OF_A_PART,
    TOO_MANY_DOWN,
    TOO_MANY_LINKS_LOST,
)
from planner.state.model import State
from planner.steps import Step


def links_lost(changes: Sequence[Change]) -> int:
    """How many links known to the state are detached for good: their instance is not linked again."""
    linked_again = {_instance(change.added_key) for change in changes if isinstance(change.adds, Link)}
    return sum(
        isinstance(change.removes, Link) and _instance(change.removed_key) not in linked_again
        for change in changes
        if change.managed
    )


def _instance(key: ObjectKey | None) -> Subject | None:
    """The instance that an object is about."""
    return (key[0], key[1].instance_id or "") if key else None


def too_many_links_lost(lost: int, prior: State, limits: Limits, accepted: int | None) -> Iterator[Finding]:
    """CL901, where more than the allowed share of links would go for good and the exact number was not accepted."""
    if lost == 0:
        return
    total = sum(isinstance(found.identity, Link) for found in prior.objects.values()) + len(prior.cut_short)
    if total < limits.min_links or lost * 100 <= limits.max_detach_percent * total or accepted == lost:
        return
    other_accepted = (
        "" if accepted is None else f" --accept-detach {accepted:,} was given, which is a different number."
    )
    yield Finding(
        rule=TOO_MANY_LINKS_LOST.id,
        name=TOO_MANY_LINKS_LOST.name,
        severity=Severity(TOO_MANY_LINKS_LOST.level),
        message=(
            f"{lost:,} of {total:,} links known to the state would be detached for good "
            f"({lost * 100 // total} %; limit {limits.max_detach_percent} %).{other_accepted}"
        ),
        source=TOO_MANY_LINKS_LOST.source,
        remedy=Remedy.of(
            "Read the list of what is destroyed. To accept exactly this plan:\n  ",
            Again(("--accept-detach", str(lost))),
        ),
        subject={"lost": str(lost), "known": str(total)},
        span=limits.span,
    )


def prevented(changes: Iterable[Change], worlds: Worlds) -> Iterator[Diagnostic]:
    """CL902: what must not be destroyed is, or is replaced."""
    for change in changes:
        if change.removed_key is None or not change.prevent_destroy:
            continue
        provider, identity = change.removed_key
        what = "moved" if change.is_move else "replaced" if change.kind is ChangeKind.REPLACE else "destroyed"
        yield MUST_NOT_BE_DESTROYED.diagnostic(
            detail=(
                f"{worlds.prefix(provider)}{change.address} would be {what}, which removes {identity.id} first, "
                "but its lifecycle block has prevent_destroy = true."
            ),
            remedy=Remedy.of(
                "To allow it, set prevent_destroy = false, apply, then plan again. To keep it, leave it out: ",
                Again(("--exclude", str(change.address))),
            ),
            address=str(change.address),
            span=change.place.block if change.place else None,
        )


def adoption_refused(changes: Iterable[Change], limits: Limits, worlds: Worlds) -> Iterator[Diagnostic]:
    """CL903: the cloud has what is declared, and `limits.adopt` is false. Reported once, however many there are."""
    there = [change for change in changes if change.reason is Reason.ADOPTED and change.importing is not None]
    if limits.adopt or not there:
        return
    first, count = there[0], len(there)
    at = worlds.prefix(first.after.provider) if first.after else ""
    detail = f"{at}{first.address} stands for {first.importing}, which exists but is not managed here."
    by_name = import_command(first.address, str(first.importing))
    remedy = Remedy.of("Adopt it: ", by_name)
    if count > 1:
        detail = f"{count:,} objects that are declared exist, but are not managed here. The first: {detail}"
        everything = cl("import", "--all")
        remedy = Remedy.of(
            "Adopt them all, which changes nothing in the cloud: ", everything, "\nOr one alone: ", by_name
        )
    yield EXISTS_ALREADY.diagnostic(
        detail=detail,
        remedy=remedy,
        address=str(first.address),
        span=first.place.block if first.place else None,
        related=(Related("adoption is switched off here", limits.span),) if limits.span else (),
    )


def repeated(pairs: Iterable[tuple[DesiredObject, DesiredObject]], worlds: Worlds) -> Iterator[Diagnostic]:
    """CL904: one enablement or guest route declared more than once; `first` is the declaration that may stay."""
    for again, first in pairs:
        of_one_block = again.place.block == first.place.block
        yield DECLARED_TWICE.diagnostic(
            detail=f"{worlds.prefix(again.provider)}{again.address} and {first.address} both stand for "
            f"{again.identity.id}.",
            remedy=Remedy.of(
                f"Declare {again.identity.id} once: the count or for_each of this block declares it twice."
                if of_one_block
                else f"Remove one of the two declarations, such as that of {again.address}."
            ),
            address=str(again.address),
            span=again.place.block,
            related=() if of_one_block else (Related(f"{first.address} is declared here", first.place.block),),
        )


def meant_nothing(flag: str, patterns: Iterable[str], addresses: Sequence[Address]) -> Iterator[Diagnostic]:
    """CL906: a selection that nothing matches. `addresses` are those that something has."""
    for pattern in patterns:
        yield MATCHES_NOTHING.diagnostic(
            detail=(
                f"{flag} {pattern} matches nothing in the configuration or the state."
                f"{did_you_mean(pattern, _near_misses(addresses))}"
            ),
            remedy=Remedy.of(
                "See the addresses with: ",
                cl("state", "list"),
                ". Quote the address: a shell removes brackets and quotes.",
            ),
        )


_INSTANCES_COMPARED = 2_000
"""Comparing with the name of each of 100,000 instances would take longer than the plan."""


def _near_misses(addresses: Sequence[Address]) -> Collection[str]:
    """The addresses that may have been meant: each resource, and each instance where they are not too many."""
    instances = map(str, addresses) if len(addresses) <= _INSTANCES_COMPARED else ()
    return dict.fromkeys([*(str(address.resource) for address in addresses), *instances])


class LeftOut(Struct, frozen=True):
    """What a selection leaves out: changes to make, and how many objects that changed outside of cl."""

    changes: Sequence[Change] = ()
    drifted: int = 0


def left_out(whole: Sequence[Change], chosen: Sequence[Change], drifted: int) -> LeftOut:
    """What is left out where these changes of the whole plan are chosen, and so much drift is not taken over."""
    if len(chosen) == len(whole):
        return LeftOut(drifted=drifted)
    addresses = {change.address for change in chosen}
    return LeftOut([change for change in whole if change.address not in addresses], drifted)


def partial(left_out: LeftOut, findings: Iterable[Finding]) -> Iterator[Diagnostic]:
    """CL907: a warning that the plan is one of a part, where it leaves something out.

    Names changes left out that would free a slot in a VPC which the plan finds full.
    """
    left_behind = [
        *([f"{counted(len(left_out.changes), 'change')} of the whole plan"] if left_out.changes else []),
        *([f"{counted(left_out.drifted, 'object')} that changed outside of cl"] if left_out.drifted else []),
    ]
    full = _full(findings)
    freeing = [
        change.address
        for change in left_out.changes
        if (key := change.removed_key) and isinstance(key[1], Link) and (key[0], key[1].vpc_id) in full
    ]
    remedy = Remedy.of("Afterwards, plan without a selection to see whether anything is left: ", cl("plan"))
    slots = ""
    if freeing:
        slots = f" {counted(len(freeing), 'of them frees a slot', 'of them free slots')} that this plan needs."
        remedy = Remedy.of(
            f"Also select what frees these slots, such as {freeing[0]}, or plan without a selection: ", cl("plan")
        )
    if left_behind:
        yield PLAN_OF_A_PART.diagnostic(
            detail=f"The selection (--target, --exclude) leaves out {listed(left_behind)}.{slots}", remedy=remedy
        )


def _full(findings: Iterable[Finding]) -> set[tuple[str | None, str | None]]:
    """The VPCs that rules find full."""
    return {(found.provider, found.subject.get("vpc_id")) for found in findings if found.rule == "CL301"}


def contradicted(
    pairs: Sequence[tuple[Address, Address]], steps: Iterable[Step], worlds: Worlds
) -> Iterator[Diagnostic]:
    """CL908: a dependency that would close a circle with what ClassicLink itself demands."""
    owners = {step.address: step.provider for step in steps} if pairs else {}
    for address, earlier in pairs:
        at = worlds.prefix(owners[address]) if address in owners else ""
        yield DEPENDENCY_NOT_KEPT.diagnostic(
            detail=(
                f"{at}{address} is declared to come after {earlier}, but ClassicLink needs the opposite order. "
                "The plan keeps the order that ClassicLink needs."
            ),
            remedy=Remedy.of(
                "Remove the reference or the depends_on entry, or split the change into two plans with --target."
            ),
            address=str(address),
        )


def too_many_down(limits: Limits, at_once: int, steps: Sequence[Step], worlds: Worlds) -> Diagnostic:
    """CL909: `max_unavailable` is too small for the moves."""
    why = "depends_on makes instances wait in the middle of their moves"
    way_out = "remove depends_on entries between the moves"
    if parked := Counter(step.provider for step in steps if step.parked):
        whose = f" of {listed(parked)}" if worlds.are_several else ""
        waiting = counted(parked.total(), "instance")
        why = f"the VPCs{whose} are full, so {waiting} must wait without a link while others move"
        way_out = "free a slot in one of the VPCs first"
    return TOO_MANY_DOWN.diagnostic(
        detail=(
            f"limits.max_unavailable is {limits.max_unavailable}, but these moves leave {counted(at_once, 'instance')} "
            f"without a link at once: {why}."
        ),
        remedy=Remedy.of(f"Set max_unavailable = {at_once} or more, or {way_out}."),
        span=limits.span,
    )


def without_slot(steps: Iterable[Step], findings: Iterable[Finding], worlds: Worlds) -> Iterator[Diagnostic]:
    """CL910: attaches that no order could give a slot, where no rule has said so."""
    full = _full(findings)
    for step in steps:
        if step.action is Action.ATTACH and step.slot is None and (step.provider, step.vpc_id) not in full:
            full.add((step.provider, step.vpc_id))
            yield NO_SLOT_LEFT.diagnostic(
                detail=f"{worlds.prefix(step.provider)}{step.instance_id} cannot be attached to {step.vpc_id}: "
                "no slot is free or freed for it.",
                remedy=Remedy.of(
                    f"Detach instances from {step.vpc_id} in a separate plan first, or link to another VPC."
                ),
                address=str(step.address),
                span=step.place.block if step.place else None,
            )


def routes_lost(changes: Sequence[Change], worlds: Worlds) -> Iterator[Diagnostic]:
    """CL911: a warning that a guest route goes, for good or a while, whose link cannot do without it.

    What is replaced is gone for a while only, which does not matter while the instance is detached.
    """
    losing = [(change, change.removes) for change in changes if isinstance(change.removes, GuestRoute)]
    if not losing:
        return
    comes = {_instance(change.added_key): new.vpc_id for change in changes if isinstance(new := change.adds, Link)}
    detached = {_instance(change.removed_key) for change in changes if isinstance(change.removes, Link)}
    for change, lost in losing:
        instance = _instance(change.removed_key)
        world = worlds.of(change.before.provider if change.before else "")
        stays = "" if instance in detached else world.links.get(lost.instance_id, "")
        is_replaced = change.added_key == change.removed_key
        vpc_id = stays if is_replaced else comes.get(instance, stays)
        if vpc_id and needs_guest_route(vpc_id, world):
            at = worlds.prefix(change.before.provider) if change.before else ""
            yield _route_replaced(change, lost, vpc_id, at) if is_replaced else _route_lost(change, lost, vpc_id, at)


def _route_lost(change: Change, lost: GuestRoute, vpc_id: str, at: str) -> Diagnostic:
    return GUEST_ROUTE_LOST.diagnostic(
        detail=(
            f"{at}{change.address} removes the route of {lost.instance_id}, but the instance is then linked to "
            f"{vpc_id}, which it cannot reach without that route (overview, Limits)."
        ),
        remedy=Remedy.of(f"Keep the route while the link exists, or detach {lost.instance_id} too."),
        address=str(change.address),
    )


def _route_replaced(change: Change, lost: GuestRoute, vpc_id: str, at: str) -> Diagnostic:
    return GUEST_ROUTE_LOST.diagnostic(
        detail=(
            f"{at}{change.address} is replaced. Between the two steps {lost.instance_id} cannot reach {vpc_id}, "
            "to which it is linked (overview, Limits)."
        ),
        remedy=Remedy.of(
            f"Apply this when {lost.instance_id} can do without {vpc_id} for a short time, or keep the route as it is."
        ),
        address=str(change.address),
        span=change.place.block if change.place else None,
    )


def moves_blocked(pairs: Iterable[tuple[Address, Address]], prior: State, worlds: Worlds) -> Iterator[Diagnostic]:
    """CL913: a warning that a `moved` block leads to an address where another object is."""
    for origin, target in pairs:
        moved = prior.objects.get(origin)
        at = worlds.prefix(moved.provider) if moved else ""
        yield MOVED_NOT_FOLLOWED.diagnostic(
            detail=f"{at}{origin} cannot move to {target}: the state has another object there.",
            remedy=Remedy.of(
                "Move that one first: ",
                cl("state", "mv", str(target), "NEW_ADDRESS"),
                ". Or remove the moved block.",
            ),
            address=str(origin),
        )


def moves_unfollowed(blocks: Sequence[tuple[Moved, str]], prior: State, worlds: Worlds) -> Iterator[Diagnostic]:
    """CL913: a warning that a `moved` block changes nothing, or not what was meant."""
    owners: dict[str, dict[str, None]] = {}
    if blocks and worlds.are_several:
        for address, found in prior.objects.items():
            for text in address.prefixes():
                owners.setdefault(text, {})[found.provider] = None
    for block, why in blocks:
        whose = listed(owners.get(block.origin, ()))
        at = f"{whose}: " if whose else ""
        yield MOVED_NOT_FOLLOWED.diagnostic(
            detail=f"{at}moved from {block.origin} to {block.target}: {why}",
            remedy=Remedy.of(
                "Correct its addresses (", cl("state", "list"), " shows those of the state), or remove the block."
            ),
            address=block.origin,
            span=block.span,
        )


def broken_proof(problem: str) -> Diagnostic:
    """CL999: the checker refuses what the planner made. It has no page of the manual, for no user can cause it."""
    return Diagnostic(
        code="CL999",
        summary="The plan's proof does not hold",
        detail=f"{problem} This is a bug in cl; nothing will be applied.",
        remedy=Remedy.of("Please report it with the plan (", cl("plan", "--out", "plan.json"), ")."),
    )
