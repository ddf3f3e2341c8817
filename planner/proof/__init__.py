"""Checks that a plan is legal in every order its needs allow, wherever it stops. Knows no planner and no rule.

**What is read.** From a plan document: `steps` (their id, action, ids, needs and slot), `proof` (the facts at the
start, and lanes) and `resource_changes` (what the steps are for). With a world, the facts are compared with it as
well; links of others that came or went since do no harm while the proof holds for the new count too.

**What is proven.** Take any order of the steps that respects the needs, carried out by any number of workers, and
stop it anywhere: let S be the set of steps done. Every need of a step in S is in S. Then each step of S was legal
when it was taken, that is:

* an attach found its instance unlinked, ClassicLink enabled on the VPC, and a slot free there;
* a detach found its instance linked to that very VPC;
* an enable found ClassicLink disabled; a disable found it enabled and no instance linked;
* a guest route was added before its instance was attached, and removed after it was detached;

and the steps do what the changes of the plan say, no more and no less, and say why as these do. Where the plan
promises that at most `max_unavailable` moves are under way at once, that is proven too.

**Why it suffices.** Steps are numbered as listed and need only earlier ones, so the needs have no circle, and the
listed order is one of those allowed. The rest follows from *direct* needs; nothing is inferred through a third
step, which keeps the check linear.

1.  *Instances.* The attaches and detaches of an instance, as listed, form a chain: each one needs the one before.
    So S holds a beginning of the chain, taken in that order. It starts from the link in the facts, an attach comes
    only where the chain says "unlinked", a detach only where it says "linked to this VPC". No other step changes
    the instance's link.
2.  *Enablement.* A VPC has at most one disable and one enable, and the enable then needs the disable. An attach to
    it needs its enable if there is one; if there is none, the VPC is enabled at the start and has no disable. So it
    is enabled whenever an attach is taken.
3.  *Disable.* The disable needs every detach from its VPC, and the facts count as many links as there are detaches.
    Every attach there needs the enable, which needs the disable, so none has been taken, and each detach is of
    another link that was there at the start. Links at that moment: linked − detaches + 0 = 0.
4.  *Slots.* Each attach takes a slot that is free at the start, or that of a detach from the same VPC, which it
    needs; no detach is named twice. Let `a` of the attaches in S be of the first kind and `b` of the second. S
    holds at least `b` detaches from the VPC, so the links are at most linked + a + b − b = linked + a, and `a` is
    at most quota − linked.
5.  *Guest routes.* An attach needs every guest route that is added for its instance, and a guest route's removal
    needs every detach of its instance.

6.  *Links that are down.* A move's is, from its detach until the next attach of its instance; some are at the start,
    and an attach brings them back (its reason says so). Each of both is in one of at most `max_unavailable` lanes.
    A lane begins with those that are down at the start; its first detach needs all their attaches, each later one
    the attach of the move before it. So a lane has one move under way, or none and what is left of its beginning:
    no more links are down than `max_unavailable`, or than were at the start.
7.  *Parking.* The detach of a move needs all that its attach needs and that is listed before it: so the instance
    keeps its link until its new place is ready. Where the detach whose slot the attach takes is listed after it, it
    is said to be parked.

What rules look at one step for (addresses, accounts, statuses, routes) does not depend on the order, and is not
repeated.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile, zip_longest
from typing import Any

from planner.network.world import World
from planner.proof.document import (
    ADD_ROUTE,
    ATTACH,
    DETACH,
    DISABLE,
    ENABLE,
    FREE,
    Malformed,
    Step,
    VpcFacts,
    read_changes,
    read_facts,
    read_lanes,
    read_steps,
)
from planner.proof.intent import intent

_RETURNING = frozenset({"changed_outside", "resumed"})
"""Why an attach that no detach comes before brings back a link that is down at the start."""


@dataclass(slots=True)
class _AtVpc:
    """The steps at one VPC."""

    enables: list[Step] = field(default_factory=list)
    disables: list[Step] = field(default_factory=list)
    attaches: list[Step] = field(default_factory=list)
    detaches: list[Step] = field(default_factory=list)


@dataclass(slots=True)
class _OfInstances:
    """The steps of each instance, in the order in which they are listed. `chains` are attaches and detaches."""

    chains: dict[str, list[Step]] = field(default_factory=lambda: defaultdict(list))
    routes_added: dict[str, list[Step]] = field(default_factory=lambda: defaultdict(list))
    routes_removed: dict[str, list[Step]] = field(default_factory=lambda: defaultdict(list))


def verify(document: Mapping[str, Any], world: World | None = None) -> tuple[str, ...]:
    """What is wrong with the plan's proof, in full sentences; none where it holds. Linear in the plan's size."""
    try:
        steps = read_steps(document)
        vpcs, instances = read_facts(document)
        changes = read_changes(document)
        at_most, lanes = read_lanes(document)
    except Malformed as problem:
        return (str(problem),)
    at_vpc, of_instances = _sorted_out(steps)
    problems = [
        *_needs_go_back(steps),
        *_missing_facts(at_vpc, of_instances.chains, vpcs, instances),
        *_facts_agree(vpcs, instances),
        *intent(steps, changes),
    ]
    if not problems:
        for instance_id, steps_of_it in of_instances.chains.items():
            problems += _chain(instances.get(instance_id), steps_of_it)
            problems += _parking(steps_of_it)
        problems += _guest_routes(of_instances)
        for vpc_id, there in at_vpc.items():
            for facts in _to_hold_for(vpcs[vpc_id], vpc_id, world):
                problems += _enablement(facts, there)
                problems += _slots(vpc_id, facts, there)
        if at_most is not None:
            problems += _lanes(of_instances.chains.values(), at_most, lanes)
    if world is not None:
        problems += _facts_hold(vpcs, instances, world)
    return tuple(problems)


def _needs_go_back(steps: Sequence[Step]) -> Iterator[str]:
    for place, step in enumerate(steps, 1):
        if step.id != place:
            yield f"{step} is listed as number {place}."
        for need in sorted(step.needs):
            if not 0 < need < step.id:
                yield f"{step} needs step {need}, which is not an earlier one."


def _sorted_out(steps: Sequence[Step]) -> tuple[dict[str, _AtVpc], _OfInstances]:
    at_vpc: dict[str, _AtVpc] = defaultdict(_AtVpc)
    of_instances = _OfInstances()
    for step in steps:
        action, instance_id, vpc_id, _ = step.call
        if action == ATTACH:
            at_vpc[vpc_id].attaches.append(step)
            of_instances.chains[instance_id].append(step)
        elif action == DETACH:
            at_vpc[vpc_id].detaches.append(step)
            of_instances.chains[instance_id].append(step)
        elif action == ENABLE:
            at_vpc[vpc_id].enables.append(step)
        elif action == DISABLE:
            at_vpc[vpc_id].disables.append(step)
        elif action == ADD_ROUTE:
            of_instances.routes_added[instance_id].append(step)
        else:
            of_instances.routes_removed[instance_id].append(step)
    return at_vpc, of_instances


def _missing_facts(
    at_vpc: Mapping[str, _AtVpc],
    chains: Mapping[str, Sequence[Step]],
    vpcs: Mapping[str, VpcFacts],
    instances: Mapping[str, str | None],
) -> Iterator[str]:
    for vpc_id in at_vpc:
        if vpc_id not in vpcs:
            yield f"The proof has no facts of {vpc_id}, which steps are about."
    for instance_id in chains:
        if instance_id not in instances:
            yield f"The proof does not say what {instance_id} is linked to at the start."


def _facts_agree(vpcs: Mapping[str, VpcFacts], instances: Mapping[str, str | None]) -> Iterator[str]:
    named = Counter(instances.values())
    for vpc_id, facts in vpcs.items():
        if facts.linked < named[vpc_id]:
            yield f"The proof counts {facts.linked} links of {vpc_id}, but names {named[vpc_id]} linked instances."


def _chain(linked_to: str | None, chain: Sequence[Step]) -> Iterator[str]:
    """1. The instance's attaches and detaches, each from where the one before leaves it."""
    before: Step | None = None
    for step in chain:
        if before is not None and before.id not in step.needs:
            yield f"{step} does not need step {before.id}, the one before it of the same instance."
        if step.action == ATTACH:
            if linked_to is not None:
                yield f"{step} finds its instance linked to {linked_to}."
            linked_to = step.vpc_id
        else:
            if linked_to != step.vpc_id:
                yield f"{step} finds its instance {f'linked to {linked_to}' if linked_to else 'unlinked'}."
            linked_to = None
        before = step


