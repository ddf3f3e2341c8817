"""What else a configuration has to change where something is removed from it: all that needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from planner.address import Address
from planner.config.desired import Desired, DesiredObject
from planner.network.identity import Enablement, Link, ObjectKey, Subject
from planner.network.kinds import Kind
from planner.network.presence import Presence, presence
from planner.network.worlds import Worlds
from planner.state.model import State
from planner.steps import Place


class Referring(Struct, frozen=True):
    """What needs something that is removed: it refers to it, or is a link to its VPC.

    `gone` are the resources that the cloud has nothing of, which go with it, and `forgotten` those of them that the
    state has; `links` are links that go with it while others of their resource stay; `staying` are the others, outputs
    among them.
    """

    gone: tuple[Address, ...] = ()
    forgotten: tuple[Address, ...] = ()
    links: tuple[Drop, ...] = ()
    staying: tuple[str, ...] = ()


class Drop(Struct, frozen=True):
    """One object that is removed from the configuration. `managed` says that the state has to forget it as well.

    `instances` is how many its resource declares; `referring` is what refers to it.
    """

    address: Address
    place: Place | None = None
    managed: bool = False
    instances: int = 0
    referring: Referring = Referring()


class Referrers:
    """The declared objects and outputs by what they refer to. Made in time linear in what is declared."""

    def __init__(self, desired: Desired | None, prior: State, worlds: Worlds) -> None:
        self._worlds = worlds
        self._keys = prior.keys
        self._enablements: dict[Subject, Address] = {}
        self._managed = {address.resource for address in prior.objects}
        self._objects: dict[Address, list[DesiredObject]] = {}
        self._links: dict[Subject, dict[Address, list[DesiredObject]]] = {}
        self._by_target: dict[Address, dict[Address | str, None]] = {}
        for each in desired.objects if desired else ():
            self._objects.setdefault(each.address.resource, []).append(each)
            if isinstance(each.identity, Enablement):
                self._enablements.setdefault((each.provider, each.identity.vpc_id), each.address)
            if isinstance(each.identity, Link):
                links = self._links.setdefault((each.provider, each.identity.vpc_id), {})
                links.setdefault(each.address.resource, []).append(each)
            self._refer(each.address.resource, each.depends_on)
        for name, output in desired.outputs.items() if desired else ():
            self._refer(f"output.{name}", output.depends_on)

    def _refer(self, origin: Address | str, targets: Iterable[Address]) -> None:
        for target in targets:
            self._by_target.setdefault(target, {})[origin] = None
            self._by_target.setdefault(target.resource, {})[origin] = None

    def instances_of(self, resource: Address) -> int:
        """How many instances of a resource are declared."""
        return len(self._objects.get(resource, ()))

    def enablement_of(self, vpc: Subject) -> Address | None:
        """Where it is declared that ClassicLink is enabled on this VPC."""
        return self._enablements.get(vpc)

    def manages(self, key: ObjectKey) -> bool:
        """Whether the state has this object."""
        return key in self._keys

    def of(self, address: Address) -> Referring:
        """What needs this object, directly or through what goes with it."""
        gone: dict[Address, None] = {}
        links: dict[Address, Drop] = {}
        staying: dict[str, None] = {}
        to_see = [address]
        while to_see:
            removed = to_see.pop()
            referring = self._by_target.get(removed, {})
            linked = self._links_to(removed)
            for found in (*referring, *linked):
                if isinstance(found, str):
                    staying[found] = None
                elif found == address.resource or found in gone:
                    continue
                elif all(self._is_gone(each) for each in self._objects[found]):
                    gone[found] = None
                    to_see.append(found)
                elif found in referring:
                    staying[str(found)] = None
                else:
                    links |= {each.address: self._drop(each) for each in linked[found] if self._is_gone(each)}
        in_order = sorted(gone, key=lambda each: each.sort_key)
        forgotten = tuple(one for one in in_order if one in self._managed)
        return Referring(tuple(in_order), forgotten, tuple(links.values()), tuple(staying))

    def _links_to(self, removed: Address) -> Mapping[Address, Sequence[DesiredObject]]:
        """The links to the VPC that is no longer enabled, by resource, if this was its enablement."""
        objects = self._objects.get(removed.resource, ())
        enabled = [each for each in objects if removed.key is None or each.address == removed]
        subjects = {(each.provider, each.identity.vpc_id) for each in enabled if isinstance(each.identity, Enablement)}
        found: dict[Address, list[DesiredObject]] = {}
        for subject in subjects:
            for resource, links in self._links.get(subject, {}).items():
                found.setdefault(resource, []).extend(links)
        return found

    def _drop(self, declared: DesiredObject) -> Drop:
        address = declared.address
        managed = (declared.provider, declared.identity) in self._keys
        return Drop(address, declared.place, managed, self.instances_of(address.resource))

    def _is_gone(self, declared: DesiredObject) -> bool:
        """Whether the cloud has nothing that an object could stand for by now: neither it nor a link elsewhere."""
        world, identity = self._worlds.of(declared.provider), declared.identity
        if isinstance(identity, Link):
            is_known = not world.why_unread(Kind.LINKS, identity.instance_id)
            return is_known and identity.instance_id not in world.links
        return presence(identity, world) is Presence.ABSENT
