"""Claim 8: what is done to the rules of security groups, around the switch and the links of their VPC."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct, field

from planner.network.identity import Subject
from planner.network.security_groups import RULES_PER_GROUP, SOURCES_PER_GROUP
from planner.network.traffic import Span, share_traffic, span_of
from planner.network.worlds import Worlds
from planner.proof.instances import InstanceSteps
from planner.proof.plan import ATTACH, AUTHORIZE, DETACH, REVOKE, RULES, GroupAtStart, Plan, Rule, Step, missing_needs
from planner.proof.vpcs import VpcSteps

_UNKNOWN = ""
"""Stands for a classic group that the facts do not tell."""
_NO_STEPS = VpcSteps()


class _Cluster(Struct):
    """The steps of the rules of one VPC that name one classic group: those that come, and those that go."""

    coming: list[Step] = field(default_factory=list)
    going: list[Step] = field(default_factory=list)


def check_rules(
    plan: Plan, vpcs: Mapping[Subject, VpcSteps], instances: Mapping[Subject, InstanceSteps], worlds: Worlds | None
) -> Iterator[str]:
    """What does not hold of claim 8: for the facts of the plan, and for the rules that `worlds` have now."""
    steps = [step for step in plan.steps if step.action in RULES]
    if not steps:
        return
    yield from _sides(steps, plan)
    yield from _each_once(steps)
    yield from _replaced_afterwards(steps)
    for step in steps:
        if step.rule_vpc:
            yield from _while_enabled(step, plan, vpcs.get(step.of_vpc, _NO_STEPS))
    clusters = _clusters(steps, plan)
    yield from _attaches_come_after(clusters, instances, plan)
    yield from _revokes_come_after(clusters, instances, plan)
    yield from _room(steps, plan.groups)
    if worlds is not None:
        yield from _check_worlds(steps, plan, worlds)


def _sides(steps: Sequence[Step], plan: Plan) -> Iterator[str]:
    """8. One group is of the classic network, the other one of the VPC that the step names."""
    for step in steps:
        group, source = _facts(step, plan.groups)
        if group is not None and source is not None:
            found = [each.vpc_id for each in (group, source) if each.vpc_id is not None]
            if found != ([step.rule_vpc] if step.rule_vpc else []):
                said = f"is for {step.rule_vpc}" if step.rule_vpc else "does not say which VPC it is for"
                yield f"{step} {said}; its groups belong to {', '.join(found) or 'none'}."


def _facts(step: Step, groups: Mapping[Subject, GroupAtStart]) -> tuple[GroupAtStart | None, GroupAtStart | None]:
    rule = step.call.rule
    return groups.get((step.provider, rule.group)), groups.get((step.provider, rule.source))


def _each_once(steps: Sequence[Step]) -> Iterator[str]:
    """8. A rule is added, removed or changed once; one that is removed and added is added last."""
    first: dict[tuple[object, ...], Step] = {}
    for step in steps:
        other = first.setdefault((step.provider, step.action, step.call.rule), step)
        if other is not step:
            yield f"{step} repeats step {other.id}."
    for (provider, action, rule), step in first.items():
        if action == AUTHORIZE and (removal := first.get((provider, REVOKE, rule))) is not None:
            yield from missing_needs(step, [removal], "which revokes the same rule")


def _replaced_afterwards(steps: Sequence[Step]) -> Iterator[str]:
    """8. A rule that is replaced goes when what replaces it stands, as far as that is listed first."""
    own: dict[tuple[str, str], Step] = {}
    between: dict[tuple[str, str, str], list[tuple[Step, Span]]] = defaultdict(list)
    for step in steps:
        rule = step.call.rule
        if step.action == AUTHORIZE:
            own[step.provider, step.address] = step
            between[step.provider, rule.group, rule.source].append((step, span_of(rule.ip_protocol, rule.port_range)))
    for step in steps:
        rule = step.call.rule
        if step.action != REVOKE:
            continue
        span = span_of(rule.ip_protocol, rule.port_range)
        coming = between.get((step.provider, rule.group, rule.source), ())
        new = [other for other, its_span in coming if share_traffic(span, its_span)]
        new += [own[step.provider, step.address]] if step.address and (step.provider, step.address) in own else []
        yield from missing_needs(step, [other for other in new if other.id < step.id], "which replaces its rule")


def _while_enabled(step: Step, plan: Plan, switch: VpcSteps) -> Iterator[str]:
    """8. ClassicLink is enabled on its VPC whenever a rule is added or removed."""
    start = plan.vpcs.get(step.of_vpc)
    if start is None:
        yield f"The proof has no facts of {step.rule_vpc} at {step.provider}, which {step} is about."
        return
    if step.action not in (AUTHORIZE, REVOKE):
        return
    before = step.action == REVOKE and bool(switch.disables)
    if switch.enables and not before:
        yield from missing_needs(step, switch.enables, "which enables its VPC")
        return
    if not start.enabled:
        yield f"{step} finds ClassicLink disabled on {step.rule_vpc}."
    for disable in switch.disables:
        yield from missing_needs(disable, [step], "which needs its VPC enabled")


def _clusters(steps: Sequence[Step], plan: Plan) -> Mapping[tuple[Subject, str], _Cluster]:
    found: dict[tuple[Subject, str], _Cluster] = defaultdict(_Cluster)
    for step in steps:
        if not step.rule_vpc:
            continue
        cluster = found[step.of_vpc, _classic_group(step, plan)]
        (cluster.going if step.action == REVOKE else cluster.coming).append(step)
    return found


def _classic_group(step: Step, plan: Plan) -> str:
    group, source = _facts(step, plan.groups)
    if group is None or source is None:
        return _UNKNOWN
    return step.call.rule.group if group.vpc_id is None else step.call.rule.source


def _concerns(classic: str, instance: Subject, plan: Plan) -> bool:
    """Whether a rule that names this classic group may be for this instance."""
    own = plan.members.get(instance)
    return classic == _UNKNOWN or own is None or classic in own


def _attaches_come_after(
    clusters: Mapping[tuple[Subject, str], _Cluster], instances: Mapping[Subject, InstanceSteps], plan: Plan
) -> Iterator[str]:
    """8. An attach needs what comes for its instance: directly, or the one of these that needs all the others."""
    by_vpc: dict[Subject, list[tuple[str, _Cluster, set[int]]]] = defaultdict(list)
    for (vpc, classic), cluster in clusters.items():
        ids = {step.id for step in cluster.coming}
        gates = {step.id for step in cluster.coming if len(ids) > 1 and _has_all(step.needs, ids - {step.id})}
        by_vpc[vpc].append((classic, cluster, gates))
    for instance, steps in instances.items():
        for attach in steps.chain:
            for classic, cluster, gates in by_vpc.get(attach.vpc, ()) if attach.action == ATTACH else ():
                if _concerns(classic, instance, plan) and not _needs_one(attach, gates):
                    yield from missing_needs(attach, cluster.coming, "a rule that its link relies on")


def _revokes_come_after(
    clusters: Mapping[tuple[Subject, str], _Cluster], instances: Mapping[Subject, InstanceSteps], plan: Plan
) -> Iterator[str]:
    """8. A revoke needs the detaches that it is there for: directly, or another revoke that needs them all."""
    detaches: dict[Subject, list[tuple[Subject, Step]]] = defaultdict(list)
    for instance, steps in instances.items():
        for step in steps.chain:
            if step.action == DETACH:
                detaches[step.vpc].append((instance, step))
    for (vpc, classic), cluster in clusters.items():
        if not cluster.going:
            continue
        first = [step for instance, step in detaches.get(vpc, ()) if _concerns(classic, instance, plan)]
        ids = [step.id for step in first]
        ready = {step.id for step in cluster.going if _has_all(step.needs, ids)}
        for step in cluster.going:
            if step.id not in ready and not _needs_one(step, ready):
                yield from missing_needs(step, first, "a detach of an instance that it serves")


def _has_all(needs: Collection[int], ids: Collection[int]) -> bool:
    return len(ids) <= len(needs) and all(one in needs for one in ids)


def _needs_one(step: Step, gates: Collection[int]) -> bool:
    return bool(gates) and any(need in gates for need in step.needs)


def _room(steps: Sequence[Step], groups: Mapping[Subject, GroupAtStart]) -> Iterator[str]:
    """8. A group has room for all that comes; or all that comes needs so much of what goes that there is room."""
    by_group: dict[Subject, list[Step]] = defaultdict(list)
    for step in steps:
        by_group[step.provider, step.call.rule.group].append(step)
    for key, found in by_group.items():
        start = groups.get(key)
        added = [step for step in found if step.action == AUTHORIZE]
        if start is None or not added:
            continue
        removed = [step for step in found if step.action == REVOKE]
        first = [step for step in removed if all(step.id in each.needs for each in added)]
        if _has_room(start, added, first):
            continue
        if not _has_room(start, added, removed):
            yield f"{added[-1]} finds no room in {key[1]}, which has {start.rules} rules at the start."
        for step in added:
            yield from missing_needs(step, removed, "which makes room in the same group")


def _has_room(start: GroupAtStart, added: Sequence[Step], removed: Sequence[Step]) -> bool:
    """Whether the group has room for what comes once so much is gone."""
    sources = Counter(start.sources)
    sources.subtract(step.call.rule.source for step in removed)
    sources.update(step.call.rule.source for step in added)
    rules = start.rules + len(added) - len(removed)
    return rules <= RULES_PER_GROUP and len(+sources) <= SOURCES_PER_GROUP


def _check_worlds(steps: Sequence[Step], plan: Plan, worlds: Worlds) -> Iterator[str]:
    """The groups as they are now: they exist, belong where the steps say, and still have room.

    A rule that a step removes or changes by the cloud's own name is the one that the step says.
    """
    for step in steps:
        other = _named(step, worlds)
        if other is not None and other != step.call.rule:
            yield f"{step} names {step.rule_id}, which is {other}."
    now: dict[Subject, GroupAtStart] = {}
    for step in steps:
        for group_id in (step.call.rule.group, step.call.rule.source):
            world = worlds.of(step.provider)
            group = world.security_group(group_id)
            if group is None:
                if (step.provider, group_id) in plan.groups:
                    yield f"{group_id} does not exist any more."
                continue
            sources = Counter(filter(None, (rule.source_security_group_id for rule in group.rules)))
            now[step.provider, group_id] = GroupAtStart(group.vpc_id, len(group.rules), sources)
    for subject, group_now in now.items():
        start = plan.groups.get(subject)
        if start is not None and start.vpc_id != group_now.vpc_id:
            was = start.vpc_id or "the classic network"
            yield f"{subject[1]} belongs to {group_now.vpc_id or 'the classic network'}; the proof says {was}."
    yield from _sides([step for step in steps if None in _facts(step, plan.groups)], _with_groups(plan, now))
    if any(plan.groups.get(subject) != found for subject, found in now.items()):
        yield from _room(steps, now)


def _named(step: Step, worlds: Worlds) -> Rule | None:
    """The rule that has the name by which the call of this step asks for it; None if none has it."""
    group = worlds.of(step.provider).security_group(step.call.rule.group) if step.rule_id else None
    found = next((rule for rule in group.rules if rule.rule_id == step.rule_id), None) if group else None
    if group is None or found is None:
        return None
    source = found.source_security_group_id or found.source_cidr_block or ""
    return Rule(group.security_group_id, source, found.ip_protocol, found.port_range, found.policy)


def _with_groups(plan: Plan, groups: Mapping[Subject, GroupAtStart]) -> Plan:
    return Plan(
        plan.steps,
        plan.changes,
        plan.accounts,
        plan.vpcs,
        plan.links,
        plan.max_unavailable,
        plan.lanes,
        groups,
        plan.members,
    )
