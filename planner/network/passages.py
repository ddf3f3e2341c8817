"""What security groups let pass between many hosts: each kind of host is judged once.

To a target two sources are of one kind where they are in the same groups, and in the same CIDR blocks that its rules
name. Targets are of one kind where they are in the same groups.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network

from planner.network.addressing import address
from planner.network.filtering import Groups, Host, let_in, rulings, source_block
from planner.network.traffic import Span, joined

GroupIds = tuple[str, ...]
Kind = tuple[GroupIds | None, tuple[bool, ...]]


class Passages:
    """What passes between hosts, for one set of groups with their rules."""

    def __init__(self, groups: Groups) -> None:
        self.groups = groups
        self._blocks: dict[GroupIds, tuple[IPv4Network, ...]] = {}
        self._spans: dict[tuple[Kind, GroupIds], tuple[Span, ...]] = {}

    def knows(self, host: Host) -> bool:
        """Whether the groups of this host and their rules are known."""
        return host.group_ids is not None and all(one in self.groups for one in host.group_ids)

    def spans(self, source: Host, target: Host) -> tuple[Span, ...]:
        """The traffic that passes from one host to another. The groups of both have to be known."""
        target_ids = target.group_ids or ()
        key = kind_of(source, self.blocks(target_ids)), target_ids
        found = self._spans.get(key)
        if found is None:
            found = self._spans[key] = joined(let_in(rulings(self.groups, source, target)))
        return found

    def any_between(self, host: Host, others: Iterable[Host]) -> bool:
        """Whether anything passes between a host and any of the others, in one direction at least."""
        return any(self.spans(host, other) or self.spans(other, host) for other in others)

    def blocks(self, target_ids: GroupIds) -> tuple[IPv4Network, ...]:
        """The CIDR blocks that rules of these groups name, each once."""
        found = self._blocks.get(target_ids)
        if found is None:
            named = (source_block(rule) for one in target_ids for rule in self.groups[one].rules)
            found = self._blocks[target_ids] = tuple(dict.fromkeys(block for block in named if block is not None))
        return found


def kind_of(source: Host, blocks: tuple[IPv4Network, ...]) -> Kind:
    """What a source is to targets whose rules name these blocks."""
    if not blocks:
        return source.group_ids, ()
    ip = address(source.private_ip)
    return source.group_ids, tuple([ip in block for block in blocks])
