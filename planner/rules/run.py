"""Running the rules: every step in the place the plan gives it, with the world as it will be just then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from planner.address import Address
from planner.config.desired import Waiver
from planner.diagnostics import Diagnostic, Severity, Span
from planner.network.forecast import Forecast
from planner.network.identity import Action, Link
from planner.network.world import World
from planner.rules.base import WARNING, Declaration, Finding, Outlook, Premise, Rule
from planner.rules.catalogue import RULES
from planner.rules.facts import Facts
from planner.rules.gaps import Gap, Gaps
from planner.rules.instance import InstanceLinkedElsewhere
from planner.rules.plan_safety import TOO_MANY_LINKS_LOST
from planner.rules.waivers import acceptance, unused_waivers, valid_waivers
from planner.steps import Step


@dataclass(frozen=True, slots=True)
class Report:
    """What all rules said. `passed` counts, for each rule, the steps that it looked at and let pass."""

    findings: tuple[Finding, ...] = ()
    passed: Mapping[str, int] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether nothing may be applied: an error stands, or nobody can rule one out."""
        return any(finding.blocks for finding in self.findings)


def judge(
    steps: Sequence[Step],
    world: World,
    *,
    today: date,
    declarations: Mapping[str, tuple[Declaration, ...]] | None = None,
    managed: Callable[[], Mapping[Link, Address]] = dict,
    waivers: Sequence[Waiver] = (),
    limits_at: Span | None = None,
    also: Sequence[Finding] = (),
    declared: Sequence[Step] = (),
    rules: Sequence[Rule] = RULES,
    standing: bool = False,
    command: str = "",
) -> Report:
    """Judge the steps in order. Linear in their number and in the size of the world.

    `declarations` holds every declaration of each instance that is declared more than once; each such instance is
    told, whether or not a step is about it. `managed` tells, when it is asked, where links are declared, or in the
    state, for remedies. `also` are findings about the plan as a whole (CL901), which waivers cover
    like any other; `limits_at` is the block in which they stand. With `standing` the steps stand for links that are
    there already. `command` is the one that asked for the plan. A waiver that covers no finding is called unused,
    unless its rule says something of `declared`: all that the configuration wants, as steps, whether it stands or not.
    """
    now, end = Forecast(world), _after(steps, world)
    outlook = Outlook(now, end, Facts(world), declarations or {}, managed, standing, command)
    found = _Findings()
    found.add_all(also)
    found.add_all(_declared_twice(outlook, rules))
    passed = _Walk(outlook, rules, found).through(steps)
    names = {rule.id: rule.name for rule in rules} | {TOO_MANY_LINKS_LOST.id: TOO_MANY_LINKS_LOST.name}
    waivable = {rule.id for rule in rules if rule.waivable} | {TOO_MANY_LINKS_LOST.id}
    valid, problems = valid_waivers(waivers, names, waivable, today)
    acceptable = [rule.id for rule in rules if rule.waivable and rule.level is WARNING]
    findings = found.told(valid, {rule_id: acceptance(rule_id, today, limits_at) for rule_id in acceptable})
    told = {finding.rule for finding in findings}
    in_doubt = [rule for rule in rules if rule.id in valid and rule.id not in told]
    told |= _said_of(declared, in_doubt, replace(outlook, now=Forecast(world), standing=True))
    return Report(findings, dict(sorted(passed.items())), (*problems, *unused_waivers(valid, told)))


def _said_of(steps: Sequence[Step], rules: Sequence[Rule], outlook: Outlook) -> set[str]:
    """Those of the rules that say something of these steps."""
    found = _Findings()
    if rules:
        _Walk(outlook, rules, found).through(steps)
    return {finding.rule for finding in found.told({}, {})}


@dataclass(slots=True)
class _Agenda:
    """What to ask of steps that are alike in action, VPC and vSwitches, of which the first one is asked everything.

    `denied` are the premises about the VPC that do not hold. `to_ask` are the rules to be asked of each step; `passed`
    those that look at nothing else and need not be asked again; `repeated` what such rules said instead, as it holds
    for every further step too. `not_passed` counts, by rule, the further steps that were asked and not let pass.
    """

    denied: frozenset[Premise]
    to_ask: list[Rule] = field(default_factory=list)
    passed: list[Rule] = field(default_factory=list)
    repeated: list[Finding] = field(default_factory=list)
    further_steps: int = 0
    not_passed: Counter[str] = field(default_factory=Counter)


