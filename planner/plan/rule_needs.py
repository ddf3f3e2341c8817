"""What the steps of security rules wait for, and what waits for them.

A rule can be added and removed only while ClassicLink is enabled on its VPC: that of the one of its groups that has
one. And a link should carry something from its first moment on, and until its last. So::

    enable ─▶ authorize, modify ─▶ attach        detach ─▶ revoke ─▶ disable

An attach waits for the rules of its VPC that name a group of its instance, and for no others: where a rule is refused,
the links go on that it does nothing for. Where the groups of the instance are not known, any rule of the VPC may be
one of its. A revoke waits for the detaches of the instances that its rule lets in or reaches, and for those of the
other rules that go from the same group, so that all of them can be removed by one call.

A rule that replaces another one, at the same address or for some of its traffic, is added before that one is removed.
While both stand, the one that takes precedence decides, so traffic is treated as it was before or as it will be after.
While neither stands, some other rule decides, or none: what both let in would be dropped for a while, and what both
drop perhaps let in. So it is whether either of them accepts or drops.

The old rule goes first only where both have no room: where they are the same rule (`--replace`), and where a group
would have too many rules, or name too many groups. Then so many of its revokes come before all of its authorizes as
there must: those of rules that go for good, and only then those of rules that are replaced.

Thousands of attaches may wait for thousands of rules. Where these would be too many pairs, one authorize waits for the
others, and the attaches for that one; and one revoke waits for the detaches, and the others for that one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from planner.network.identity import Action, Authorization, Subject
from planner.network.presence import classic_group_of, vpc_of_rule
from planner.network.security_groups import RULES_PER_GROUP, SOURCES_PER_GROUP
from planner.network.traffic import Span, share_traffic, span_of
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.plan.changes import Change
from planner.plan.draft import Draft, Node
from planner.plan.needs import Needs

MOST_PAIRS = 10_000
"""How many needs between rules and links are written out; more go through one step of a rule."""

_ANY = ""
"""Stands for a classic group that is not known."""


class RuleNode(Struct, frozen=True):
    """The step of a rule: its VPC, and the classic one of its groups, as far as they are known."""

    number: int
    action: Action
    rule: Authorization
    vpc: Subject | None
    classic: str


class _VpcRules(Struct):
    """The steps of the rules of one VPC, by classic group; `_ANY` has those whose classic group is not known."""

    coming: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    all_coming: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    revoked: list[RuleNode] = field(default_factory=list)


Replacements = Sequence[tuple[int, int]]
"""The revoke of a rule and the authorize of one that replaces it, each once."""


def add_rule_needs(needs: Needs, draft: Draft, worlds: Worlds, replacements: Replacements) -> None:
    """Add what ClassicLink demands of the steps of security rules. Together with the other demands: no circle."""
    rules = [_rule_node(number, draft, worlds) for number in draft.rules]
    if not rules:
        return
    by_vpc: dict[Subject, _VpcRules] = defaultdict(_VpcRules)
    by_group: dict[Subject, list[RuleNode]] = defaultdict(list)
    for node in rules:
        by_group[draft.nodes[node.number].provider, node.rule.security_group_id].append(node)
        if node.vpc is not None:
            _sort_in(node, by_vpc[node.vpc])
    for vpc, found in by_vpc.items():
        _around_the_switch(needs, draft, vpc, found)
    _before_attaches(needs, draft, worlds, by_vpc)
    _after_detaches(needs, draft, worlds, by_group)
    replaced = {revoke for revoke, _ in replacements}
    for (provider, group_id), found_rules in by_group.items():
        _same_rule_first(needs, found_rules)
        _room_first(needs, found_rules, replaced, worlds.of(provider), group_id)


def replaced_afterwards(replacements: Replacements, needs: Needs) -> dict[int, set[int]]:
    """The revoke of a rule that is replaced waits until the new rule stands, unless that one waits for it."""
    wishes: dict[int, set[int]] = defaultdict(set)
    for revoke, authorize in replacements:
        if revoke not in needs[authorize]:
            wishes[revoke].add(authorize)
    return wishes


def find_replacements(draft: Draft) -> Iterator[tuple[int, int]]:
    """The revoke of a rule and the authorize of each one that replaces it: of the same provider, at its address or for
    some of its traffic.
    """
    going: dict[tuple[str, str, str], list[tuple[int, Span]]] = defaultdict(list)
    for number in draft.rules:
        if draft.nodes[number].action is Action.REVOKE_SECURITY_RULE:
            between, span = _between(draft.nodes[number])
            going[between].append((number, span))
    for number in draft.rules if going else ():
        node = draft.nodes[number]
        if node.action is not Action.AUTHORIZE_SECURITY_RULE:
            continue
        own = draft.removes.get(node.change.address)
        if own is not None and not node.change.provider_changes:
            yield own, number
        between, span = _between(node)
        for revoke, gone in going.get(between, ()):
            if share_traffic(span, gone) and revoke != own:
                yield revoke, number


def _between(node: Node) -> tuple[tuple[str, str, str], Span]:
    """The provider and the groups of a rule's step, and the traffic that the rule is about."""
    rule = node.target
    assert isinstance(rule, Authorization)  # noqa: S101 - the draft lists no others
    groups = (node.provider, rule.security_group_id, rule.source_security_group_id)
    return groups, span_of(rule.ip_protocol, rule.port_range)


def _rule_node(number: int, draft: Draft, worlds: Worlds) -> RuleNode:
    node = draft.nodes[number]
    rule, provider = node.target, node.provider
    assert isinstance(rule, Authorization)  # noqa: S101 - the draft lists no others
    world = worlds.of(provider)
    vpc_id = rule_vpc_id(rule, node.change, world)
    classic = classic_group_of(rule, world) or _ANY
    return RuleNode(number, node.action, rule, (provider, vpc_id) if vpc_id is not None else None, classic)


