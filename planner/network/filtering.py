"""What the security groups let pass between two hosts, and the rule that decides.

The inbound rules of the target's groups decide, all groups together::

    1. Members of one basic group reach each other, unless the group forbids it: no rule can deny that.
    2. The rule with the smallest priority number that matches source, protocol and port; of several, a drop.
    3. Where no rule matches, the traffic is dropped.

Answers to what was let in come back without a rule. Basic groups let everything out; an enterprise group lets out what
its outbound rules say, which a world does not have. (Alibaba Cloud documentation: Security group rules,
AuthorizeSecurityGroup, ModifySecurityGroupPolicy.)

A host whose groups are unknown may match any rule that names a group: a verdict is known only where that makes no
difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Final

from msgspec import Struct

from planner.network.addressing import address, network
from planner.network.security_groups import DROP, ENTERPRISE, SecurityGroup, SecurityRule
from planner.network.traffic import ALL, ALL_TRAFFIC, OTHER, Span, Traffic, ports_of, whole
from planner.values import replace


class Host(Struct, frozen=True):
    """One side of a connection, as security groups see it.

    `group_ids` is None if they are unknown, `vpc_id` None in the classic network.
    """

    private_ip: str
    group_ids: tuple[str, ...] | None
    vpc_id: str | None = None


class Basis(StrEnum):
    """What a verdict rests on."""

    RULE = "rule"
    MEMBERS = "members"
    """Both are members of one basic group."""
    NO_RULE = "no_rule"
    UNKNOWN = "unknown"
    """It depends on groups of the source that are unknown."""


class Verdict(Struct, frozen=True):
    """Whether traffic is let in (None if that is unknown), and why.

    `group_id` is the group whose rule decides, or that both are members of.
    """

    accepted: bool | None
    basis: Basis
    group_id: str | None = None
    rule: SecurityRule | None = None


class Ruling(Struct, frozen=True):
    """One verdict about a range of ports of one protocol."""

    span: Span
    verdict: Verdict


Groups = Mapping[str, SecurityGroup]
OwnedRule = tuple[str, SecurityRule]
"""The id of a group, and a rule of it."""

_NO_RULE: Final = Verdict(False, Basis.NO_RULE)
_DEPENDS: Final = Verdict(None, Basis.UNKNOWN)


def deciding_verdict(groups: Groups, source: Host, target: Host, protocol: str, port: int | None = None) -> Verdict:
    """The verdict about one protocol, and for tcp and udp one port. `protocol` is none of several."""
    (ruling,) = rulings(groups, source, target, Traffic(protocol, port))
    return ruling.verdict


def rulings(groups: Groups, source: Host, target: Host, traffic: Traffic = ALL_TRAFFIC) -> tuple[Ruling, ...]:
    """The verdicts about all of this traffic, by protocol and port.

    The target's groups have to be known, and in `groups`.
    """
    target_ids = target.group_ids or ()
    if shared := shared_basic_group(groups, source, target_ids):
        accepted = Verdict(True, Basis.MEMBERS, shared)
        return tuple(Ruling(span, accepted) for span in traffic.spans())
    meeting = _may_share(groups, source, target_ids)
    matching = [
        (owned, match)
        for owned in rules_in_order(groups, target_ids)
        if (match := matches_source(groups, owned[1], source)) is not False
    ]
    found: list[Ruling] = []
    for span in traffic.spans():
        found += sorted(_ruled(span, matching, meeting), key=lambda ruling: ruling.span.first)
    return tuple(found)


def let_in(found: Iterable[Ruling]) -> tuple[Span, ...]:
    """The traffic that is surely accepted."""
    return tuple(ruling.span for ruling in found if ruling.verdict.accepted)


def shared_basic_group(groups: Groups, source: Host, target_ids: Iterable[str]) -> str | None:
    """A basic group of both whose members reach each other."""
    known = source.group_ids or ()
    return next((one for one in target_ids if one in known and lets_members_meet(groups[one])), None)


def _may_share(groups: Groups, source: Host, target_ids: Iterable[str]) -> frozenset[str]:
    """The basic groups of the target that the source, whose groups are unknown, may be in and be let in for."""
    if source.group_ids is not None:
        return frozenset()
    near = [one for one in target_ids if groups[one].vpc_id == source.vpc_id]
    return frozenset(one for one in near if lets_members_meet(groups[one]))


def lets_members_meet(group: SecurityGroup) -> bool:
    """Whether its members reach each other without a rule."""
    return group.type != ENTERPRISE and group.inner_access


def rules_in_order(groups: Groups, group_ids: Iterable[str]) -> list[OwnedRule]:
    """The inbound rules of all these groups, the one that decides first in front."""
    owned = [(group_id, rule) for group_id in group_ids for rule in groups[group_id].rules]
    return sorted(owned, key=lambda each: precedence(each[1]))


def precedence(rule: SecurityRule) -> tuple[int, bool]:
    """Sorts rules by which decides: a smaller priority number first, and of the same number a drop."""
    return rule.priority, rule.policy != DROP


def matches_source(groups: Groups, rule: SecurityRule, source: Host) -> bool | None:
    """Whether the rule is about traffic from this host; None if that depends on groups that are unknown."""
    named = rule.source_security_group_id
    if named is not None and source.group_ids is not None:
        return named in source.group_ids
    if named is not None:
        elsewhere = named in groups and groups[named].vpc_id != source.vpc_id
        return False if elsewhere else None
    block = source_block(rule)
    return block is not None and address(source.private_ip) in block


def source_block(rule: SecurityRule) -> IPv4Network | None:
    """The addresses that the rule is about; None if it names none, or none of IPv4."""
    if rule.source_cidr_block is None:
        return None
    try:
        return network(rule.source_cidr_block if "/" in rule.source_cidr_block else f"{rule.source_cidr_block}/32")
    except ValueError:
        return None


def ports_matched(rule: SecurityRule, protocol: str) -> tuple[int, int] | None:
    """The ports of this protocol that the rule is about; None if it is not about the protocol."""
    if rule.ip_protocol == ALL:
        return whole(protocol)
    return ports_of(rule.port_range, protocol) if rule.ip_protocol == protocol and protocol != OTHER else None


def shadowing_drop(group: SecurityGroup, rule: SecurityRule, home: Iterable[IPv4Network]) -> SecurityRule | None:
    """A drop rule of the group that takes everything that this accept rule is about; None if there is none.

    `home` are the blocks that the members of the rule's source group have their addresses in.
    """
    own = source_block(rule)
    blocks = tuple(home) if rule.source_security_group_id is not None else (own,) if own else ()
    return next(
        (
            other
            for other in group.rules
            if other.policy == DROP and other.priority <= rule.priority and _covers(other, rule, blocks)
        ),
        None,
    )


def _covers(drop: SecurityRule, rule: SecurityRule, blocks: Sequence[IPv4Network]) -> bool:
    """Whether the drop rule is about all that the other is about, whose sources lie in these blocks."""
    if drop.source_security_group_id is not None:
        if drop.source_security_group_id != rule.source_security_group_id:
            return False
    else:
        taken = source_block(drop)
        if taken is None or not blocks or not all(block.subnet_of(taken) for block in blocks):
            return False
    if drop.ip_protocol == ALL or rule.ip_protocol == ALL:
        return drop.ip_protocol == ALL
    inner, outer = ports_matched(rule, rule.ip_protocol), ports_matched(drop, rule.ip_protocol)
    return inner is not None and outer is not None and outer[0] <= inner[0] and inner[1] <= outer[1]


class _Open(Struct, frozen=True):
    """Ports that no rule has surely decided yet, and what is done with them if the source is in one of `named`.

    A group decides by its first rule, so that later rules which name it do not count.
    """

    first: int
    last: int
    perhaps: frozenset[bool]
    named: frozenset[str]


def _ruled(span: Span, matching: Iterable[tuple[OwnedRule, bool | None]], meeting: frozenset[str]) -> Iterator[Ruling]:
    """Each part of the span with the first rule that takes it; members of the groups in `meeting` need none."""
    left = [_Open(span.first, span.last, frozenset([True] if meeting else ()), meeting)]
    for (group_id, rule), match in matching:
        ports = ports_matched(rule, span.protocol)
        if ports is None or not left:
            continue
        accepts, source_id = rule.policy != DROP, rule.source_security_group_id
        still: list[_Open] = []
        for part in left:
            first, last = max(part.first, ports[0]), min(part.last, ports[1])
            if first > last or (match is None and source_id in part.named):
                still.append(part)
                continue
            still += [replace(part, first=low, last=high) for low, high in _around(part, first, last)]
            if match is None and source_id is not None:
                still.append(_Open(first, last, part.perhaps | {accepts}, part.named | {source_id}))
            else:
                verdict = Verdict(accepts, Basis.RULE, group_id, rule)
                yield Ruling(Span(span.protocol, first, last), verdict if part.perhaps <= {accepts} else _DEPENDS)
        left = still
    for part in left:
        yield Ruling(Span(span.protocol, part.first, part.last), _NO_RULE if part.perhaps <= {False} else _DEPENDS)


def _around(part: _Open, first: int, last: int) -> Iterator[tuple[int, int]]:
    """What is left of a part in front of these ports, and behind them."""
    if part.first < first:
        yield part.first, first - 1
    if last < part.last:
        yield last + 1, part.last
