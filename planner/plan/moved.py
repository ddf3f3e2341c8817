"""`moved` and `removed` blocks: which objects of the state they name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from planner.address import Address
from planner.config.desired import Moved, Removed
from planner.config.relocate import speaks_of
from planner.diagnostics import did_you_mean
from planner.network.identity import Identity

_COMPARED = 2_000


def unfollowed(
    moved: Sequence[Moved],
    prior: Mapping[Address, Identity],
    desired: Mapping[Address, Identity],
    relocated: Mapping[Address, Address],
    removed: Sequence[Removed] = (),
) -> Iterator[tuple[Moved, str]]:
    """The `moved` blocks that change nothing, or not what was meant, each with why.

    `relocated` is where the blocks put prior objects. A block that was followed long ago is fine: it leads from nowhere
    to what the state has.
    """
    if not moved:
        return
    in_state, declared = _by_text(prior), _by_text(desired)
    origins, targets = {block.origin for block in moved}, {block.target for block in moved}
    lost = [text for text in in_state if text not in declared]
    for block in moved:
        addresses = [address for address in in_state.get(block.origin, ()) if speaks_of(block, address)]
        if addresses and block.target not in declared:
            if block.target not in origins and not _is_within(block.target, removed):
                near = did_you_mean(block.target, _few(declared))
                yield block, f"{block.target} is not declared.{near}"
        elif addresses:
            yield from _other_things(block, addresses, prior, desired, relocated)
        elif block.target in declared and block.target not in in_state and block.origin not in targets:
            near = did_you_mean(block.origin, _few(lost))
            if near:
                yield block, f"The state has nothing at {block.origin}.{near}"


def _other_things(
    block: Moved,
    addresses: Iterable[Address],
    prior: Mapping[Address, Identity],
    desired: Mapping[Address, Identity],
    relocated: Mapping[Address, Address],
) -> Iterator[tuple[Moved, str]]:
    """The block with the first object that would become another one; a link that goes to another VPC stays itself."""
    for address in addresses:
        target = relocated.get(address)
        old, new = prior[address], desired.get(target) if target else None
        if new is not None and old != new and (old.instance_id or old.vpc_id) != (new.instance_id or new.vpc_id):
            yield (
                block,
                f"{address} stands for {old.id}, but {target} is declared as {new.id}, which is another object.",
            )
            return


def _by_text(addresses: Iterable[Address]) -> dict[str, list[Address]]:
    """The addresses that each text stands for."""
    found: dict[str, list[Address]] = {}
    for address in addresses:
        for text in address.prefixes():
            found.setdefault(text, []).append(address)
    return found


def _few(texts: Collection[str]) -> Collection[str]:
    """The texts to compare with: of very many only whole resources and modules, since comparing takes time."""
    return texts if len(texts) <= _COMPARED else [text for text in texts if "[" not in text]


def _is_within(text: str, removed: Sequence[Removed]) -> bool:
    """Whether an address is at or below one that a `removed` block names."""
    return any(text == block.origin or text.startswith((f"{block.origin}.", f"{block.origin}[")) for block in removed)


def removed_by(address: Address, removed: Mapping[str, Removed]) -> Removed | None:
    """The `removed` block, by its origin, that names this address."""
    if not removed:
        return None
    return next((removed[text] for text in address.prefixes() if text in removed), None)
