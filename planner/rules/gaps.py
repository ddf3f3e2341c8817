"""What the provider could not read, from the view of one step. It makes a finding "unknown"."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from planner.network.kinds import Kind
from planner.network.world import World
from planner.remedy import NO_REMEDY, Remedy
from planner.steps import Step

_LET_IT_READ = "Give the provider permission to read it, then plan again."
_NAMES = {
    Kind.VPCS: ("The VPCs", "{}"),
    Kind.VSWITCHES: ("The vSwitches of all VPCs", "The vSwitches of {}"),
    Kind.ROUTE_ENTRIES: ("The route entries of all VPCs", "The route entries of {}"),
    Kind.INSTANCES: ("The instances", "{}"),
    Kind.LINKS: ("The links", "The links of {}"),
    Kind.SECURITY_GROUPS: ("The security groups", "The security group {}"),
}


class Gap(Struct, frozen=True):
    """Something that could not be read, as the start of a sentence; `whole` if it covers everything of its kind.

    `remedy` says how to make it readable.
    """

    text: str
    whole: bool = False
    remedy: Remedy = NO_REMEDY


class Gaps:
    """An index of the unread parts of a world. Objects of an unread kind that the world has anyway count as known.

    `any` says whether there are any. Mostly there are none, and no lookup is needed.
    """

    def __init__(self, world: World) -> None:
        self.any = bool(world.unread)
        self._world = world
        self._whole: dict[Kind, Gap] = {}
        self._single: dict[tuple[Kind, str], Gap] = {}
        self._links_of_a_vpc: Gap | None = None
        self._links_of_an_instance: Gap | None = None
        for unread in world.unread:
            whole, single = _NAMES[unread.kind]
            remedy = unread.remedy or _LET_IT_READ
            if unread.subject is None:
                self._whole[unread.kind] = Gap(f"{whole} could not be read ({unread.reason})", True, Remedy.of(remedy))
                continue
            gap = Gap(f"{single.format(unread.subject)} could not be read ({unread.reason})", remedy=Remedy.of(remedy))
            self._single[unread.kind, unread.subject] = gap
            if unread.kind is Kind.LINKS and unread.subject in world.instances:
                self._links_of_an_instance = gap
            elif unread.kind is Kind.LINKS:
                self._links_of_a_vpc = gap

    def vpc(self, vpc_id: str) -> Gap | None:
        """The gap that hides this VPC, or None."""
        return self._single.get((Kind.VPCS, vpc_id)) or (
            None if vpc_id in self._world.vpcs else self._whole.get(Kind.VPCS)
        )

    def instance(self, instance_id: str) -> Gap | None:
        """The gap that hides this instance, or None."""
        return self._single.get((Kind.INSTANCES, instance_id)) or (
            None if instance_id in self._world.instances else self._whole.get(Kind.INSTANCES)
        )

    def before(self, reads: Iterable[Kind], about: tuple[str, ...], step: Step) -> Gap | None:
        """The gap that prevents a rule that reads these kinds from checking the step, or None."""
        return next((gap for kind in reads if (gap := self._gap(kind, about, step)) is not None), None)

    def _gap(self, kind: Kind, about: tuple[str, ...], step: Step) -> Gap | None:
        vpc_id, instance_id = step.vpc_id or "", step.instance_id or ""
        if kind is Kind.VPCS:
            return self.vpc(vpc_id)
        if kind is Kind.INSTANCES:
            return self.instance(instance_id)
        if kind is Kind.SECURITY_GROUPS:
            return self._group_of(step)
        if kind is Kind.LINKS and "instance_id" in about:
            return self._link_of(instance_id)
        gap = self._single.get((kind, vpc_id)) or self._whole.get(kind)
        return gap or (self._links_of_an_instance if kind is Kind.LINKS else None)

    def _group_of(self, step: Step) -> Gap | None:
        """The gap that hides one of the groups of a security rule."""
        named = (step.security_group_id, step.source_security_group_id)
        single = (self._single.get((Kind.SECURITY_GROUPS, group_id)) for group_id in named if group_id)
        return next(filter(None, single), self._whole.get(Kind.SECURITY_GROUPS))

    def _link_of(self, instance_id: str) -> Gap | None:
        """An instance may be linked to any VPC whose links are unread, unless its link is known."""
        if instance_id in self._world.links:
            return None
        return self._single.get((Kind.LINKS, instance_id)) or self._whole.get(Kind.LINKS) or self._links_of_a_vpc
