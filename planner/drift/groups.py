"""Items with one cause, together: the root causes first, and behind them what follows from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from planner.address import Address
from planner.documents.drift import Bucket, DriftGroup
from planner.drift.dropping import drop
from planner.drift.items import OBJECTS, Item
from planner.drift.remedies import follow_all, set_apart
from planner.drift.ways import MOST_TARGETS, Direction, Refusal, Way, joined_refusals, targeting
from planner.network.identity import ATTACHMENT, SECURITY_RULE, VPC
from planner.remedy import Remedy, write_ways
from planner.rules.vpc import VpcNotEnabled
from planner.values import replace

NAMED = 3
"""How many of a group are named."""
_Vpc = tuple[str | None, str | None]
"""A VPC: the provider that sees it, where there are several, and its id."""


class _Group(Struct, frozen=True):
    """Items with one cause, each with its place in the report. Never empty."""

    places: list[int]
    items: list[Item]

    @property
    def first(self) -> Item:
        return self.items[0]

    @property
    def vpc(self) -> _Vpc:
        return self.first.provider, self.first.vpc_id


class _Reach:
    """What a command without targets, or with a whole resource as its target, would touch: all that differs there.

    What only breaks a rule is left out: neither an apply nor a refresh changes it.
    """

    def __init__(self, everything: Iterable[Item]) -> None:
        touched = [item for item in everything if item.bucket is not Bucket.VIOLATED]
        self._count = len(touched)
        self._per_resource = Counter(item.address.resource for item in touched if item.address)

    def targets(self, addresses: Sequence[Address]) -> Sequence[Address | str]:
        """The shortest targets of a command for exactly these; none where nothing else differs."""
        if len(addresses) <= MOST_TARGETS:
            return addresses
        counts = Counter(address.resource for address in addresses)
        whole = {resource for resource, count in counts.items() if 1 < count == self._per_resource[resource]}
        shorter = list(dict.fromkeys(each.resource if each.resource in whole else each for each in addresses))
        return () if len(shorter) > MOST_TARGETS and len(addresses) == self._count else shorter


def groups_of(items: Sequence[Item], ignored: Sequence[Item] = (), *, one_by_one: bool = False) -> list[DriftGroup]:
    """The groups of a report's items, in the order in which they are shown. No command for a group touches another
    one, nor what is ignored."""
    groups = [_Group([place], [item]) for place, item in enumerate(items)] if one_by_one else _grouped(items)
    followed = {group.vpc for group in groups if _follows(group)}
    roots = {group.vpc: group for group in groups if _is_root(group) and group.vpc in followed}
    causing = {root.first.bucket for root in roots.values()}
    groups.sort(
        key=lambda group: (
            group.first.bucket is not Bucket.CHANGED or Bucket.CHANGED not in causing,
            list(Bucket).index(group.first.bucket),
            roots.get(group.vpc) is not group,
        )
    )
    at = {id(group): number for number, group in enumerate(groups)}
    reach = _Reach([*items, *ignored])
    caused = {id(group): roots[group.vpc] for group in groups if _follows(group) and group.vpc in roots}
    caused |= {id(group): root for group in groups if (root := _cause_of(group, groups)) is not None}
    entries: list[DriftGroup] = []
    for group in groups:
        root = caused.get(id(group))
        entries.append(_entry(group, _ways_out(group, root, reach), at[id(root)] if root else None))
    return entries


def _ways_out(group: _Group, root: _Group | None, reach: _Reach) -> Sequence[Way]:
    """The ways out for a group. Where its root cause is accepted, what needs that goes with it, and is not accepted
    once more."""
    ways = group.first.ways if len(group.items) == 1 else _ways(group, reach)
    referring = [drop.referring for way in root.first.ways for drop in way.drops] if root else []
    gone = {address for each in referring for address in (*each.gone, *(link.address for link in each.links))}
    if root is not None and group.first.is_ended:
        return ways
    if root is not None and group.first.caused_by:
        return [Way(Remedy.of(f"by restoring {_named(root)}"), Direction.RESTORE)]
    if root is None or not all(item.address and {item.address, item.address.resource} & gone for item in group.items):
        return ways
    with_it = Way(Remedy.of(f"by accepting {_named(root)}"), Direction.ACCEPT)
    return [with_it if way.drops else way for way in ways]


def _named(group: _Group) -> str:
    return group.first.subject if len(group.items) == 1 else _subject(group)


def _cause_of(group: _Group, groups: Sequence[_Group]) -> _Group | None:
    """The group that caused all of these, as they say: the security rules that the cloud lacks of links that carry
    nothing now, or the links that went elsewhere."""
    if not all(item.caused_by for item in group.items):
        return None
    causes = {path for item in group.items for path in item.caused_by}
    for other in groups:
        if other.first.provider == group.first.provider and other.first.bucket is not Bucket.VIOLATED:
            found = causes.intersection(item.path for item in other.items)
            if found and (found == causes or not group.first.is_ended):
                return other
    return None


def _is_root(group: _Group) -> bool:
    """Whether ClassicLink is gone from a VPC: its links went with it."""
    return group.first.type == VPC and group.first.bucket in (Bucket.CHANGED, Bucket.MISSING)


def _follows(group: _Group) -> bool:
    """Whether it is about links or rules of a VPC that are gone, or links that stand there without ClassicLink."""
    gone = group.first.type in (ATTACHMENT, SECURITY_RULE) and group.first.bucket is Bucket.MISSING
    return gone or group.first.rule == VpcNotEnabled.id


def _grouped(items: Sequence[Item]) -> list[_Group]:
    found: dict[tuple[object, ...], _Group] = {}
    for place, item in enumerate(items):
        group = found.setdefault(_cause(item), _Group([], []))
        group.places.append(place)
        group.items.append(item)
    return list(found.values())


def _cause(item: Item) -> tuple[object, ...]:
    """What items have in common that have one cause."""
    match item.bucket:
        case Bucket.UNKNOWN:
            return item.bucket, item.provider, item.rule, item.sentence.predicate, item.ways
        case Bucket.VIOLATED:
            return item.bucket, item.provider, item.rule, item.vpc_id, item.cause, item.is_ended
        case _:
            return (
                item.bucket,
                item.provider,
                item.type,
                item.what_moved,
                item.vpc_id,
                item.cause or item.sentence.predicate,
                any(way.apart is not None for way in item.ways),
                *(refusal.cause for refusal in item.refusals),
            )


def _entry(group: _Group, ways_out: Sequence[Way], cause: int | None) -> DriftGroup:
    first, count = group.first, len(group.items)
    entry: DriftGroup = {
        "bucket": first.bucket.value,
        "what_moved": first.what_moved.value,
        "items": group.places,
        "subject": first.subject if count == 1 else _subject(group),
        "detail": str(first.sentence) if count == 1 else _detail(group),
        "remedy": [],
    }
    if first.rule is not None:
        entry["rule"] = first.rule
    if cause is not None:
        entry["follows_from"] = cause
    if first.span is not None:
        entry["range"] = first.span.to_json()
    return {**entry, **write_ways([way.remedy for way in ways_out])}


def _subject(group: _Group) -> str:
    """`24 links to vpc-a`, and whose they are where there are several providers."""
    plurals = {item.sentence.plural for item in group.items}
    owner = f" ({group.first.provider})" if group.first.provider else ""
    return f"{len(group.items):,} {plurals.pop() if len(plurals) == 1 else OBJECTS}{owner}"


def _detail(group: _Group) -> str:
    """`24 links to vpc-a (i-1, i-2, i-3 and 21 more): each is in the state, and no longer in the cloud.`"""
    names = [item.sentence.short or item.instance_id or item.id for item in group.items[:NAMED]]
    more = f" and {len(group.items) - NAMED:,} more" if len(group.items) > NAMED else ""
    predicates = {item.sentence.predicate for item in group.items}
    many = f"{_subject(group)} ({', '.join(names)}{more})"
    if len(predicates) == 1 and group.first.sentence.subject:
        return f"{many}: each {predicates.pop()}"
    if len(group.items) <= NAMED:
        return " ".join([f"{many}.", *(str(item.sentence) for item in group.items)])
    return f"{many}. The first: {group.first.sentence}"


def _ways(group: _Group, reach: _Reach) -> list[Way]:
    """The ways out for all of them: one command where that does it, else each its own; of many, those of the first.

    Of what is unmanaged they are those of the first: one command accepts all of it, which the report ends with.
    """
    addresses = [item.address for item in group.items if item.address]
    targets = reach.targets(addresses)
    shows_each = len(group.items) <= NAMED and group.first.bucket is not Bucket.UNMANAGED
    named = group.items if shows_each else group.items[:1]
    together = [(way, _together(way, group, targets)) for way in group.first.ways]
    for_all = [way for way, ways in together if ways is not None]
    found = [each for _, ways in together for each in ways or ()]
    if len(for_all) < len(group.first.ways):
        alike = group.items[len(named) :]
        own = [_of_its_own(item, way, alike) for item in named for way in item.ways if not _is_among(way, for_all)]
        found += _all_needed(own, len(named))
    return found


def _all_needed(own: Sequence[Way], count: int) -> Iterator[Way]:
    """Ways of so many items. Where each item has one of its own in a direction, they are one way: all are needed."""
    for direction in dict.fromkeys(way.direction for way in own):
        ways = [way for way in own if way.direction is direction]
        if count < 2 or len(ways) != count or len({way.is_blocked for way in ways}) > 1:
            yield from ways
            continue
        if any(way.refusals for way in ways):
            yield Way(Remedy.join("\n", [way.steps for way in ways]), direction)
        else:
            yield Way(Remedy.join("\n", [way.how for way in ways]), direction, is_blocked=ways[0].is_blocked)


def _together(way: Way, group: _Group, targets: Sequence[Address | str]) -> Sequence[Way] | None:
    """The ways that do for all of a group what this way does for its first; None where each needs its own."""
    if way.direction and way.at_once and all(item.address for item in group.items):
        return [
            replace(
                targeting(way.direction, way.at_once, *targets),
                is_blocked=way.is_blocked,
                refusals=_refusals(way, group),
            )
        ]
    if all(way in item.ways for item in group.items):
        return [way]
    joined = _joined(way, group, targets)
    return joined if joined is None else [replace(each, is_blocked=way.is_blocked) for each in joined]


def _refusals(way: Way, group: _Group) -> tuple[Refusal, ...]:
    """What this way of all items of a group would be refused for."""
    if not way.refusals:
        return ()
    return joined_refusals(refusal for item in group.items for refusal in item.refusals)


def _is_among(way: Way, for_all: Sequence[Way]) -> bool:
    """Whether one of the ways for all of a group does what this way of one of them does."""
    return any(
        way == other
        or _is_like(way, other)
        or (way.at_once is not None and (way.direction, way.at_once) == (other.direction, other.at_once))
        for other in for_all
    )


def _of_its_own(item: Item, way: Way, alike: Sequence[Item]) -> Way:
    """A way out for one of a group. It names what it is for, unless its words do so. `alike` are the others that need
    the same, each for itself, and are not shown."""
    if alike:
        others = _one(alike[0]) if len(alike) == 1 else f"the {len(alike):,} others"
        return replace(way, how=Remedy.of(f"for {_one(item)}, and likewise for {others}: ", way.how))
    if way.names_object:
        return way
    mark = ":" if way.how.text[:1].isupper() else ","
    return replace(way, how=Remedy.of(f"for {_one(item)}{mark} ", way.how))


def _joined(way: Way, group: _Group, targets: Sequence[Address | str]) -> Sequence[Way] | None:
    """What the configuration needs for all of a group, where each of its items has a way of this kind."""
    alike = [next((other for other in item.ways if _is_like(other, way)), None) for item in group.items]
    ways = [other for other in alike if other is not None]
    if way.direction is None or len(ways) < len(group.items):
        return None
    shorter = targets if len(ways) > MOST_TARGETS else None
    if way.drops:
        return [drop(way.direction, [each for other in ways for each in other.drops], shorter)]
    if way.follows is not None:
        return [follow_all([other.follows for other in ways if other.follows is not None], shorter)]
    if way.breach is not None:
        remedy = way.breach.remedies.of_all([other.breach.finding for other in ways if other.breach is not None])
        return None if remedy is None else [Way(Remedy.of(way.breach.lead, remedy), way.direction)]
    parts = [other.apart for other in ways if other.apart is not None]
    drops = [part.drop for part in parts if part.drop is not None]
    per_resource = Counter(each.address.resource for each in drops)
    are_whole = drops and all(each.instances == per_resource[each.address.resource] for each in drops)
    return [] if are_whole else [set_apart(parts)]


def _is_like(way: Way, other: Way) -> bool:
    """Whether the two are joined to one."""
    if way.direction is not other.direction:
        return False
    if way.follows is not None and other.follows is not None:
        return (way.follows.vpc_id, way.follows.then) == (other.follows.vpc_id, other.follows.then)
    if way.apart is not None and other.apart is not None:
        return way.apart.link.vpc_id == other.apart.link.vpc_id
    if way.breach is not None and other.breach is not None:
        return (way.breach.finding.rule, way.breach.finding.each) == (
            other.breach.finding.rule,
            other.breach.finding.each,
        )
    return bool(way.drops and other.drops)


def _one(item: Item) -> str:
    """One of a group, as its ways out name it: by its address, or by its id where it has none."""
    if item.address:
        return item.subject
    return item.id + (f" ({item.provider})" if item.provider else "")
