"""Which prior object is which desired one: by what it stands for, then by where it is declared.

1.  Most objects are where they were: the same identity of the same provider at the same address.
2.  An object that is declared elsewhere now keeps its identity: it is found by that, at its new address. First come
    those of the same provider; then those whose provider changes, at their own address before any other.
3.  What is at a desired address otherwise is replaced by what is desired there.
4.  Where an object took over the address of another one by 2, the other one has to go somewhere. With `web[0]` gone
    from the configuration and the rest moved up, `web[1]` becomes `web[0]`, `web[2]` becomes `web[1]` and so on: the
    object that was `web[0]` gets the address that is free at the end of the line. It is replaced by what is desired
    there, or removed as the last one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from planner.address import Address
from planner.config.desired import DesiredObject
from planner.network.identity import Identity, ObjectKey
from planner.plan.changes import key_of
from planner.plan.refresh import PriorObject

_ComesFrom = dict[Address, Address]
"""For desired addresses, where the prior object that belongs there is."""


class Pairing(Struct, frozen=True):
    """`paired` holds for each desired object, in order, its prior one. `unpaired` is what is desired no more.

    Of the unpaired, an entry of `ends_at` says at which other address it ends.
    """

    paired: Sequence[PriorObject | None]
    unpaired: Mapping[Address, PriorObject]
    ends_at: Mapping[Address, Address]


def pair_up(desired: Sequence[DesiredObject], prior: Mapping[Address, PriorObject]) -> Pairing:
    """Pair desired objects, each of another identity, with prior ones."""
    left = dict(prior)
    paired = [left.pop(each.address) if is_at_home(each, prior) else None for each in desired]
    away = [each for each, found in zip(desired, paired, strict=True) if found is None]
    known = {found.now.identity for found in left.values()} if away else set()
    elsewhere = [each for each in away if each.identity in known]
    if not elsewhere:  # mostly: what is not at home is new, or replaces what is at its address
        replaced = (left.pop(each.address, None) for each in away)
        return Pairing([next(replaced) if found is None else found for found in paired], left, {})
    comes_from = _by_key(elsewhere, left)
    comes_from |= _by_identity(elsewhere, left, comes_from)
    comes_from |= _by_address(away, left, comes_from)
    ends_at = _displaced(left, comes_from)
    desired_addresses = {each.address for each in desired} if ends_at else set()
    comes_from |= {end: address for address, end in ends_at.items() if end in desired_addresses}
    paired = [
        left[comes_from[each.address]] if found is None and each.address in comes_from else found
        for each, found in zip(desired, paired, strict=True)
    ]
    used = set(comes_from.values())
    return Pairing(paired, {at: found for at, found in left.items() if at not in used}, ends_at)


def is_at_home(desired: DesiredObject, prior: Mapping[Address, PriorObject]) -> bool:
    """Whether this very object is at its own address already."""
    found = prior.get(desired.address)
    return found is not None and found.now.identity == desired.identity and found.now.provider == desired.provider


def _by_key(desired: Sequence[DesiredObject], prior: Mapping[Address, PriorObject]) -> _ComesFrom:
    """Objects that stay with their provider."""
    sought = {key_of(each) for each in desired}
    places: dict[ObjectKey, list[Address]] = defaultdict(list)
    for address, found in prior.items():
        key = key_of(found.now)
        if key in sought:
            places[key].append(address)
    return {each.address: places[key].pop(0) for each in desired if places.get(key := key_of(each))}


def _by_identity(
    desired: Sequence[DesiredObject], prior: Mapping[Address, PriorObject], comes_from: _ComesFrom
) -> _ComesFrom:
    """Objects that go to another provider."""
    waiting = [each for each in desired if each.address not in comes_from]
    used = set(comes_from.values())
    sought = {each.identity for each in waiting}
    places: dict[Identity, list[Address]] = defaultdict(list)
    for address, found in prior.items():
        if address not in used and found.now.identity in sought:
            places[found.now.identity].append(address)
    pairs: _ComesFrom = {}
    at_home = [each for each in waiting if each.address in places.get(each.identity, ())]
    for each in (*at_home, *waiting):
        known = places.get(each.identity)
        if known and each.address not in pairs:
            found_at = each.address if each.address in known else known[0]
            known.remove(found_at)
            pairs[each.address] = found_at
    return pairs


def _by_address(
    desired: Sequence[DesiredObject], prior: Mapping[Address, PriorObject], comes_from: _ComesFrom
) -> _ComesFrom:
    used = set(comes_from.values())
    return {
        each.address: each.address
        for each in desired
        if each.address in prior and each.address not in comes_from and each.address not in used
    }


def _displaced(prior: Mapping[Address, PriorObject], comes_from: _ComesFrom) -> dict[Address, Address]:
    """The objects whose address another one takes over, each with the address at the end of that line."""
    taken_over = set(comes_from) - set(comes_from.values())
    ends_at: dict[Address, Address] = {}
    for address in prior if taken_over else ():
        if address in taken_over:
            end = address
            while end in comes_from:
                end = comes_from[end]
            ends_at[address] = end
    return ends_at
