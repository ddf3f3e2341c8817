"""Plans of a part: `--target` and `--exclude`, with all that the part needs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from planner.address import Address
from planner.network.identity import Enablement, GuestRoute, Identity, Link
from planner.plan.changes import Change, Kind
from planner.plan.ties import Known, Ties

_GOING = frozenset({Kind.DELETE, Kind.FORGET})
"""What needs nothing of what it was made after: a link can go and its VPC stay enabled."""


class Selector:
    """Addresses as typed: of a module, a resource or one instance; `*` and `?` stand for any text and any character."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = patterns
        self._exact = {pattern for pattern in patterns if not _is_glob(pattern)}
        globs = [_regex(pattern) for pattern in patterns if _is_glob(pattern)]
        self._glob = re.compile("|".join(globs)) if globs else None

    def __call__(self, address: Address) -> bool:
        """Whether this address, or a set of addresses that it belongs to, is meant."""
        if not self.patterns:
            return False
        texts = list(address.prefixes())
        if not self._exact.isdisjoint(texts):
            return True
        return self._glob is not None and any(self._glob.fullmatch(text) for text in texts)

    def unmatched(self, addresses: Iterable[Address]) -> tuple[str, ...]:
        """The patterns that mean none of these addresses."""
        if not self.patterns:
            return ()
        texts = {text for address in addresses for text in address.prefixes()}
        return tuple(
            pattern
            for pattern in self.patterns
            if pattern not in texts
            and not (_is_glob(pattern) and any(map(re.compile(_regex(pattern)).fullmatch, texts)))
        )


def select(
    changes: Sequence[Change],
    known: Mapping[Address, Known],
    *,
    targets: Selector,
    excludes: Selector,
) -> tuple[Change, ...]:
    """The changes that are meant: the targets with what they need, without the excluded and what needs those.

    A target that is left out needs nothing, either.
    """
    if not targets.patterns and not excludes.patterns:
        return tuple(changes)
    needs = _needs(changes, known)
    left_out: set[int] = set()
    if excludes.patterns:
        needed_by: dict[int, list[int]] = defaultdict(list)
        for number, wanted in needs.items():
            for earlier in wanted:
                needed_by[earlier].append(number)
        left_out = _closure((n for n, change in enumerate(changes) if _means(excludes, change)), needed_by)
    chosen = set(range(len(changes))) - left_out
    if targets.patterns:
        chosen = _closure((n for n in chosen if _means(targets, changes[n])), needs)
    return tuple(changes[number] for number in sorted(chosen) if number < len(changes))


def select_drift(
    drift: Sequence[Change],
    changes: Sequence[Change],
    chosen: Sequence[Change],
    *,
    targets: Selector,
    excludes: Selector,
    drain: str | None = None,
) -> tuple[Change, ...]:
    """What of the drift a plan of a part takes over: what its changes are about, and what is meant and needs none.

    The rest stays in the state as it was, so that the next plan still tells that it changed outside.
    """
    if drain is None and not targets.patterns and not excludes.patterns:
        return tuple(drift)
    followed = {_origin(change) for change in chosen}
    left_out = {_origin(change) for change in changes} - followed

    def means(found: Change) -> bool:
        of_the_drain = drain is None or (found.before is not None and found.before.identity.vpc_id == drain)
        return of_the_drain and (not targets.patterns or targets(found.address)) and not excludes(found.address)

    return tuple(
        found for found in drift if found.address in followed or (found.address not in left_out and means(found))
    )


def _origin(change: Change) -> Address:
    """Where the state has what changes."""
    return change.previous_address or change.address


def _means(selector: Callable[[Address], bool], change: Change) -> bool:
    return selector(change.address) or (change.previous_address is not None and selector(change.previous_address))


def _needs(changes: Sequence[Change], known: Mapping[Address, Known]) -> dict[int, list[int]]:
    """For each change, by number, those that it cannot do without."""
    number_of = {change.address: number for number, change in enumerate(changes)}
    removes_of_instance: dict[str, list[int]] = defaultdict(list)
    removes_from_vpc: dict[str, list[int]] = defaultdict(list)
    routes_of_instance: dict[str, list[int]] = defaultdict(list)
    enables: dict[str, int] = {}
    for number, change in enumerate(changes):
        if isinstance(old := change.removes, Link):
            removes_of_instance[old.instance_id].append(number)
            removes_from_vpc[old.vpc_id].append(number)
        match change.adds:
            case GuestRoute(instance_id):
                routes_of_instance[instance_id].append(number)
            case Enablement(vpc_id):
                enables[vpc_id] = number

    def of_identity(added: Identity | None, removed: Identity | None) -> Iterator[int]:
        if isinstance(added, Link):
            yield from removes_of_instance[added.instance_id]
            yield from routes_of_instance[added.instance_id]
            if added.vpc_id in enables:
                yield enables[added.vpc_id]
        if isinstance(removed, Enablement):
            yield from removes_from_vpc[removed.vpc_id]
        if isinstance(removed, GuestRoute):
            yield from removes_of_instance[removed.instance_id]

    leaving = {change.previous_address: number for number, change in enumerate(changes) if change.previous_address}
    needs: dict[int, list[int]] = defaultdict(list)
    for number, change in enumerate(changes):
        needs[number].extend(of_identity(change.adds, change.removes))
        if change.address in leaving:  # else the state would lose what is held there
            needs[number].append(leaving[change.address])
    crossing = len(changes)
    for tie in Ties(known).among(number_of):
        later = [number_of[address] for address in tie.later]
        earlier = [number_of[address] for address in tie.earlier]
        _cross(needs, [number for number in later if changes[number].kind not in _GOING], earlier, crossing)
        undone = [number for number in earlier if changes[number].removes is not None]
        _cross(needs, undone, [number for number in later if changes[number].removes is not None], crossing + 1)
        crossing += 2
    return needs


def _cross(needs: dict[int, list[int]], later: Sequence[int], earlier: Sequence[int], crossing: int) -> None:
    """Each of the one needs each of the other: all of them meet at a number that stands for no change."""
    needs[crossing].extend(earlier)
    for number in later:
        needs[number].append(crossing)


def _closure(start: Iterable[int], leads_to: Mapping[int, Sequence[int]]) -> set[int]:
    found = set(start)
    work = list(found)
    while work:
        for number in leads_to.get(work.pop(), ()):
            if number not in found:
                found.add(number)
                work.append(number)
    return found


def _is_glob(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def _regex(pattern: str) -> str:
    return "".join(".*" if part == "*" else "." if part == "?" else re.escape(part) for part in pattern)
