"""`moved` and `removed` blocks: which objects of the state they speak of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from planner.address import Address, parse_address
from planner.config.desired import Moved, Removed
from planner.diagnostics import did_you_mean
from planner.network.identity import Identity

_COMPARED = 2_000


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


def unfollowed(
    moved: Sequence[Moved],
    held: Mapping[Address, Identity],
    wanted: Mapping[Address, Identity],
    relocated: Mapping[Address, Address],
) -> Iterator[tuple[Moved, str]]:
    """The `moved` blocks that change nothing, or not what was meant, each with why.

    `held` is what the state has, `wanted` what is declared, `relocated` where the blocks put what is held. A block that
    was followed long ago is fine: it leads from nowhere to what the state has.
    """
    if not moved:
        return
    in_state, declared = _by_text(held), _by_text(wanted)
    origins, targets = {block.origin for block in moved}, {block.target for block in moved}
    lost = [text for text in in_state if text not in declared]
    for block in moved:
        addresses = in_state.get(block.origin, ())
        if addresses and block.target not in declared:
            if block.target not in origins:
                near = did_you_mean(block.target, _few(declared))
                yield block, f"{block.target} is declared nowhere.{near}"
        elif addresses:
            yield from _other_things(block, addresses, held, wanted, relocated)
        elif block.target in declared and block.target not in in_state and block.origin not in targets:
            near = did_you_mean(block.origin, _few(lost))
            if near:
                yield block, f"The state has nothing at {block.origin}.{near}"


def _other_things(
    block: Moved,
    addresses: Iterable[Address],
    held: Mapping[Address, Identity],
    wanted: Mapping[Address, Identity],
    relocated: Mapping[Address, Address],
) -> Iterator[tuple[Moved, str]]:
    """The block with the first object that would become another one; a link that goes to another VPC stays itself."""
    for address in addresses:
        target = relocated.get(address)
        old, new = held[address], wanted.get(target) if target else None
        if new is not None and old != new and (old.instance_id or old.vpc_id) != (new.instance_id or new.vpc_id):
            yield block, f"{address} stands for {old.id}, but {target} is declared as {new.id}: that is another object."
            return


def _by_text(addresses: Iterable[Address]) -> dict[str, list[Address]]:
    """The addresses that each text stands for."""
    found: dict[str, list[Address]] = {}
    for address in addresses:
        for text in address.prefixes():
            found.setdefault(text, []).append(address)
    return found


def _few(texts: Collection[str]) -> Collection[str]:
    """Of very many addresses only those of whole resources and modules: to look for the nearest takes its time."""
    return texts if len(texts) <= _COMPARED else [text for text in texts if "[" not in text]


def removed_by(address: Address, removed: Mapping[str, Removed]) -> Removed | None:
    """The `removed` block, by its origin, that speaks of this address."""
    if not removed:
        return None
    return next((removed[text] for text in address.prefixes() if text in removed), None)


def _follow(address: Address, targets: Mapping[str, str]) -> Address:
    seen = {address}
    while True:
        text = next((text for text in address.prefixes() if text in targets), None)
        if text is None:
            return address
        address = parse_address(targets[text] + str(address)[len(text) :])
        if address in seen:
            return address
        seen.add(address)