def _parking(chain: Sequence[Step]) -> Iterator[str]:
    """7. A move waits for its new slot with its link still there, and is said to be parked where it does not."""
    for step, after in zip_longest(chain, chain[1:]):
        up = after if after is not None and after.action == ATTACH else None
        parked = up is not None and up.slot not in (FREE, step.id) and up.slot not in step.needs
        if up is not None:
            for need in sorted(up.needs):
                if need < step.id and need != up.slot and need not in step.needs:
                    yield f"{step} does not need step {need}, which {up} waits for."
            if parked and not step.parked:
                yield f"{step} does not wait for step {up.slot}, whose slot {up} takes, and is not said to be parked."
        if step.parked and not parked:
            yield f"{step} is said to be parked, but its new slot is free by then."


def _guest_routes(theirs: _OfInstances) -> Iterator[str]:
    """5. Added before the attaches, removed after the detaches."""
    for instance_id, added in theirs.routes_added.items():
        for step in theirs.chains.get(instance_id, ()):
            if step.action == ATTACH:
                yield from _direct(step, added, "which adds a guest route it relies on")
    for instance_id, removed in theirs.routes_removed.items():
        detaches = [step for step in theirs.chains.get(instance_id, ()) if step.action == DETACH]
        for step in removed:
            yield from _direct(step, detaches, "the detach of its instance")


