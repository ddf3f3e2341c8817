"""What users say depends on what: references and `depends_on`, from resource to resource.

An address without a key stands for every instance of a resource, so ten thousand links may refer to ten thousand
routes. Where an object of the one resource belongs to one of the other (the route of its instance, the enablement of
its VPC), the reference means that one; otherwise it means all of them, and is told as one tie.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

from planner.address import Address
from planner.network.identity import Enablement, Identity
from planner.plan.needs import Needs, in_order


class Known(Protocol):
    """An object that is wanted or held: what it stands for, and what it depends on."""

    @property
    def identity(self) -> Identity: ...
    @property
    def depends_on(self) -> tuple[Address, ...]: ...


class Remembered(NamedTuple):
    """An object as the state knows it."""

    identity: Identity
    depends_on: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Tie:
    """Each of the `later` objects depends on each of the `earlier` ones."""

    later: tuple[Address, ...]
    earlier: tuple[Address, ...]


class Ties:
    """What depends on what, among all objects that are wanted or held."""

    def __init__(self, known: Mapping[Address, Known]) -> None:
        self._known = known

    @cached_property
    def _instances(self) -> Mapping[object, Sequence[Address]]:
        found: dict[object, list[Address]] = defaultdict(list)
        for address in self._known:
            found[address.resource_key].append(address)
        return found

    def meant(self, address: Address) -> Sequence[Address]:
        """The objects that an address stands for."""
        if address in self._known:
            return [address]
        return self._instances.get(address.resource_key, ()) if address.key is None else ()

    def among(self, changing: Collection[Address]) -> Iterator[Tie]:
        """The ties between objects that change, seen through those that stay as they are."""
        nearest = _Nearest(self._known, changing, self.meant)
        grouped: dict[tuple[object, Address], list[Address]] = defaultdict(list)
        for address in changing:
            found = self._known.get(address)
            for depended in found.depends_on if found is not None else ():
                for near in nearest.of(depended):
                    grouped[address.resource_key, near].append(address)
        for (_, near), later in grouped.items():
            yield from _tie(list(dict.fromkeys(later)), self.meant(near), self._known, changing)


def turns(found: Sequence[Tie]) -> dict[Address, int]:
    """For each address of the ties, how long the longest line before it is; 0 for those on a circle."""
    addresses = dict.fromkeys(address for tie in found for address in (*tie.earlier, *tie.later))
    number = {address: place for place, address in enumerate(addresses)}
    needs: Needs = [set() for _ in (*addresses, *found)]
    for place, tie in enumerate(found, len(number)):
        needs[place].update(number[address] for address in tie.earlier)
        for address in tie.later:
            needs[number[address]].add(place)
    before = [0] * len(needs)
    for node in in_order(needs):
        before[node] = max((before[earlier] + 1 for earlier in needs[node]), default=0)
    return {address: before[place] for address, place in number.items()}


def _tie(
    later: list[Address], earlier: Sequence[Address], known: Mapping[Address, Known], changing: Container[Address]
) -> Iterator[Tie]:
    belonging: dict[tuple[str, str], list[Address]] = defaultdict(list)
    for address in earlier:
        for key in _offers(known[address].identity):
            belonging[key].append(address)
    rest: list[Address] = []
    for address in later:
        own = [other for key in _seeks(known[address].identity) for other in belonging.get(key, ())]
        if not own:
            rest.append(address)
            continue
        near = tuple(other for other in own if other in changing and other != address)
        if near:
            yield Tie((address,), near)
    if rest:
        yield Tie(tuple(rest), tuple(address for address in earlier if address in changing))


def _offers(identity: Identity) -> Iterator[tuple[str, str]]:
    if identity.instance_id is not None:
        yield "instance", identity.instance_id
    if identity.vpc_id is not None:
        yield ("enablement" if isinstance(identity, Enablement) else "link"), identity.vpc_id


def _seeks(identity: Identity) -> Iterator[tuple[str, str]]:
    if identity.instance_id is not None:
        yield "instance", identity.instance_id
    if identity.vpc_id is not None:
        yield ("link" if isinstance(identity, Enablement) else "enablement"), identity.vpc_id


class _Nearest:
    """The nearest resources of which something changes, through those of which nothing does."""

    def __init__(
        self,
        known: Mapping[Address, Known],
        changing: Container[Address],
        meant: Callable[[Address], Sequence[Address]],
    ) -> None:
        self._known = known
        self._changing = changing
        self._meant = meant
        self._found: dict[Address, tuple[Address, ...]] = {}

    def of(self, address: Address) -> tuple[Address, ...]:
        if address not in self._found:
            self._found[address] = tuple(self._look(address))
        return self._found[address]

    def _look(self, address: Address) -> Iterator[Address]:
        seen = {address}
        work = [address]
        while work:
            here = work.pop()
            meant = self._meant(here)
            if any(found in self._changing for found in meant):
                yield here
                continue
            for found in meant:
                for earlier in self._known[found].depends_on:
                    if earlier not in seen:
                        seen.add(earlier)
                        work.append(earlier)
