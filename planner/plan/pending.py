"""What a plan is to change, asked while the configuration is evaluated: data that depends on it is read later."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from msgspec import Struct

from planner.address import Address
from planner.config.desired import Desired
from planner.config.relocate import relocate
from planner.network.worlds import Worlds
from planner.plan.changes import key_of
from planner.plan.decide import decide
from planner.plan.match import match
from planner.plan.refresh import PriorObject, refresh
from planner.plan.selector import Selector
from planner.state.model import State


class PendingChanges(Struct, frozen=True, dict=True):
    """Says which objects of some resources the plan is to change in the cloud, by the planner's own comparison.

    `replace` are the addresses that `--replace` names.
    """

    prior: State
    worlds: Worlds
    replace: tuple[str, ...] = ()

    def __call__(self, part: Desired, resources: Collection[Address]) -> Address | None:
        """The first of these resources' objects that changes in the cloud; `part` is what is desired of them."""
        asked = {address.resource_key for address in resources}
        prior = self._of(part, asked)
        changes = decide(match(part, prior, self.worlds), part, self.worlds, Selector(self.replace)).changes
        acting = (change.address for change in changes if change.removes is not None or change.adds is not None)
        return next((address for address in acting if address.resource_key in asked), None)

    def _of(self, part: Desired, asked: Collection[tuple[object, ...]]) -> dict[Address, PriorObject]:
        """What the state has of the resources that are asked for, or of these objects."""
        moved_to = relocate(self._objects, part.moved).to
        keys = {key_of(each) for each in part.objects}
        return {
            address: found
            for address, found in self._objects.items()
            if moved_to.get(address, address).resource_key in asked or key_of(found.now) in keys
        }

    @cached_property
    def _objects(self) -> dict[Address, PriorObject]:
        return refresh(self.prior, self.worlds)[0]