class _Walk:
    """Asks of every step, in order, what there is to ask, and then lets it happen."""

    def __init__(self, outlook: Outlook, rules: Iterable[Rule], found: _Findings) -> None:
        self._outlook, self._found = outlook, found
        self._acting = {action: [rule for rule in rules if action in rule.acts_on] for action in Action}
        self._gaps = Gaps(outlook.now.world)
        self._agendas: dict[tuple[Action, str | None, tuple[str, ...]], _Agenda] = {}
        self._passed: Counter[str] = Counter()

    def through(self, steps: Iterable[Step]) -> Counter[str]:
        """How many steps each rule let pass."""
        for step in steps:
            kind = (step.action, step.vpc_id, step.vswitch_ids)
            agenda = self._agendas.get(kind)
            if agenda is None:
                self._agendas[kind] = self._ask_first(step)
            else:
                self._ask_further(step, agenda)
            self._outlook.now.take(step.action, step.target)
        for agenda in self._agendas.values():
            for rule in (*agenda.passed, *agenda.to_ask):
                if passed := agenda.further_steps - agenda.not_passed[rule.id]:
                    self._passed[rule.id] += passed
        return self._passed

    def _ask_first(self, step: Step) -> _Agenda:
        agenda = _Agenda(self._denied_of_vpc(step))
        denied = agenda.denied | self._denied_of_instance(step)
        for rule in self._acting[step.action]:
            said = self._ask(rule, step) if rule.premises.isdisjoint(denied) else None
            self._found.add_all(said or ())
            if said == ():
                self._passed[rule.id] += 1
            if not rule.of_the_vpc or (said and not all(map(_concerns_the_vpc_alone, said))):
                agenda.to_ask.append(rule)
            elif said:
                agenda.repeated.extend(said)
            elif said is not None:
                agenda.passed.append(rule)
        return agenda

    def _ask_further(self, step: Step, agenda: _Agenda) -> None:
        agenda.further_steps += 1
        self._found.repeat(agenda.repeated, step)
        denied = agenda.denied | self._denied_of_instance(step)
        for rule in agenda.to_ask:
            if denied and not rule.premises.isdisjoint(denied):
                agenda.not_passed[rule.id] += 1
            elif said := self._ask(rule, step):
                agenda.not_passed[rule.id] += 1
                self._found.add_all(said)

    def _ask(self, rule: Rule, step: Step) -> tuple[Finding, ...]:
        if self._gaps.any and (gap := self._gaps.before(rule.reads, rule.about, step)) is not None:
            return (_unknown(rule, step, gap),)
        try:
            return tuple(rule.check(step, self._outlook))
        except Exception as problem:  # noqa: BLE001  # a rule that crashes is a finding: the others are still told
            return (_crashed(rule, step, problem),)

    def _denied_of_vpc(self, step: Step) -> frozenset[Premise]:
        """The premises about the VPC that do not hold, or cannot be known to; the rule of each one tells it."""
        if step.vpc_id is None:
            return _NOTHING
        if self._outlook.now.vpc(step.vpc_id) is None or self._gaps.vpc(step.vpc_id) is not None:
            return frozenset({Premise.VPC_FOUND})
        return _NOTHING if self._outlook.vpc_facts(step).vpc_class else frozenset({Premise.VPC_ELIGIBLE})

    def _denied_of_instance(self, step: Step) -> frozenset[Premise]:
        if step.instance_id is None:
            return _NOTHING
        instance = self._outlook.now.instance(step.instance_id)
        if instance is None or (self._gaps.any and self._gaps.instance(step.instance_id) is not None):
            return frozenset({Premise.INSTANCE_FOUND})
        return _NOTHING if instance.network_type == "classic" else frozenset({Premise.INSTANCE_CLASSIC})


_NOTHING: frozenset[Premise] = frozenset()


def _concerns_the_vpc_alone(found: Finding) -> bool:
    """Whether another step at the same VPC could only say it again, as a part of the same finding."""
    return not _stops(found) and found.subject.keys() <= {"vpc_id"}


def _stops(found: Finding) -> bool:
    return found.severity is Severity.ERROR and found.status == "fail"


def _unknown(rule: Rule, step: Step, gap: Gap) -> Finding:
    message = f"{gap.text}, so nobody can tell whether rule {rule.id} is kept."
    found = replace(rule.fail(step, message, at=rule.about[0], remedy=gap.remedy), status="unknown")
    return replace(found, subject={}) if gap.whole else found


def _crashed(rule: Rule, step: Step, problem: Exception) -> Finding:
    message = f"This is a bug in cl: rule {rule.id} could not judge the step ({type(problem).__name__}: {problem})."
    return replace(
        rule.fail(step, message, remedy="Please report it, with this message and the step."), status="unknown"
    )


def _declared_twice(outlook: Outlook, rules: Iterable[Rule]) -> Iterator[Finding]:
    for rule in rules:
        if isinstance(rule, InstanceLinkedElsewhere):
            for instance_id, declarations in sorted(outlook.declarations.items()):
                yield rule.declared_twice(instance_id, declarations)


def _after(steps: Iterable[Step], world: World) -> Forecast:
    end = Forecast(world)
    for step in steps:
        end.take(step.action, step.target)
    return end


class _Findings:
    """What was said, in the order in which it was first said.

    A failed error is told of each object that it stops; anything else said again of the same subject is one finding.
    """

    def __init__(self) -> None:
        self._first: dict[tuple[object, ...], Finding] = {}
        self._steps: dict[tuple[object, ...], list[int]] = {}

    def add_all(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            key = _key(finding)
            self._first.setdefault(key, finding)
            self._steps.setdefault(key, []).extend(finding.steps)

    def repeat(self, findings: Iterable[Finding], step: Step) -> None:
        """These were said of an earlier step, and concern this one too."""
        for finding in findings:
            self._steps[_key(finding)].append(step.id)

    def told(self, waivers: Mapping[str, Waiver], acceptance_of: Mapping[str, str]) -> tuple[Finding, ...]:
        """The findings, waived where a waiver covers a failure. What is unknown cannot be waived.

        The remedy of a failure ends with how its rule can be accepted, where that is so.
        """
        return tuple(
            _settled(
                replace(first, steps=tuple(self._steps[key]), step=self._steps[key][0] if self._steps[key] else None),
                waivers.get(first.rule),
                acceptance_of.get(first.rule, ""),
            )
            for key, first in self._first.items()
        )


def _key(finding: Finding) -> tuple[object, ...]:
    return (finding.rule, finding.address if _stops(finding) else None, finding.message, *finding.subject.items())


def _settled(finding: Finding, waiver: Waiver | None, accepted_by: str) -> Finding:
    """The finding under its waiver, or with the way to accept it where there is one."""
    if finding.status != "fail":
        return finding
    if waiver is not None:
        return replace(finding, status="waived", waiver=waiver)
    return replace(finding, remedy=f"{finding.remedy} {accepted_by}".rstrip())
