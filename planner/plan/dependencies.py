"""What users say depends on what: references and `depends_on`, from resource to resource.

An address without a key stands for every instance of a resource, so ten thousand links may refer to ten thousand
routes. Where an object of one resource belongs to an object of the other (the route of its instance, the enablement
of its VPC), the reference means that object; otherwise it means all of them, and is one dependency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Protocol

from msgspec import Struct

from planner.address import Address
from planner.network.identity import Enablement, Identity
from planner.plan.needs import Needs, in_order


class Dependent(Protocol):
    """A desired or a prior object: whose it is, what it stands for, and what it depends on."""

    @property
    def provider(self) -> str: ...
    @property
    def identity(self) -> Identity: ...
    @property
    def depends_on(self) -> tuple[Address, ...]: ...


class Remembered(Struct, frozen=True):
    """A prior object, with the dependencies that the state remembers."""

    provider: str
    identity: Identity
    depends_on: tuple[Address, ...]


class Dependency(Struct, frozen=True):
    """Each of the `later` objects depends on each of the `earlier` ones."""

    later: tuple[Address, ...]
    earlier: tuple[Address, ...]


class Dependencies:
    """What depends on what, among all desired and prior objects."""

    def __init__(self, objects: Mapping[Address, Dependent]) -> None:
        self._objects = objects

    def on_type(self, resource_type: str) -> bool:
        """Whether anything depends on an object of this type."""
        return any(earlier.type == resource_type for earlier in self._depended_on)

    def among(self, changing: Collection[Address]) -> Iterator[Dependency]:
        """The dependencies between objects that change, direct or through objects that stay as they are."""
        if not any(found in changing for depended in self._depended_on for found in self.at(depended)):
            return  # mostly: links change, and the VPCs that they depend on do not
        nearest = _NearestChanging(self, changing)
        grouped: dict[tuple[object, Address], list[Address]] = defaultdict(list)
        for address in changing:
            for depended in self.of(address):
                for near in nearest[depended]:
                    grouped[address.resource_key, near].append(address)
        for (_, near), later in grouped.items():
            yield from self._between(list(dict.fromkeys(later)), self.at(near), changing)

    def of(self, address: Address) -> tuple[Address, ...]:
        """The addresses that the object at this address depends on."""
        found = self._objects.get(address)
        return found.depends_on if found is not None else ()

    def at(self, address: Address) -> Sequence[Address]:
        """The objects that an address stands for: one of them, or every instance of a resource."""
        if address in self._objects:
            return [address]
        return self._instances.get(address.resource_key, ()) if address.key is None else ()

    @cached_property
    def _depended_on(self) -> Collection[Address]:
        """The addresses that any object depends on: few, as most objects depend on the same."""
        return frozenset(chain.from_iterable({found.depends_on for found in self._objects.values()}))

    @cached_property
    def _instances(self) -> Mapping[object, Sequence[Address]]:
        """The objects of each resource that any object depends on."""
        types = {address.type for address in self._depended_on}
        found: dict[object, list[Address]] = defaultdict(list)
        for address in self._objects:
            if address.type in types:
                found[address.resource_key].append(address)
        return found

    def _between(
        self, later: list[Address], earlier: Sequence[Address], changing: Container[Address]
    ) -> Iterator[Dependency]:
        """Each later object on the earlier ones that it belongs to, or else on all of them; only what changes."""
        by_subject: dict[_Kinship, list[Address]] = defaultdict(list)
        for address in earlier:
            for subject in _subjects(self._objects[address]):
                by_subject[subject].append(address)
        on_all: list[Address] = []
        for address in later:
            own = [other for subject in _counterparts(self._objects[address]) for other in by_subject.get(subject, ())]
            if not own:
                on_all.append(address)
            elif near := tuple(other for other in own if other in changing and other != address):
                yield Dependency((address,), near)
        if on_all:
            yield Dependency(tuple(on_all), tuple(address for address in earlier if address in changing))


def longest_chains(dependencies: Sequence[Dependency]) -> dict[Address, int]:
    """For each address, how many dependencies the longest chain before it has; 0 for those on a circle."""
    addresses = dict.fromkeys(address for each in dependencies for address in (*each.earlier, *each.later))
    number = {address: place for place, address in enumerate(addresses)}
    needs: Needs = [[] for _ in (*addresses, *dependencies)]
    for place, dependency in enumerate(dependencies, len(number)):
        needs[place] += [number[address] for address in dependency.earlier]
        for address in dependency.later:
            needs[number[address]].append(place)
    before = [0] * len(needs)
    for node in in_order(needs):
        before[node] = max((before[earlier] + 1 for earlier in needs[node]), default=0)
    return {address: before[place] for address, place in number.items()}


_Kinship = tuple[str, str, str]
"""A provider, a kind of thing, and the id of one."""


def _subjects(dependent: Dependent) -> Iterator[_Kinship]:
    """What an object is about: its instance, and its VPC as a link or as an enablement."""
    provider, identity = dependent.provider, dependent.identity
    if identity.instance_id is not None:
        yield provider, "instance", identity.instance_id
    if identity.vpc_id is not None:
        yield provider, ("enablement" if isinstance(identity, Enablement) else "link"), identity.vpc_id


def _counterparts(dependent: Dependent) -> Iterator[_Kinship]:
    """The subjects of the objects that this one belongs to: a link's are the enablement of its VPC and its instance."""
    provider, identity = dependent.provider, dependent.identity
    if identity.instance_id is not None:
        yield provider, "instance", identity.instance_id
    if identity.vpc_id is not None:
        yield provider, ("link" if isinstance(identity, Enablement) else "enablement"), identity.vpc_id


class _NearestChanging(dict[Address, Sequence[Address]]):
    """The nearest addresses at which something changes, seen from an address through those where nothing does."""

    def __init__(self, dependencies: Dependencies, changing: Container[Address]) -> None:
        super().__init__()
        self._dependencies = dependencies
        self._changing = changing

    def __missing__(self, address: Address) -> Sequence[Address]:
        found = self[address] = list(self._search(address))
        return found

    def _search(self, address: Address) -> Iterator[Address]:
        seen = {address}
        work = [address]
        while work:
            here = work.pop()
            objects = self._dependencies.at(here)
            if any(found in self._changing for found in objects):
                yield here
                continue
            for found in objects:
                for earlier in self._dependencies.of(found):
                    if earlier not in seen:
                        seen.add(earlier)
                        work.append(earlier)
