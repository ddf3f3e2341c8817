"""`moved` and `removed` blocks: which objects of the state they speak of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from planner.address import Address, format_key, parse_address
from planner.config.desired import Moved, Removed


@dataclass(frozen=True, slots=True)
class Relocated:
    """Where `moved` blocks put the addresses that they speak of; `blocked` are those where another one is already."""

    to: Mapping[Address, Address]
    blocked: tuple[tuple[Address, Address], ...] = ()


def relocate(addresses: Iterable[Address], moved: Sequence[Moved]) -> Relocated:
    """Follow the `moved` blocks. Chains (a to b, b to c) are followed to their end."""
    known = set(addresses)
    targets = {block.origin: block.target for block in moved}
    if not targets:
        return Relocated({})
    found: dict[Address, Address] = {}
    for address in sorted(known):
        moved_to = _follow(address, targets)
        if moved_to != address:
            found[address] = moved_to
    taken = known - set(found)
    result: dict[Address, Address] = {}
    blocked: list[tuple[Address, Address]] = []
    for address, moved_to in found.items():
        if moved_to in taken:
            blocked.append((address, moved_to))
        else:
            taken.add(moved_to)
            result[address] = moved_to
    return Relocated(result, tuple(blocked))


def removed_by(address: Address, removed: Mapping[str, Removed]) -> Removed | None:
    """The `removed` block, by its origin, that speaks of this address."""
    if not removed:
        return None
    return next((removed[text] for text in prefixes(address) if text in removed), None)


def prefixes(address: Address) -> Iterator[str]:
    """Every text that stands for a set of addresses with this one in it, the narrowest first."""
    yield str(address)
    if address.key is not None:
        yield str(address.resource)
    path = ""
    modules: list[str] = []
    for name, key in address.module:
        path += f"{'.' if path else ''}module.{name}"
        modules.append(path)
        if key is not None:
            path += format_key(key)
            modules.append(path)
    yield from reversed(modules)


def _follow(address: Address, targets: Mapping[str, str]) -> Address:
    seen = {address}
    while True:
        text = next((text for text in prefixes(address) if text in targets), None)
        if text is None:
            return address
        address = parse_address(targets[text] + str(address)[len(text) :])
        if address in seen:
            return address
        seen.add(address)
