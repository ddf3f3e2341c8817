"""Desired × prior: which object is which, and what of the configuration cannot be followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from planner.address import Address, in_address_order
from planner.config.desired import Desired, DesiredObject, Import, Moved
from planner.config.relocate import relocate
from planner.network.identity import Identity, arguments, identity_of
from planner.network.presence import Presence, imported, presence
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.plan.changes import key_of
from planner.plan.moved import unfollowed
from planner.plan.pairing import pair_up
from planner.plan.refresh import PriorObject
from planner.plan.repeats import Repeats, once_each
from planner.values import replace

_NO_WORLD = World()


class Pair(Struct, frozen=True, gc=False):
    """A desired object, and the prior one that it is or replaces; `by_moved_block` where such a block moved it."""

    desired: DesiredObject
    prior: PriorObject | None
    by_moved_block: bool = False


class RefusedImport(Struct, frozen=True):
    """An `import` block that cannot be followed.

    `identity` is what its id stands for, if anything, and `declared` the object at its address, if there is one. Where
    they are the same, the cloud of its provider does not have it, or it could not be read (`unread`); `seen_by` are the
    other providers that have it.
    """

    block: Import
    identity: Identity | None
    declared: DesiredObject | None
    seen_by: tuple[str, ...] = ()
    unread: bool = False


class Matching(Struct, frozen=True):
    """Which prior object is which desired one.

    `undeclared` are the prior objects that are not desired, each with the address where it ends; those that the
    configuration leaves out are not among them. `imports_refused` and
    `moves_blocked` cannot be followed; `moves_unfollowed` are not, each with the reason.
    """

    pairs: tuple[Pair, ...]
    undeclared: tuple[tuple[Address, PriorObject], ...]
    repeats: Repeats
    imports_refused: tuple[RefusedImport, ...]
    moves_blocked: tuple[tuple[Address, Address], ...]
    moves_unfollowed: tuple[tuple[Moved, str], ...]


def match(desired: Desired, prior: Mapping[Address, PriorObject], worlds: Worlds) -> Matching:
    """Pair what is desired with what is managed, following `moved` blocks and minding `ignore_changes`."""
    relocated = relocate(prior, desired.moved)
    moved_to = relocated.to
    placed = {moved_to.get(address, address): found for address, found in prior.items()} if moved_to else prior
    in_order = in_address_order(desired.objects)
    objects = [_with_changes_ignored(each, placed) if each.ignore_changes else each for each in in_order]
    repeats = once_each(objects, placed)
    pairing = pair_up(repeats.kept, placed)
    declared = {each.address for each in objects} if repeats else set()
    left_out = {each.address for each in desired.left_out}
    planned_imports = [block for block in desired.imports if left_out.isdisjoint(block.to.prefixes())]
    return Matching(
        pairs=tuple(
            [
                Pair(each, found, bool(moved_to) and found is not None and found.origin in moved_to)
                for each, found in zip(repeats.kept, pairing.paired, strict=True)
            ]
        ),
        undeclared=tuple(
            (pairing.ends_at.get(address, address), found)
            for address, found in pairing.unpaired.items()
            if address not in declared and (not left_out or left_out.isdisjoint(address.prefixes()))
        ),
        repeats=repeats,
        imports_refused=tuple(_refused_imports(planned_imports, objects, prior, worlds)),
        moves_blocked=relocated.blocked,
        moves_unfollowed=tuple(_unfollowed_moves(desired, objects, prior, moved_to)),
    )


def _with_changes_ignored(desired: DesiredObject, prior: Mapping[Address, PriorObject]) -> DesiredObject:
    """The object with the prior values of what `ignore_changes` names, even where they make up its identity."""
    found = prior.get(desired.address)
    if found is None:
        return desired
    ignored = desired.attributes.keys() if "all" in desired.ignore_changes else desired.ignore_changes
    kept = {name: found.now.attributes[name] for name in ignored if name in found.now.attributes}
    identity = desired.identity
    if any(name in kept for name in arguments(identity)):
        identity = identity_of(identity.type, {**arguments(identity), **kept})
    return replace(desired, attributes={**desired.attributes, **kept}, identity=identity)


def _refused_imports(
    imports: Sequence[Import], objects: Sequence[DesiredObject], prior: Mapping[Address, PriorObject], worlds: Worlds
) -> Iterator[RefusedImport]:
    """The `import` blocks of what the cloud does not have, or of something else than what is declared there."""
    if not imports:
        return
    declared = {each.address: each for each in objects}
    managed = {key_of(found.now) for found in prior.values()}
    for block in imports:
        found = declared.get(block.to)
        identity = imported(block.to.type, block.id, worlds.of(found.provider) if found else _NO_WORLD)
        if identity is None or found is None or identity != found.identity:
            yield RefusedImport(block, identity, found)
            continue
        seen_by = worlds.who_has(identity)
        if key_of(found) not in managed and found.provider not in seen_by:
            unread = presence(identity, worlds.of(found.provider)) is Presence.UNKNOWN
            yield RefusedImport(block, identity, found, seen_by, unread)


def _unfollowed_moves(
    desired: Desired,
    objects: Sequence[DesiredObject],
    prior: Mapping[Address, PriorObject],
    moved_to: Mapping[Address, Address],
) -> Iterator[tuple[Moved, str]]:
    if not desired.moved or desired.left_out:
        return iter(())
    in_state = {address: found.now.identity for address, found in prior.items()}
    declared = {each.address: each.identity for each in objects}
    return unfollowed(desired.moved, in_state, declared, moved_to, desired.removed)
