"""Where `moved` blocks put the addresses of a state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from planner.address import Address, parse_address
from planner.config.desired import Moved


class Relocated(Struct, frozen=True):
    """The new addresses of what moves. `blocked` are the moves to an address that is taken, as pairs."""

    to: Mapping[Address, Address]
    blocked: tuple[tuple[Address, Address], ...] = ()


def relocate(addresses: Iterable[Address], moved: Sequence[Moved]) -> Relocated:
    """Follow the `moved` blocks. Chains (a to b, b to c) are followed to their end."""
    if not moved:
        return Relocated({})
    known = set(addresses)
    blocks = {block.origin: block for block in moved}
    found: dict[Address, Address] = {}
    for address in sorted(known):
        moved_to = _follow(address, blocks)
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


def speaks_of(block: Moved, address: Address) -> bool:
    """Whether a block moves this address, which is at or below its origin.

    Where the target has a key, the origin stands for the one instance without a key, not for all instances.
    """
    return not (block.target.endswith("]") and str(address)[len(block.origin) :].startswith("["))


def _follow(address: Address, blocks: Mapping[str, Moved]) -> Address:
    """Where an address ends. No block moves it twice."""
    followed: set[str] = set()
    while True:
        ahead = (blocks[text] for text in address.prefixes() if text in blocks and text not in followed)
        block = next((block for block in ahead if speaks_of(block, address)), None)
        if block is None:
            return address
        followed.add(block.origin)
        address = parse_address(block.target + str(address)[len(block.origin) :])
