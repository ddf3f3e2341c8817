"""Asks the rules about every step, in the order of the plan, with the world as it will be before that step.

A plan has thousands of similar steps: they do the same to the same VPC, and their instances are alike. If the answer of
a rule depends only on this, the rule is asked once for all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from planner.network.identity import Action, Authorization
from planner.network.presence import vpc_of_rule
from planner.remedy import Remedy
from planner.rules.base import Finding, Outlook, Premise, Rule
from planner.rules.findings import Findings, is_failed_error
from planner.rules.gaps import Gap, Gaps
from planner.steps import Step
from planner.values import replace

_InstanceKind = tuple[object, ...]
"""What instances that are alike have in common; empty for one that is not there, and where a step is about none."""

_HIDDEN: _InstanceKind = (None,)
"""Stands for an instance that could not be read."""


class _Agenda(Struct):
    """What to ask about similar steps; about the first step, every rule is asked.

    `denied` are the premises that do not hold. `to_ask` are the rules to ask about each step. `passed` are the rules
    that read nothing else and need not be asked again. `repeated` are the findings of such rules, which hold for every
    further step too. `not_passed` counts, by rule, the further steps that did not pass.
    """

    outlook: Outlook
    gaps: Gaps
    denied: frozenset[Premise]
    to_ask: list[Rule] = field(default_factory=list)
    passed: list[Rule] = field(default_factory=list)
    repeated: list[Finding] = field(default_factory=list)
    further_steps: int = 0
    not_passed: Counter[str] = field(default_factory=Counter)


class Walk:
    """Asks the rules about every step, in order, and then applies the step to the world."""

    def __init__(self, outlooks: Mapping[str, Outlook], rules: Iterable[Rule], found: Findings) -> None:
        self._outlooks, self._found = outlooks, found
        self._acting = {action: [rule for rule in rules if action in rule.acts_on] for action in Action}
        self._gaps = {provider: Gaps(outlook.now.world) for provider, outlook in outlooks.items()}
        self._agendas: dict[tuple[str, Action, str | None, tuple[str, ...], _InstanceKind], _Agenda] = {}
        self._passed: Counter[str] = Counter()

    def through(self, steps: Iterable[Step]) -> Counter[str]:
        """How many steps passed each rule."""
        for step in steps:
            instance = _instance_kind(step.target.instance_id, self._outlooks[step.provider], self._gaps[step.provider])
            kind = (step.provider, step.action, step.vpc_id, step.vswitch_ids, instance)
            agenda = self._agendas.get(kind)
            if agenda is None:
                agenda = self._agendas[kind] = self._ask_first(step, instance)
            else:
                self._ask_further(step, agenda)
            agenda.outlook.now.take(step.action, step.target, step.settings)
        for agenda in self._agendas.values():
            for rule in (*agenda.passed, *agenda.to_ask):
                if passed := agenda.further_steps - agenda.not_passed[rule.id]:
                    self._passed[rule.id] += passed
        return self._passed

    def _ask_first(self, step: Step, instance: _InstanceKind) -> _Agenda:
        outlook, gaps = self._outlooks[step.provider], self._gaps[step.provider]
        agenda = _Agenda(outlook, gaps, _denied_of_vpc(step, outlook, gaps) | _denied_of_instance(step, instance))
        denied = agenda.denied | _denied_of_rule(step, outlook)
        for rule in self._acting[step.action]:
            said = _ask(rule, step, outlook, gaps) if rule.premises.isdisjoint(denied) else None
            self._found.add_all(said or ())
            if said == ():
                self._passed[rule.id] += 1
            once = rule.of_the_vpc or rule.of_the_kind
            if not once and said == () and not gaps.any:
                once = rule.holds_at_vpc(step, outlook)
            if not once or (said and not all(map(_concerns_the_vpc_alone, said))):
                agenda.to_ask.append(rule)
            elif said:
                agenda.repeated.extend(said)
            elif said is not None:
                agenda.passed.append(rule)
        return agenda

    def _ask_further(self, step: Step, agenda: _Agenda) -> None:
        agenda.further_steps += 1
        self._found.repeat(agenda.repeated, step)
        outlook, gaps = agenda.outlook, agenda.gaps
        denied = agenda.denied
        if isinstance(step.target, Authorization):
            denied = denied | _denied_of_rule(step, outlook)
        for rule in agenda.to_ask:
            if denied and not rule.premises.isdisjoint(denied):
                agenda.not_passed[rule.id] += 1
            elif said := _ask(rule, step, outlook, gaps):
                agenda.not_passed[rule.id] += 1
                self._found.add_all(said)


def _ask(rule: Rule, step: Step, outlook: Outlook, gaps: Gaps) -> tuple[Finding, ...]:
    gap = gaps.before(rule.reads, rule.about, step) if gaps.any else None
    if gap is not None and not rule.fails_on_a_part:
        return (_unknown(rule, step, gap).placed(outlook.worlds),)
    try:
        found = tuple(rule.check(step, outlook))
    except Exception as problem:  # noqa: BLE001  # a rule that crashes is a finding: the others still run
        return (_crashed(rule, step, problem),)
    if gap is not None and not found:
        return (_unknown(rule, step, gap).placed(outlook.worlds),)
    return tuple([each.placed(outlook.worlds) for each in found]) if found else found


def _denied_of_vpc(step: Step, outlook: Outlook, gaps: Gaps) -> frozenset[Premise]:
    """The premises about the VPC that do not hold, or may not hold; the rule of each premise reports it."""
    if step.vpc_id is None:
        return _NOTHING
    if outlook.now.vpc(step.vpc_id) is None or gaps.vpc(step.vpc_id) is not None:
        return frozenset({Premise.VPC_FOUND})
    return _NOTHING if outlook.address_plan(step).vpc_class else frozenset({Premise.VPC_ELIGIBLE})


def _instance_kind(instance_id: str | None, outlook: Outlook, gaps: Gaps) -> _InstanceKind:
    """Everything about an instance that rules with `of_the_kind` may read, with its network type first."""
    found = outlook.now.world.instances.get(instance_id) if instance_id is not None else None
    if instance_id is not None and gaps.any and gaps.instance(instance_id) is not None:
        return _HIDDEN
    if found is None:
        return ()
    return found.network_type, found.status, found.operation_locks, found.account_id, found.region_id


def _denied_of_instance(step: Step, instance: _InstanceKind) -> frozenset[Premise]:
    if step.instance_id is None:
        return _NOTHING
    if not instance or instance is _HIDDEN:
        return frozenset({Premise.INSTANCE_FOUND})
    return _NOTHING if instance[0] == "classic" else frozenset({Premise.INSTANCE_CLASSIC})


def _denied_of_rule(step: Step, outlook: Outlook) -> frozenset[Premise]:
    """The premises about the groups of a security rule that do not hold."""
    if not isinstance(step.target, Authorization):
        return _NOTHING
    rule, world = step.target, outlook.now.world
    if not (world.security_group(rule.security_group_id) and world.security_group(rule.source_security_group_id)):
        return frozenset({Premise.GROUPS_FOUND, Premise.GROUPS_ACROSS})
    return _NOTHING if vpc_of_rule(rule, world) else frozenset({Premise.GROUPS_ACROSS})


_NOTHING: frozenset[Premise] = frozenset()


def _concerns_the_vpc_alone(found: Finding) -> bool:
    """Whether another step at the same VPC could only repeat the finding, as a part of the same one."""
    return not is_failed_error(found) and found.subject.keys() <= {"vpc_id"}


def _unknown(rule: Rule, step: Step, gap: Gap) -> Finding:
    message = f"{gap.text}, so rule {rule.id} cannot be checked."
    found = replace(rule.fail(step, message, at=rule.about[0], remedy=gap.remedy), status="unknown")
    return replace(found, subject={}) if gap.whole else found


def _crashed(rule: Rule, step: Step, problem: Exception) -> Finding:
    message = f"This is a bug in cl: rule {rule.id} could not judge the step ({type(problem).__name__}: {problem})."
    return replace(
        rule.fail(step, message, remedy=Remedy.of("Please report it, with this message and the step.")),
        status="unknown",
    )
