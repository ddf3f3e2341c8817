"""Checks that a plan is legal in every order its needs allow, wherever it stops. Knows no planner and no rule.

**What is read.** From a plan document: `steps` (their id, action, ids, needs and slot), `proof` (the facts at the
start, and lanes) and `resource_changes` (what the steps are for). With worlds, the facts are compared with
them as well; links of others that came or went since do no harm while the proof holds for the new count too.

**What is proven.** Take any order of the steps that respects the needs, carried out by any number of workers, and
stop it anywhere: let S be the set of steps done. Every need of a step in S is in S. Then each step of S was legal
when it was taken, that is:

* an attach found its instance unlinked, ClassicLink enabled on the VPC, and a slot free there;
* a detach found its instance linked to that very VPC;
* an enable found ClassicLink disabled; a disable found it enabled and no instance linked;
* a rule of a security group was added or removed while ClassicLink was enabled on its VPC, before the attaches and
  after the detaches that it is there for, and its group had room;
* a guest route was added before its instance was attached, and removed after it was detached; where the attach needs a
  guest route, it was removed before that, so that the rules, which look at the attach, know of it;

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
    needs every detach of its instance. A route that is removed and added again is added last: its addition needs the
    removal. Where links to a VPC need a guest route, an attach to it needs every removal: so the routes of its instance
    are in any order those that the rules saw.

6.  *Links that are down.* A move's is, from its detach until the next attach of its instance; some are at the start,
    and an attach brings them back (its reason says so). Each of both is in one of at most `max_unavailable` lanes.
    A lane begins with those that are down at the start; its first detach needs all their attaches, each later one
    the attach of the move before it. So a lane has one move under way, or none and what is left of its beginning:
    no more links are down than `max_unavailable`, or than were at the start.
7.  *Parking.* The detach of a move needs all that its attach needs and that is listed before it: so the instance
    keeps its link until its new place is ready. Where the detach whose slot the attach takes is listed after it, it
    is said to be parked.

8.  *Security rules.* The steps of rules name the VPC of one of their groups, where the other one is of the classic
    network. A rule is added after the enable of its VPC, if there is one; else the VPC is enabled at the start, and
    a disable needs the addition. A removal comes before the disable of its VPC, if there is one, after its enable
    if there is only that, and else the VPC is enabled at the start: so it is enabled whenever a rule is added or
    removed. A rule that is removed and added is added last, and the cloud's own name by which a call asks for a
    rule is not that of another one now. Where another rule replaces it, at its address or between the same groups
    for some of its traffic, and is listed first, its removal needs that addition: there is no moment with neither.
    An attach needs each rule that comes for its VPC and for a group of its instance, and the removal of a rule
    needs the detaches of the instances that it was for; either directly or through one step of such a rule that
    needs all of the others, or all of the detaches. In a group that would have too many rules or name too many
    groups with all that comes and nothing gone, all that comes needs some of what goes, and with that gone there is
    room; elsewhere there is room in any order. What the groups of an instance or the VPC of a group are is not
    known where the cloud was not read: then a step counts for all.

An instance or a VPC is one that some provider sees: the same id at another provider is another one, with facts of its
own. A step is about what its provider has facts of; what only another one has facts of is refused.

What rules look at one step for (addresses, accounts, statuses, routes) does not depend on the order, and is not
repeated here.

Where to read on: `plan.py` says what the proof looks at, `reading.py` takes it out of the document. `instances.py`
checks claims 1, 5 and 7, `vpcs.py` 2, 3 and 4, `lanes.py` 6, `rules.py` 8; `facts.py` the facts, `intent.py` what the
steps are for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from planner.network.worlds import Worlds
from planner.proof.facts import check_completeness, check_counts, check_worlds
from planner.proof.instances import by_instance, check_instances
from planner.proof.intent import check_intent
from planner.proof.lanes import check_lanes
from planner.proof.plan import Step
from planner.proof.reading import Malformed, read_plan
from planner.proof.rules import check_rules
from planner.proof.vpcs import by_vpc, check_vpcs


def verify(document: Mapping[str, object], worlds: Worlds | None = None) -> tuple[str, ...]:
    """What is wrong with the plan's proof, in full sentences; none where it holds. Linear in the plan's size."""
    try:
        plan = read_plan(document)
    except Malformed as problem:
        return (str(problem),)
    vpcs, instances = by_vpc(plan.steps), by_instance(plan.steps)
    problems = [
        *_check_numbers(plan.steps),
        *check_completeness(plan, vpcs, instances),
        *check_counts(plan),
        *check_intent(plan.steps, plan.changes, instances),
    ]
    if not problems:  # the claims are about plans that are sound in themselves
        problems += check_instances(instances, plan)
        problems += check_vpcs(vpcs, plan.vpcs, worlds)
        problems += check_rules(plan, vpcs, instances, worlds)
        if plan.max_unavailable is not None:
            problems += check_lanes(instances.values(), plan.lanes, plan.max_unavailable)
    if worlds is not None:
        problems += check_worlds(plan, worlds)
    return tuple(problems)


def _check_numbers(steps: Sequence[Step]) -> Iterator[str]:
    """Steps are numbered as listed, and need only earlier ones: so the needs have no circle."""
    for place, step in enumerate(steps, 1):
        if step.id != place:
            yield f"{step} is listed as number {place}."
        for need in step.needs:
            if not 0 < need < step.id:
                yield f"{step} needs step {need}, which is not an earlier one."
