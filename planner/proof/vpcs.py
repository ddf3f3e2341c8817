"""Claims 2, 3 and 4: what is done at one VPC, whatever else the plan does."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from planner.network.identity import Subject
from planner.network.worlds import Worlds
from planner.proof.plan import ATTACH, DETACH, DISABLE, ENABLE, FREE, Step, VpcAtStart, missing_needs
from planner.values import replace


class VpcSteps(Struct):
    """The steps at one VPC as listed."""

    enables: list[Step] = field(default_factory=list)
    disables: list[Step] = field(default_factory=list)
    attaches: list[Step] = field(default_factory=list)
    detaches: list[Step] = field(default_factory=list)


def by_vpc(steps: Sequence[Step]) -> dict[Subject, VpcSteps]:
    """The steps at each VPC."""
    found: dict[Subject, VpcSteps] = defaultdict(VpcSteps)
    for step in steps:
        action = step.call.action
        if action == ATTACH:
            found[step.provider, step.call.vpc_id].attaches.append(step)
        elif action == DETACH:
            found[step.provider, step.call.vpc_id].detaches.append(step)
        elif action == ENABLE:
            found[step.vpc].enables.append(step)
        elif action == DISABLE:
            found[step.vpc].disables.append(step)
    return found


def check_vpcs(
    vpcs: Mapping[Subject, VpcSteps], at_start: Mapping[Subject, VpcAtStart], worlds: Worlds | None
) -> Iterator[str]:
    """What does not hold of claims 2, 3 and 4: for the facts of the plan, and for the links that `worlds` have now."""
    for vpc, steps in vpcs.items():
        provider, vpc_id = vpc
        yield from _check_vpc(vpc_id, steps, at_start[vpc])
        if worlds is not None:
            linked = len(worlds.of(provider).linked_by_vpc.get(vpc_id, ()))
            if linked != at_start[vpc].linked:
                yield from _check_vpc(vpc_id, steps, replace(at_start[vpc], linked=linked))


def _check_vpc(vpc_id: str, steps: VpcSteps, at_start: VpcAtStart) -> Iterator[str]:
    yield from _at_most_one_of_each(steps)
    yield from _disable(steps, at_start)
    yield from _enable(steps, at_start)
    yield from _attaches_find_it_enabled(steps, at_start)
    yield from _slots_of_detaches(vpc_id, steps)
    yield from _free_slots(vpc_id, steps, at_start)


def _at_most_one_of_each(steps: VpcSteps) -> Iterator[str]:
    """2. One enable and one disable at most."""
    for step in (*steps.enables[1:], *steps.disables[1:]):
        yield f"{step} is the second of its kind at one VPC."


def _disable(steps: VpcSteps, at_start: VpcAtStart) -> Iterator[str]:
    """3. The disable finds ClassicLink enabled, and comes after as many detaches as there are links."""
    for disable in steps.disables[:1]:
        if not at_start.enabled:
            yield f"{disable} finds ClassicLink disabled."
        yield from missing_needs(disable, steps.detaches, "a detach from its VPC")
        count = len(steps.detaches)
        if at_start.linked != count:
            yield f"{disable} comes after {count} detaches, and {at_start.linked} links are there at the start."


def _enable(steps: VpcSteps, at_start: VpcAtStart) -> Iterator[str]:
    """2. The enable finds ClassicLink disabled: from the start, or by the disable that it needs."""
    for enable in steps.enables[:1]:
        yield from missing_needs(enable, steps.disables, "which disables the same VPC")
        if at_start.enabled and not steps.disables:
            yield f"{enable} finds ClassicLink enabled."


def _attaches_find_it_enabled(steps: VpcSteps, at_start: VpcAtStart) -> Iterator[str]:
    """2. Each attach needs the enable; where there is none, the VPC is enabled at the start and stays so."""
    stays_enabled = at_start.enabled and not steps.disables
    if stays_enabled and not steps.enables:
        return
    for attach in steps.attaches:
        yield from missing_needs(attach, steps.enables, "which enables its VPC")
        if not steps.enables and not stays_enabled:
            yield f"{attach} finds ClassicLink disabled, and no step enables it."


def _slots_of_detaches(vpc_id: str, steps: VpcSteps) -> Iterator[str]:
    """4. An attach that takes the slot of a detach needs it; it is one from the same VPC, and gives its slot once."""
    taken = Counter(attach.slot for attach in steps.attaches)
    detaches = {detach.id for detach in steps.detaches}
    for attach in steps.attaches:
        slot = attach.slot
        if slot is None or slot == FREE:
            continue
        if slot not in detaches:
            yield f"{attach} takes the slot of step {slot}, which is not a detach from {vpc_id}."
        elif slot not in attach.needs:
            yield f"{attach} takes the slot of step {slot} and does not need it."
        if taken[slot] > 1:
            yield f"{attach} takes the slot of step {slot}, as another one does."


def _free_slots(vpc_id: str, steps: VpcSteps, at_start: VpcAtStart) -> Iterator[str]:
    """4. No more attaches take slots that are free at the start than there are."""
    taken = sum(attach.slot == FREE for attach in steps.attaches)
    if steps.attaches and taken > at_start.quota - at_start.linked:
        yield (
            f"{taken} attaches take free slots of {vpc_id}, "
            f"where {at_start.linked} of {at_start.quota} slots are taken at the start."
        )
