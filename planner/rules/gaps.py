"""What the provider could not read, seen from one step: it makes a finding "unknown" rather than right or wrong."""

from __future__ import annotations

from collections.abc import Iterable

from planner.network.world import Kind, World
from planner.steps import Step

_WHAT = {
    Kind.VPCS: "{}",
    Kind.VSWITCHES: "The vSwitches of {}",
    Kind.ROUTE_ENTRIES: "The route entries of {}",
    Kind.INSTANCES: "{}",
    Kind.LINKS: "The links of {}",
}
_OF_INSTANCES = (Kind.INSTANCES, Kind.LINKS)


class Gaps:
    """The unread parts of a world, indexed once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._links_of_a_vpc: str | None = None
        self._links_of_an_instance: str | None = None
        for unread in world.unread:
            if unread.kind is Kind.LINKS and unread.subject is not None:
                if unread.subject in world.instances:
                    self._links_of_an_instance = unread.reason
                else:
                    self._links_of_a_vpc = unread.reason

    def vpc(self, vpc_id: str) -> str | None:
        """Why this VPC could not be read, or None where it was."""
        return self._world.why_unread(Kind.VPCS, vpc_id) if self._world.unread else None

    def instance(self, instance_id: str) -> str | None:
        """Why this instance could not be read, or None where it was."""
        return self._world.why_unread(Kind.INSTANCES, instance_id) if self._world.unread else None

    def why_unknown(self, reads: Iterable[Kind], about: tuple[str, ...], step: Step) -> str | None:
        """Why a rule that reads these kinds cannot judge the step, as the start of a sentence; None where it can."""
        if not self._world.unread:
            return None
        for kind in reads:
            reason = self._links(about, step) if kind is Kind.LINKS else self._subject(kind, step)
            if reason is not None:
                subject = step.instance_id if "instance_id" in about and kind in _OF_INSTANCES else step.vpc_id
                return f"{_WHAT[kind].format(subject)} could not be read ({reason})"
        return None

    def _subject(self, kind: Kind, step: Step) -> str | None:
        subject = step.instance_id if kind is Kind.INSTANCES else step.vpc_id
        return self._world.why_unread(kind, subject or "")

    def _links(self, about: tuple[str, ...], step: Step) -> str | None:
        """An instance may be linked to any VPC whose links are unread, and a VPC may have any instance whose are."""
        if "instance_id" in about:
            instance_id = step.instance_id or ""
            if instance_id in self._world.links:
                return None
            return self._world.why_unread(Kind.LINKS, instance_id) or self._links_of_a_vpc
        return self._world.why_unread(Kind.LINKS, step.vpc_id or "") or self._links_of_an_instance
