"""How objects that are gone are removed from the configuration, so that it stays valid and no longer asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.address import Address, format_key
from planner.diagnostics import listed
from planner.drift.referrers import Drop
from planner.drift.ways import AtOnce, Direction, Way, after_edit
from planner.remedy import NO_REMEDY, File, Remedy
from planner.steps import Place

_KEYS = 10
"""So many keys of one resource are named."""


def drop(direction: Direction, dropped: Sequence[Drop], targets: Sequence[Address | str] | None = None) -> Way:
    """The one way for all of these; `targets` say in a command what is dropped, if not each by itself. Without any, it
    is all that differs."""
    own = {each.address.resource for each in dropped}
    gone = list(dict.fromkeys(found for each in dropped for found in each.referring.gone if found not in own))
    names = dict.fromkeys(found for each in dropped for found in each.referring.staying)
    staying = [found for found in names if found not in {str(each) for each in own}]
    it = "it" if len(dropped) == 1 else "them"
    with_it = f", and with {it} {listed(map(str, gone))}, which need{'s' * (len(gone) == 1)} {it}" if gone else ""
    links = [found for each in dropped for found in each.referring.links if found.address.resource not in own]
    and_links = Remedy.of(", and ", Remedy.join(" and ", taken_out(links)), f", which need {it}") if links else ""
    let_go = f", and let {listed(staying)} no longer refer to {it}" if staying else ""
    own_targets = [each.address for each in dropped if each.managed]
    others = dict.fromkeys(found for each in dropped for found in each.referring.forgotten if found not in own)
    others |= dict.fromkeys(found.address for found in links if found.managed)
    forgotten = [*(own_targets if targets is None or not own_targets else targets), *others]
    forget = Remedy.of(", then ", after_edit(AtOnce.REFRESH, forgotten)) if own_targets or others else ""
    how = Remedy.of(Remedy.join(" and ", taken_out(dropped)), with_it, and_links, let_go, forget)
    return Way(how, direction, drops=tuple(dropped), names_object=True)


def taken_out(dropped: Sequence[Drop]) -> Iterator[Remedy]:
    """How these objects go from the configuration: each with its block, or out of what repeats the block."""
    whole = [str(each.address) for each in dropped if each.address.key is None]
    if whole:
        yield Remedy.of(f"remove {listed(whole)} from the configuration")
    by_resource: dict[Address, list[Drop]] = {}
    for each in dropped:
        if each.address.key is not None:
            by_resource.setdefault(each.address.resource, []).append(each)
    for resource, parts in by_resource.items():
        yield _keys_out(resource, parts)


def _keys_out(resource: Address, parts: Sequence[Drop]) -> Remedy:
    argument = "count" if isinstance(parts[0].address.key, int) else "for_each"
    at = Remedy.of(f"the {argument} of {resource}", where(parts[0].place, argument))
    if 1 < len(parts) == parts[0].instances:
        return Remedy.of("set ", at, " to 0") if argument == "count" else Remedy.of("remove all keys from ", at)
    keys = [format_key(each.address.key)[1:-1] for each in parts]
    more = [f"{len(keys) - _KEYS:,} more"] if len(keys) > _KEYS else []
    return Remedy.of(f"remove {listed([*keys[:_KEYS], *more])} from ", at)


def where(place: Place | None, argument: str) -> Remedy:
    """` (main.hcl line 3)`, where that argument is written."""
    span = place.arguments.get(argument) if place else None
    return Remedy.of(" (", File(span.filename), f" line {span.start.line})") if span else NO_REMEDY
