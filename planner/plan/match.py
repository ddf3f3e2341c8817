"""Which object of the state is which of the configuration: by what it stands for, then by where it is declared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from planner.address import Address, in_address_order
from planner.config.desired import Desired, DesiredObject, Import, Moved
from planner.network.identity import Identity, Link, arguments, identity_from, identity_of
from planner.network.presence import Presence, presence
from planner.network.world import World
from planner.plan.moved import relocate, unfollowed
from planner.plan.refresh import Held
from planner.rules.base import Declaration

_NOWHERE = Address("", "")


class Pair(NamedTuple):
    """An object that is wanted and the one that is held, at one address; either may be missing."""

    at: Address
    wanted: DesiredObject | None
    held: Held | None
    by_moved_block: bool = False


@dataclass(frozen=True, slots=True)
class Matching:
    """All pairs of what is wanted and what is held.

    `declarations` are those of instances that are declared more than once. `repeated` are further declarations of an
    enablement or a guest route, each with the one that counts. `imports_refused` and `moves_blocked` cannot be
    followed, `moves_unfollowed` are not, each with why.
    """

    pairs: tuple[Pair, ...]
    declarations: Mapping[str, tuple[Declaration, ...]]
    repeated: tuple[tuple[DesiredObject, DesiredObject], ...]
    imports_refused: tuple[Import, ...]
    moves_blocked: tuple[tuple[Address, Address], ...]
    moves_unfollowed: tuple[tuple[Moved, str], ...] = ()


def match(desired: Desired, held: Mapping[Address, Held], world: World) -> Matching:
    """Pair what is wanted with what is held.

    Of several declarations that one counts where the state has the object, or else the first by address order.
    """
    relocated = relocate(held, desired.moved)
    moved_to = relocated.to
    placed = {moved_to.get(address, address): found for address, found in held.items()} if moved_to else held
    objects = in_address_order(desired.objects)
    settled = [_settle(wanted, placed.get(wanted.address)) if wanted.ignore_changes else wanted for wanted in objects]
    first, declarations, repeated = _once_each(settled, placed)
    at_home, elsewhere, left = _at_home(first, placed)
    matched = _match(elsewhere, left)
    ends = _displaced(left, matched, first)
    pairs = [
        _pair(wanted, found or left.get(matched.get(wanted.address, _NOWHERE)), moved_to)
        for wanted, found in zip(first, at_home, strict=True)
    ]
    used = {*matched.values(), *(wanted.address for wanted in settled if declarations or repeated)}
    pairs += [Pair(ends.get(address, address), None, found) for address, found in left.items() if address not in used]
    refused = tuple(_refused(desired.imports, settled, held, world)) if desired.imports else ()
    unmoved = tuple(_unmoved(desired.moved, held, settled, moved_to)) if desired.moved else ()
    return Matching(tuple(pairs), declarations, repeated, refused, relocated.blocked, unmoved)


def _pair(wanted: DesiredObject, held: Held | None, moved_to: Mapping[Address, Address]) -> Pair:
    return Pair(wanted.address, wanted, held, by_moved_block=held is not None and held.origin in moved_to)


def _unmoved(
    moved: Sequence[Moved],
    held: Mapping[Address, Held],
    objects: Sequence[DesiredObject],
    moved_to: Mapping[Address, Address],
) -> Iterator[tuple[Moved, str]]:
    in_state = {address: found.now.identity for address, found in held.items()}
    return unfollowed(moved, in_state, {wanted.address: wanted.identity for wanted in objects}, moved_to)


def _refused(
    imports: Sequence[Import], objects: Sequence[DesiredObject], held: Mapping[Address, Held], world: World
) -> Iterator[Import]:
    """The `import` blocks of what the cloud does not have, or of something else than what is declared there."""
    declared = {wanted.address: wanted.identity for wanted in objects}
    held_already = {found.now.identity for found in held.values()}
    for block in imports:
        identity = identity_from(block.to.type, block.id)
        if identity in held_already and identity == declared.get(block.to):
            continue
        if identity is None or identity != declared.get(block.to) or presence(identity, world) is not Presence.THERE:
            yield block


def _settle(wanted: DesiredObject, held: Held | None) -> DesiredObject:
    """What `ignore_changes` leaves of the wishes, even of what the object stands for."""
    if held is None:
        return wanted
    ignored = wanted.attributes.keys() if "all" in wanted.ignore_changes else wanted.ignore_changes
    kept = {name: held.now.attributes[name] for name in ignored if name in held.now.attributes}
    identity = wanted.identity
    if any(name in kept for name in arguments(identity)):
        identity = identity_of(identity.type, {**arguments(identity), **kept})
    return replace(wanted, attributes={**wanted.attributes, **kept}, identity=identity)


def _once_each(
    objects: Sequence[DesiredObject], placed: Mapping[Address, Held]
) -> tuple[list[DesiredObject], dict[str, tuple[Declaration, ...]], tuple[tuple[DesiredObject, DesiredObject], ...]]:
    chosen: dict[object, DesiredObject] = {}
    again: dict[object, list[DesiredObject]] = defaultdict(list)
    for wanted in objects:
        subject = wanted.identity.instance_id if isinstance(wanted.identity, Link) else wanted.identity
        if chosen.setdefault(subject, wanted) is not wanted:
            again[subject].append(wanted)
    declarations: dict[str, tuple[Declaration, ...]] = {}
    repeated: list[tuple[DesiredObject, DesiredObject]] = []
    for key in [key for key in chosen if key in again] if again else ():
        group = [chosen[key], *again[key]]
        if isinstance(key, str):
            declarations[key] = tuple(
                Declaration(wanted.address, wanted.identity.vpc_id or "", wanted.place) for wanted in group
            )
        group.sort(key=lambda wanted: not _is_at_home(wanted, placed))
        if not isinstance(key, str):
            repeated.extend((wanted, group[0]) for wanted in group[1:])
        chosen[key] = group[0]
    return list(chosen.values()), declarations, tuple(repeated)


def _is_at_home(wanted: DesiredObject, placed: Mapping[Address, Held]) -> bool:
    """Whether this very object is held at its own address."""
    found = placed.get(wanted.address)
    return found is not None and found.now.identity == wanted.identity


def _at_home(
    objects: Sequence[DesiredObject], placed: Mapping[Address, Held]
) -> tuple[list[Held | None], list[DesiredObject], dict[Address, Held]]:
    """For each wanted object what is held at its own address, if that is the same object.

    Beside it, the objects of which this is not so, and what is held and nobody's by then: mostly few.
    """
    left = dict(placed)
    elsewhere: list[DesiredObject] = []
    at_home: list[Held | None] = []
    for wanted in objects:
        found = placed.get(wanted.address)
        if found is not None and found.now.identity == wanted.identity:
            at_home.append(found)
            del left[wanted.address]
        else:
            at_home.append(None)
            elsewhere.append(wanted)
    return at_home, elsewhere, left


def _match(objects: Sequence[DesiredObject], placed: Mapping[Address, Held]) -> dict[Address, Address]:
    """For each of these wanted addresses the one it is held at: by identity, else whatever is held at home."""
    matched: dict[Address, Address] = {}
    used: set[Address] = set()

    def pair(wanted: DesiredObject, at: Address) -> None:
        matched[wanted.address] = at
        used.add(at)

    sought = {wanted.identity for wanted in objects}
    elsewhere: dict[Identity, list[Address]] = defaultdict(list)
    for address, found in placed.items():
        if found.now.identity in sought:
            elsewhere[found.now.identity].append(address)
    for wanted in objects:
        if elsewhere.get(wanted.identity):
            pair(wanted, elsewhere[wanted.identity].pop(0))
    for wanted in objects:
        if wanted.address not in matched and wanted.address in placed and wanted.address not in used:
            pair(wanted, wanted.address)
    return matched


def _displaced(
    placed: Mapping[Address, Held], matched: dict[Address, Address], objects: Sequence[DesiredObject]
) -> dict[Address, Address]:
    """Where those end whose address another held object takes over: at the address that is left over for it.

    With `web[0]` gone and the rest moved up, `web[1]` becomes `web[0]` and so on: what `web[0]` was ends as the last
    one, which is nobody's now, or is made anew there.
    """
    used = set(matched.values())
    displaced = [address for address in placed if address not in used and address in matched]
    wanted = {found.address for found in objects} if displaced else set()
    ends: dict[Address, Address] = {}
    for address in displaced:
        end = address
        while end in matched:
            end = matched[end]
        if end in wanted:
            matched[end] = address
        else:
            ends[address] = end
    return ends
