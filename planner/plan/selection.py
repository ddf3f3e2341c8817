"""Plans of a part: `--target` and `--exclude`, with all that the part needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from planner.address import Address
from planner.network.identity import Authorization, Enablement, GuestRoute, Link, Subject
from planner.plan.changes import Change, ChangeKind, Side
from planner.plan.dependencies import Dependencies
from planner.plan.selector import Selector

_Needs = dict[int, list[int]]
"""For each change, by number, those that it cannot do without. Higher numbers stand for no change: see `_cross`."""


def select(
    changes: Sequence[Change],
    dependencies: Dependencies,
    *,
    targets: Selector,
    excludes: Selector,
) -> tuple[Change, ...]:
    """The changes that are meant: the targets with what they need, without the excluded and what needs those.

    A target that is left out needs nothing, either.
    """
    if not targets.patterns and not excludes.patterns:
        return tuple(changes)
    needs = _needs(changes, dependencies)
    left_out: set[int] = set()
    if excludes.patterns:
        left_out = _reached((n for n, change in enumerate(changes) if _means(excludes, change)), _needed_by(needs))
    chosen = set(range(len(changes))) - left_out
    if targets.patterns:
        chosen = _reached((n for n in chosen if _means(targets, changes[n])), needs)
    return tuple(changes[number] for number in sorted(chosen) if number < len(changes))


def select_drift(
    drift: Sequence[Change],
    changes: Sequence[Change],
    chosen: Sequence[Change],
    *,
    targets: Selector,
    excludes: Selector,
    drained: Callable[[Side], bool] | None = None,
) -> tuple[Change, ...]:
    """What of the drift a plan of a part takes over: what its changes are about, and what is meant and needs none.

    Of a drain that is what it drains. The rest stays in the state as it was, so the next plan still reports that it
    changed outside.
    """
    if drained is None and not targets.patterns and not excludes.patterns:
        return tuple(drift)
    followed = {_origin(change) for change in chosen}
    left_out = {_origin(change) for change in changes} - followed

    def means(found: Change) -> bool:
        before = found.before
        of_the_drain = drained is None or (before is not None and drained(before))
        return of_the_drain and (not targets.patterns or targets(found.address)) and not excludes(found.address)

    return tuple(
        found for found in drift if found.address in followed or (found.address not in left_out and means(found))
    )


class Part(Struct, frozen=True):
    """What a plan of a part does, and what it leaves out: the addresses, and those of their resources and modules."""

    done: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()

    def leaves_out(self, addresses: Iterable[Address]) -> bool:
        """Whether something at one of these addresses is left out."""
        return not self.left_out.isdisjoint(map(str, addresses))

    def does(self, addresses: Iterable[Address]) -> bool:
        """Whether something is done at one of these addresses."""
        return not self.done.isdisjoint(map(str, addresses))


WHOLE = Part()
"""Nothing is left out."""


def part(whole: Sequence[Change], chosen: Sequence[Change]) -> Part:
    """What of all changes and drift is left out where these are chosen."""
    if len(chosen) == len(whole):
        return WHOLE
    followed = {_origin(change) for change in chosen}
    left_out = [change for change in whole if _origin(change) not in followed]
    return Part(_texts(chosen), _texts(left_out)) if left_out else WHOLE


def _texts(changes: Iterable[Change]) -> frozenset[str]:
    addresses = {at for change in changes for at in (change.address, change.previous_address) if at is not None}
    return frozenset(text for address in addresses for text in address.prefixes())


def _origin(change: Change) -> Address:
    """Where the state has what changes."""
    return change.previous_address or change.address


def _means(selector: Selector, change: Change) -> bool:
    return selector(change.address) or (change.previous_address is not None and selector(change.previous_address))


def _needs(changes: Sequence[Change], dependencies: Dependencies) -> _Needs:
    needs: _Needs = defaultdict(list)
    _add_what_calls_need(needs, changes)
    _add_free_addresses(needs, changes)
    _add_dependencies(needs, changes, dependencies)
    return needs


def _add_what_calls_need(needs: _Needs, changes: Sequence[Change]) -> None:
    """What ClassicLink demands: an attach, a disable and the removal of a guest route each have changes before them.

    A security rule can only be added and removed while ClassicLink is enabled.
    """
    detaches_of: dict[Subject, list[int]] = defaultdict(list)
    detaches_from: dict[Subject, list[int]] = defaultdict(list)
    routes_of: dict[Subject, list[int]] = defaultdict(list)
    enables: dict[Subject, list[int]] = defaultdict(list)
    revokes: dict[Subject, list[int]] = defaultdict(list)
    for number, change in enumerate(changes):
        match change.removed_key:
            case (provider, Link(instance_id, vpc_id)):
                detaches_of[provider, instance_id].append(number)
                detaches_from[provider, vpc_id].append(number)
            case (provider, Authorization()):
                revokes[provider, _vpc_of(change.before)].append(number)
        match change.added_key:
            case (provider, GuestRoute(instance_id)):
                routes_of[provider, instance_id].append(number)
            case (provider, Enablement(vpc_id)):
                enables[provider, vpc_id].append(number)
    for number, change in enumerate(changes):
        match change.added_key:
            case (provider, Link(instance_id, vpc_id)):
                needs[number] += detaches_of[provider, instance_id]
                needs[number] += routes_of[provider, instance_id]
                needs[number] += enables[provider, vpc_id]
            case (provider, Authorization()):
                needs[number] += enables[provider, _vpc_of(change.after)]
        match change.removed_key:
            case (provider, Enablement(vpc_id)):
                needs[number] += detaches_from[provider, vpc_id]
                needs[number] += revokes[provider, vpc_id]
            case (provider, GuestRoute(instance_id)):
                needs[number] += detaches_of[provider, instance_id]


def _vpc_of(side: Side | None) -> str:
    """The VPC whose ClassicLink a security rule needs; empty if it is not known."""
    found = side.attributes.get("vpc_id") if side else None
    return found if isinstance(found, str) else ""


def _add_free_addresses(needs: _Needs, changes: Sequence[Change]) -> None:
    """An object that goes to an address needs the change that clears it, or the state would lose what is there."""
    leaving = {change.previous_address: number for number, change in enumerate(changes) if change.previous_address}
    for number, change in enumerate(changes):
        if change.address in leaving:
            needs[number].append(leaving[change.address])


def _add_dependencies(needs: _Needs, changes: Sequence[Change], dependencies: Dependencies) -> None:
    """What is made needs what it depends on; what is removed needs the removal of what depends on it.

    An object that goes needs nothing of what it was made after: a link can end and its VPC stay enabled.
    """
    number_of = {change.address: number for number, change in enumerate(changes)}
    crossing = len(changes)
    for each in dependencies.among(number_of):
        later = [number_of[address] for address in each.later]
        earlier = [number_of[address] for address in each.earlier]
        staying = [number for number in later if changes[number].kind not in (ChangeKind.DELETE, ChangeKind.FORGET)]
        _cross(needs, staying, earlier, crossing)
        _cross(needs, _removing(earlier, changes), _removing(later, changes), crossing + 1)
        crossing += 2


def _removing(numbers: Iterable[int], changes: Sequence[Change]) -> list[int]:
    return [number for number in numbers if changes[number].removes is not None]


def _cross(needs: _Needs, later: Sequence[int], earlier: Sequence[int], crossing: int) -> None:
    """Let each of the later need each of the earlier, through one number that stands for no change: never pairs."""
    needs[crossing].extend(earlier)
    for number in later:
        needs[number].append(crossing)


def _needed_by(needs: _Needs) -> _Needs:
    needed_by: _Needs = defaultdict(list)
    for number, before in needs.items():
        for earlier in before:
            needed_by[earlier].append(number)
    return needed_by


def _reached(start: Iterable[int], leads_to: Mapping[int, Sequence[int]]) -> set[int]:
    """All numbers that can be reached from these, themselves included."""
    found = set(start)
    work = list(found)
    while work:
        for number in leads_to.get(work.pop(), ()):
            if number not in found:
                found.add(number)
                work.append(number)
    return found