def _enablement(vpc: VpcFacts, there: _AtVpc) -> Iterator[str]:
    """2 and 3. Enabled at every attach, and empty at the disable."""
    for step in (*there.enables[1:], *there.disables[1:]):
        yield f"{step} is the second of its kind at one VPC."
    for step in there.disables[:1]:
        if not vpc.enabled:
            yield f"{step} finds ClassicLink disabled."
        yield from _direct(step, there.detaches, "a detach from its VPC")
        if vpc.linked != len(there.detaches):
            yield f"{step} comes after {len(there.detaches)} detaches, and {vpc.linked} links are there at the start."
    for step in there.enables[:1]:
        yield from _direct(step, there.disables, "which disables the same VPC")
        if vpc.enabled and not there.disables:
            yield f"{step} finds ClassicLink enabled."
    for step in there.attaches:
        yield from _direct(step, there.enables, "which enables its VPC")
        if not there.enables and (there.disables or not vpc.enabled):
            yield f"{step} finds ClassicLink disabled, and no step enables it."


def _to_hold_for(vpc: VpcFacts, vpc_id: str, world: World | None) -> Iterator[VpcFacts]:
    """The facts of the document, and of the world where links came or went since: the proof must hold for both."""
    yield vpc
    linked = vpc.linked if world is None else len(world.linked_by_vpc.get(vpc_id, ()))
    if linked != vpc.linked:
        yield replace(vpc, linked=linked)


def _slots(vpc_id: str, vpc: VpcFacts, there: _AtVpc) -> Iterator[str]:
    """4. As many slots from the start as are free, and each detach's slot once."""
    taken = Counter(step.slot for step in there.attaches)
    freed = {step.id for step in there.detaches}
    for step in there.attaches:
        if step.slot is None or step.slot == FREE:
            continue
        if step.slot not in freed:
            yield f"{step} takes the slot of step {step.slot}, which is no detach from {vpc_id}."
        elif step.slot not in step.needs:
            yield f"{step} takes the slot of step {step.slot} and does not need it."
        if taken[step.slot] > 1:
            yield f"{step} takes the slot of step {step.slot}, as another one does."
    if there.attaches and taken[FREE] > vpc.quota - vpc.linked:
        yield (
            f"{taken[FREE]} attaches take free slots of {vpc_id}, "
            f"where {vpc.linked} of {vpc.quota} slots are taken at the start."
        )


def _lanes(chains: Iterable[Sequence[Step]], at_most: int, lanes: Sequence[Sequence[int]]) -> Iterator[str]:
    """6. Each move and each return in a lane, and in each lane one after the other."""
    moves: dict[int, Step] = {}
    returns: dict[int, Step] = {}
    downs: dict[int, Step] = {}
    for chain in chains:
        moves |= {down.id: up for down, up in pairwise(chain) if down.action == DETACH and up.action == ATTACH}
        returns |= {step.id: step for step in chain[:1] if step.action == ATTACH and step.reason in _RETURNING}
        downs |= {step.id: step for step in chain}
    if len(lanes) > at_most:
        yield f"The moves run in {len(lanes)} lanes; at most {at_most} may be under way at once."
    if Counter(step for lane in lanes for step in lane) != Counter((*moves, *returns)):
        yield "The lanes do not hold each detach of a move and each return once, and nothing else."
        return
    for lane in lanes:
        head = list(takewhile(returns.__contains__, lane))
        before = [returns[step] for step in head]
        for step in lane[len(head) :]:
            if step in returns:
                yield f"{returns[step]} ends what is down at the start, and does not come first in its lane."
                break
            yield from _direct(downs[step], before, "what comes before it in its lane")
            before = [moves[step]]


def _direct(step: Step, wanted: Sequence[Step], why: str) -> Iterator[str]:
    for other in wanted:
        if other.id not in step.needs:
            yield f"{step} does not need step {other.id}, {why}."


def _facts_hold(vpcs: Mapping[str, VpcFacts], instances: Mapping[str, str | None], world: World) -> Iterator[str]:
    """The facts are those of this world; links are counted above."""
    for vpc_id, vpc in vpcs.items():
        seen = world.vpcs.get(vpc_id)
        if seen is None:
            yield f"{vpc_id} does not exist any more."
        elif seen.classic_link_enabled != vpc.enabled:
            yield f"ClassicLink on {vpc_id} is {_on(seen.classic_link_enabled)}; the proof says {_on(vpc.enabled)}."
    for instance_id, linked_to in instances.items():
        if world.links.get(instance_id) != linked_to:
            yield (
                f"{instance_id} is linked to {world.links.get(instance_id, 'nothing')}; "
                f"the proof says {linked_to or 'nothing'}."
            )


def _on(enabled: bool) -> str:
    return "enabled" if enabled else "disabled"
