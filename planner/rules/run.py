"""Running the rules: every step in the place the plan gives it, with the world as it will be just then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from planner.config.desired import Waiver
from planner.diagnostics import Diagnostic, Severity, Span
from planner.network.forecast import Forecast
from planner.network.identity import Action
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
    waivers: Sequence[Waiver] = (),
    limits_at: Span | None = None,
    also: Sequence[Finding] = (),
    rules: Sequence[Rule] = RULES,
    standing: bool = False,
    command: str = "",
) -> Report:
    """Judge the steps in order. Linear in their number and in the size of the world.

    `declarations` holds every declaration of each instance that is declared more than once; each such instance is
    told, whether or not a step is about it. `also` are findings about the plan as a whole (CL901), which waivers cover
    like any other; `limits_at` is the block in which they stand. With `standing` the steps stand for links that are
    there already. `command` is the one that asked for the plan. A waiver is called unused only where its rule looked at
    something.
    """
    outlook = Outlook(Forecast(world), _after(steps, world), Facts(world), declarations or {}, standing, command)
    passed: Counter[str] = Counter()
    found = _Findings()
    found.add_all(also)
    found.add_all(_declared_twice(outlook, rules))
    for rule, said in _walk(steps, outlook, rules):
        if said:
            found.add_all(said)
        else:
            passed[rule.id] += 1
    names = {rule.id: rule.name for rule in rules} | {TOO_MANY_LINKS_LOST.id: TOO_MANY_LINKS_LOST.name}
    waivable = {rule.id for rule in rules if rule.waivable} | {TOO_MANY_LINKS_LOST.id}
    valid, problems = valid_waivers(waivers, names, waivable, today)
    acceptable = [rule.id for rule in rules if rule.waivable and rule.level is WARNING]
    findings = found.told(valid, {rule_id: acceptance(rule_id, today, limits_at) for rule_id in acceptable})
    told = {finding.rule for finding in findings}
    looked = told | set(passed) | {TOO_MANY_LINKS_LOST.id}
    return Report(findings, dict(sorted(passed.items())), (*problems, *unused_waivers(valid, told, looked)))


def _walk(steps: Iterable[Step], outlook: Outlook, rules: Iterable[Rule]) -> Iterator[tuple[Rule, tuple[Finding, ...]]]:
    """Every step with every rule that has something to say of it, in order; then the step is taken."""
    acting = {action: [rule for rule in rules if action in rule.acts_on] for action in Action}
    gaps = Gaps(outlook.now.world)
    for step in steps:
        denied = _denied(step, outlook, gaps)
        for rule in acting[step.action]:
            if rule.premises.isdisjoint(denied):
                yield rule, _ask(rule, step, outlook, gaps)
        outlook.now.take(step.action, step.target)


def _denied(step: Step, outlook: Outlook, gaps: Gaps) -> set[Premise]:
    """The premises that do not hold, or cannot be known to; the rule of each one tells it."""
    denied: set[Premise] = set()
    if step.vpc_id is not None:
        if outlook.now.vpc(step.vpc_id) is None or gaps.vpc(step.vpc_id) is not None:
            denied.add(Premise.VPC_FOUND)
        elif outlook.vpc_facts(step).vpc_class is None:
            denied.add(Premise.VPC_ELIGIBLE)
    if step.instance_id is not None:
        instance = outlook.now.instance(step.instance_id)
        if instance is None or gaps.instance(step.instance_id) is not None:
            denied.add(Premise.INSTANCE_FOUND)
        elif instance.network_type != "classic":
            denied.add(Premise.INSTANCE_CLASSIC)
    return denied


def _ask(rule: Rule, step: Step, outlook: Outlook, gaps: Gaps) -> tuple[Finding, ...]:
    gap = gaps.before(rule.reads, rule.about, step)
    if gap is not None:
        return (_unknown(rule, step, gap),)
    try:
        return tuple(rule.check(step, outlook))
    except Exception as problem:  # noqa: BLE001  # a rule that crashes is a finding, so that the others are still told
        return (_crashed(rule, step, problem),)


def _unknown(rule: Rule, step: Step, gap: Gap) -> Finding:
    message = f"{gap.text}, so nobody can tell whether rule {rule.id} is kept."
    remedy = "See that the provider may read it, then plan again."
    found = replace(rule.fail(step, message, at=rule.about[0], remedy=remedy), status="unknown")
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
            stops = finding.severity is Severity.ERROR and finding.status == "fail"
            key = (finding.rule, finding.address if stops else None, finding.message, *finding.subject.items())
            self._first.setdefault(key, finding)
            self._steps.setdefault(key, []).extend(finding.steps)

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


def _settled(finding: Finding, waiver: Waiver | None, accepted_by: str) -> Finding:
    """The finding under its waiver, or with the way to accept it where there is one."""
    if finding.status != "fail":
        return finding
    if waiver is not None:
        return replace(finding, status="waived", waiver=waiver)
    return replace(finding, remedy=f"{finding.remedy} {accepted_by}".rstrip())