def rule_vpc_id(rule: Authorization, change: Change, world: World) -> str | None:
    """The VPC of a rule: as the world has its groups, or else as the state remembers it."""
    seen = vpc_of_rule(rule, world)
    if seen is not None:
        return seen
    side = change.before or change.after
    known = side.attributes.get("vpc_id") if side else None
    return known if isinstance(known, str) else None


def _sort_in(node: RuleNode, vpc: _VpcRules) -> None:
    if node.action is Action.REVOKE_SECURITY_RULE:
        vpc.revoked.append(node)
        return
    vpc.coming[node.classic].append(node.number)
    vpc.all_coming.append(node.number)
    if node.action is Action.AUTHORIZE_SECURITY_RULE:
        vpc.added.append(node.number)


def _around_the_switch(needs: Needs, draft: Draft, vpc: Subject, found: _VpcRules) -> None:
    """Rules change while ClassicLink is enabled: after the enable, before the disable."""
    switch = draft.vpcs.get(vpc)
    if switch is None:
        return
    revoked = [node.number for node in found.revoked]
    if switch.enable is not None:
        for number in found.added:
            needs[number].append(switch.enable)
    if switch.disable is not None:
        needs[switch.disable] += revoked
        if switch.enable is None:
            needs[switch.disable] += found.added
    elif switch.enable is not None:
        for number in revoked:
            needs[number].append(switch.enable)


def _before_attaches(needs: Needs, draft: Draft, worlds: Worlds, by_vpc: Mapping[Subject, _VpcRules]) -> None:
    attaches: dict[tuple[Subject, str], list[int]] = defaultdict(list)
    for nodes in draft.instances:
        if nodes.attach is None or (rules := by_vpc.get(vpc := nodes.attach.vpc)) is None:
            continue
        for classic in _groups_of(nodes.attach.instance, worlds, rules.coming):
            attaches[vpc, classic].append(nodes.attach.number)
    for (vpc, classic), later in attaches.items():
        earlier = by_vpc[vpc].coming[classic]
        if len(later) * len(earlier) > MOST_PAIRS:
            *others, gate = earlier
            needs[gate] += others
            earlier = [gate]
        for attach in later:
            needs[attach] += earlier


def _groups_of(instance: Subject, worlds: Worlds, known: Iterable[str]) -> Iterator[str]:
    """The groups of these that a rule must name to let the instance's traffic pass."""
    found = worlds.of(instance[0]).instances.get(instance[1])
    own = found.security_group_ids if found is not None else None
    return (group_id for group_id in known if own is None or group_id == _ANY or group_id in own)


def _after_detaches(needs: Needs, draft: Draft, worlds: Worlds, by_group: Mapping[Subject, Sequence[RuleNode]]) -> None:
    detached: dict[Subject, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for nodes in draft.instances:
        if nodes.detach is not None:
            provider, instance_id = nodes.detach.instance
            found = worlds.of(provider).instances.get(instance_id)
            own = found.security_group_ids if found is not None else None
            for group_id in (_ANY,) if own is None else own:
                detached[nodes.detach.vpc][group_id].append(nodes.detach.number)
    if not detached:
        return
    for rules in by_group.values():
        revoked = [node for node in rules if node.action is Action.REVOKE_SECURITY_RULE]
        first = sorted({number for node in revoked for number in _detaches_of(node, detached)})
        if not first:
            continue
        later = [node.number for node in revoked]
        if len(first) * len(later) > MOST_PAIRS:
            gate, *others = later
            needs[gate] += first
            for number in others:
                needs[number].append(gate)
        else:
            for number in later:
                needs[number] += first


def _detaches_of(node: RuleNode, detached: Mapping[Subject, Mapping[str, Sequence[int]]]) -> Iterator[int]:
    """The detaches from the rule's VPC of the instances in its classic group."""
    if node.vpc is None or node.vpc not in detached:
        return
    for group_id, numbers in detached[node.vpc].items():
        if _ANY in (group_id, node.classic) or group_id == node.classic:
            yield from numbers


def _same_rule_first(needs: Needs, rules: Sequence[RuleNode]) -> None:
    """A rule that is removed and added, at whatever address, is removed first."""
    revoked = {node.rule: node.number for node in rules if node.action is Action.REVOKE_SECURITY_RULE}
    for node in rules:
        if node.action is Action.AUTHORIZE_SECURITY_RULE and node.rule in revoked:
            needs[node.number].append(revoked[node.rule])


def _room_first(needs: Needs, rules: Sequence[RuleNode], replaced: Container[int], world: World, group_id: str) -> None:
    """Where a group has no room for all that comes while nothing is gone yet, as much as must goes before that."""
    group = world.security_group(group_id)
    added = [node for node in rules if node.action is Action.AUTHORIZE_SECURITY_RULE]
    if group is None or not added:
        return
    count = len(group.rules) + len(added)
    sources = Counter(filter(None, (rule.source_security_group_id for rule in group.rules)))
    sources.update(node.rule.source_security_group_id for node in added)
    revoked = [node for node in rules if node.action is Action.REVOKE_SECURITY_RULE]
    first: list[int] = []
    for node in sorted(revoked, key=lambda node: node.number in replaced):
        if count <= RULES_PER_GROUP and len(sources) <= SOURCES_PER_GROUP:
            break
        first.append(node.number)
        count -= 1
        sources[node.rule.source_security_group_id] -= 1
        sources = +sources
    for node in added:
        needs[node.number] += first
