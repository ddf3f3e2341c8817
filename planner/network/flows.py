"""What a plan opens and closes by security group, protocol and port, where groups are known.

A link that comes lets pass what the groups let pass afterwards, one that goes what they let pass before; of a link that
stays, what differs::

    {"opened": [{"vpc_id": "vpc-a", "source_security_group_ids": ["sg-web"], "target_security_group_ids": ["sg-db"],
                 "traffic": [{"ip_protocol": "tcp", "port_range": "3306/3306"}], "pairs": 12}],
     "closed": [], "complete": true}

Hosts of one kind are counted and looked at once, so that the work grows with the groups, and not with pairs of hosts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Annotated, NotRequired, TypedDict

from msgspec import Struct, field

from planner.network.filtering import Groups, Host
from planner.network.passages import GroupIds, Passages, kind_of
from planner.network.traffic import EACH, Span, without
from planner.schema.keywords import Count, one_of, pattern

MOST_KINDS = 5_000
"""How many pairs of kinds of hosts are compared in one plan; an estate with more of them gets no complete answer."""


class TrafficEntry(TypedDict):
    """A protocol and a range of its ports."""

    ip_protocol: Annotated[str, one_of(EACH), "The protocol; `other` stands for every protocol without a name here."]
    port_range: Annotated[
        str, pattern(r"^(-1/-1|[0-9]{1,5}/[0-9]{1,5})$"), "The ports; -1/-1 for a protocol without ports."
    ]


class FlowEntry(TypedDict):
    """What opens or closes between hosts in some security groups."""

    vpc_id: Annotated[str, "The VPC of one end; the other end is in the classic network."]
    provider: NotRequired[Annotated[str, "The key of the provider that sees it, if there are several."]]
    source_security_group_ids: Annotated[list[str], "The groups that the sources are in."]
    target_security_group_ids: Annotated[list[str], "The groups that the targets are in."]
    traffic: Annotated[list[TrafficEntry], "The protocols and ports."]
    pairs: Annotated[Count, "Pairs of a source and a target."]


class FlowsEntry(TypedDict):
    """What opens and closes by security group, protocol and port."""

    opened: Annotated[list[FlowEntry], "What opens."]
    closed: Annotated[list[FlowEntry], "What closes."]
    complete: Annotated[
        bool, "Whether these lists are complete: false if hosts are in too many combinations of groups."
    ]


class Flow(Struct, frozen=True, order=True):
    """Traffic that opens or closes between hosts in some groups, one side in the VPC and one in the classic network."""

    vpc_id: str
    source_ids: GroupIds
    target_ids: GroupIds
    spans: tuple[Span, ...]


class Flows(Struct):
    """The pairs of hosts that each flow opens or closes for, and the VPCs whose new links let nothing pass at all."""

    opened: Counter[Flow] = field(default_factory=Counter)
    closed: Counter[Flow] = field(default_factory=Counter)
    silent: set[str] = field(default_factory=set)
    complete: bool = True

    def to_json(self) -> FlowsEntry:
        return {"opened": _entries(self.opened), "closed": _entries(self.closed), "complete": self.complete}


class Links(Struct, frozen=True):
    """The classic instances that are linked to one VPC before, afterwards, or both, and what is in the VPC."""

    vpc_id: str
    gone: Sequence[Host]
    come: Sequence[Host]
    stay: Sequence[Host]
    inside: Sequence[Host]


def flows(before: Groups, after: Groups, estate: Iterable[Links]) -> Flows:
    """What opens and closes over these links, where the groups and their rules are these before, and these after."""
    found, then, now = Flows(), Passages(before), Passages(after)
    room = MOST_KINDS
    for links in estate:
        carries = False
        for (source, target), pairs, was_there, is_there in _pairs_of_kinds(links, then, now):
            room -= 1
            if room < 0:
                found.complete = False
                return found
            old = then.spans(source, target) if was_there else ()
            new = now.spans(source, target) if is_there else ()
            carries = carries or bool(new and not was_there)
            ids = links.vpc_id, source.group_ids or (), target.group_ids or ()
            if opened := without(new, old):
                found.opened[Flow(*ids, opened)] += pairs
            if closed := without(old, new):
                found.closed[Flow(*ids, closed)] += pairs
        if not carries and links.come and links.inside and all(map(now.knows, (*links.come, *links.inside))):
            found.silent.add(links.vpc_id)
    return found


def flows_together(found: Mapping[str, FlowsEntry]) -> FlowsEntry:
    """What opens and closes in the worlds of several providers, by their keys."""
    return {
        "opened": [{**each, "provider": provider} for provider, one in found.items() for each in one["opened"]],
        "closed": [{**each, "provider": provider} for provider, one in found.items() for each in one["closed"]],
        "complete": all(one["complete"] for one in found.values()),
    }


def _pairs_of_kinds(links: Links, then: Passages, now: Passages) -> Iterator[tuple[tuple[Host, Host], int, bool, bool]]:
    """A source and a target of each two kinds, how many pairs they stand for, and whether a link joins them before and
    afterwards."""
    inside = _known(links.inside, then, now)
    for hosts, was_there, is_there in ((links.gone, True, False), (links.come, False, True), (links.stay, True, True)):
        outside = _known(hosts, then, now)
        for sources, targets in ((outside, inside), (inside, outside)):
            target_kinds = _counted((host.group_ids, host) for host in targets)
            named = [each.blocks(target.group_ids or ()) for target, _ in target_kinds for each in (then, now)]
            blocks = tuple(dict.fromkeys(chain.from_iterable(named)))
            for source, source_count in _counted((kind_of(host, blocks), host) for host in sources):
                for target, target_count in target_kinds:
                    yield (source, target), source_count * target_count, was_there, is_there


def _known(hosts: Iterable[Host], then: Passages, now: Passages) -> list[Host]:
    return [host for host in hosts if then.knows(host) and now.knows(host)]


def _counted(hosts: Iterable[tuple[object, Host]]) -> list[tuple[Host, int]]:
    """The first host of each kind, and how many there are of it."""
    first: dict[object, Host] = {}
    counts: Counter[object] = Counter()
    for kind, host in hosts:
        first.setdefault(kind, host)
        counts[kind] += 1
    return [(host, counts[kind]) for kind, host in first.items()]


def _entries(found: Counter[Flow]) -> list[FlowEntry]:
    return [
        {
            "vpc_id": flow.vpc_id,
            "source_security_group_ids": list(flow.source_ids),
            "target_security_group_ids": list(flow.target_ids),
            "traffic": [{"ip_protocol": span.protocol, "port_range": span.port_range} for span in flow.spans],
            "pairs": pairs,
        }
        for flow, pairs in sorted(found.items())
    ]
