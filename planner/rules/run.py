"""Checks a plan: every step at its place in the plan, then the waivers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from msgspec import Struct, field
from msgspec.structs import astuple

from planner.address import Address
from planner.config.desired import Limits, Waiver
from planner.diagnostics import Diagnostic
from planner.network.forecast import Forecast
from planner.network.identity import ObjectKey, Subject
from planner.network.worlds import Worlds, default_provider
from planner.rules.address_plan import AddressPlans
from planner.rules.base import WARNING, Declaration, Finding, Outlook, Rule
from planner.rules.carriage import Carriage
from planner.rules.catalogue import RULES
from planner.rules.findings import Findings
from planner.rules.instance import InstanceLinkedElsewhere
from planner.rules.joined import Joined, Remedies, join_findings
from planner.rules.labels import Labels
from planner.rules.plan_safety import TOO_MANY_LINKS_LOST
from planner.rules.waivers import acceptances, has_expired, unused_waivers, valid_waivers
from planner.rules.walk import Walk
from planner.steps import Step
from planner.values import replace


class Report(Struct, frozen=True):
    """What all rules said. `passed` counts, for each rule, the steps that it checked and that passed.

    `joined` are the findings that share a cause; `remedies` has the remedies for several of them together.
    """

    findings: tuple[Finding, ...] = ()
    joined: tuple[Joined, ...] = ()
    passed: Mapping[str, int] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    remedies: Remedies = field(default_factory=Remedies)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Report) and astuple(self)[:-1] == astuple(other)[:-1]  # all but `remedies`

    def __ne__(self, other: object) -> bool:
        return not self == other  # a Struct has one of its own, which compares all fields

    @property
    def blocks(self) -> bool:
        """Whether nothing may be applied, because an error is not waived or cannot be ruled out."""
        return any(finding.blocks for finding in self.findings)


class Circumstances(Struct, frozen=True):
    """What is known besides the steps and the world.

    `declarations` has every declaration of each instance that is declared more than once; each such instance is a
    finding, even if no step is about it. `managed` is a function that returns the addresses of links, guest routes and
    security rules that are declared or in the state. `labels` has the names for blocks in remedies, and `remembered`
    the ids in the state, each with its provider. `declared` is everything that the configuration declares, as steps,
    whether it exists or not: a waiver is used if its rule has a finding about one of them. With `standing`, the steps
    stand for existing links. Unless they are `planned`, there is no plan yet, to be repeated without a step.
    """

    declarations: Mapping[Subject, tuple[Declaration, ...]] = field(default_factory=dict)
    managed: Callable[[], Mapping[ObjectKey, Address]] = dict
    labels: Callable[[], Labels] = Labels
    remembered: Callable[[], Collection[Subject]] = frozenset
    declared: Sequence[Step] = ()
    standing: bool = False
    planned: bool = True


_NOTHING_ELSE = Circumstances()
_NO_LIMITS = Limits()


def judge_steps(
    steps: Sequence[Step],
    worlds: Worlds,
    *,
    today: date,
    circumstances: Circumstances = _NOTHING_ELSE,
    limits: Limits = _NO_LIMITS,
    of_the_plan: Sequence[Finding] = (),
    rules: Sequence[Rule] = RULES,
) -> Report:
    """Check the steps in order, each in its provider's world. Linear in their number and in the size of the worlds.

    `limits` has the waivers. `of_the_plan` are findings about the plan as a whole (CL901), which waivers cover like any
    other.
    """
    outlooks = _outlooks(steps, worlds, circumstances)
    found = Findings()
    found.add_all(of_the_plan)
    found.add_all(_declared_twice(circumstances, rules, worlds))
    passed = Walk(outlooks, rules, found).through(steps)
    waivers, problems = _valid(limits.waivers, rules, today)
    acceptable = {rule.id for rule in rules if rule.waivable and rule.level is WARNING} - waivers.keys()
    to_accept = [rule_id for rule_id in found.failed_rules() if rule_id in acceptable]
    expired = {waiver.rule: waiver for waiver in limits.waivers if has_expired(waiver, today)}
    findings = found.settled(waivers, dict(acceptances(to_accept, today, limits.span, expired)))
    used = {finding.rule for finding in findings}
    in_doubt = [rule for rule in rules if rule.id in waivers and rule.id not in used]
    used |= _rules_with_findings(in_doubt, circumstances.declared, outlooks)
    remedies = Remedies({rule.id: rule for rule in rules}, outlooks)
    joined = tuple(join_findings(findings, remedies, worlds))
    diagnostics = (*problems, *unused_waivers(waivers, used))
    return Report(findings, joined, dict(sorted(passed.items())), diagnostics, remedies)


def waiver_problems(waivers: Sequence[Waiver], today: date) -> tuple[Diagnostic, ...]:
    """What is wrong with these waivers today, whatever the plan. Those that are only known in part are left out."""
    _, problems = _valid([waiver for waiver in waivers if waiver.known], RULES, today)
    return problems


def _valid(
    waivers: Sequence[Waiver], rules: Sequence[Rule], today: date
) -> tuple[dict[str, Waiver], tuple[Diagnostic, ...]]:
    names = {rule.id: rule.name for rule in rules} | {TOO_MANY_LINKS_LOST.id: TOO_MANY_LINKS_LOST.name}
    waivable = {rule.id for rule in rules if rule.waivable} | {TOO_MANY_LINKS_LOST.id}
    return valid_waivers(waivers, names, waivable, today)


def _outlooks(steps: Iterable[Step], worlds: Worlds, circumstances: Circumstances) -> dict[str, Outlook]:
    """What the rules can read, by provider."""
    ends = {provider: Forecast(world) for provider, world in worlds.by_provider.items()}
    default = default_provider(worlds.by_provider)
    for step in steps:
        if step.provider not in ends:
            ends[step.provider] = Forecast(worlds.of(step.provider))
        ends[step.provider].take(step.action, step.target, step.settings)
    return {
        provider: Outlook(
            provider=provider,
            worlds=worlds,
            now=Forecast(worlds.of(provider)),
            end=end,
            address_plans=AddressPlans(worlds.of(provider)),
            carriage=Carriage(end),
            declarations=circumstances.declarations,
            managed=circumstances.managed,
            labels=circumstances.labels,
            remembered=circumstances.remembered,
            standing=circumstances.standing,
            planned=circumstances.planned,
            is_default=provider == default,
        )
        for provider, end in ends.items()
    }


def _declared_twice(circumstances: Circumstances, rules: Iterable[Rule], worlds: Worlds) -> Iterator[Finding]:
    for rule in rules:
        if isinstance(rule, InstanceLinkedElsewhere):
            for instance, declarations in sorted(circumstances.declarations.items()):
                yield rule.declared_twice(instance, declarations).placed(worlds)


def _rules_with_findings(rules: Sequence[Rule], steps: Sequence[Step], outlooks: Mapping[str, Outlook]) -> set[str]:
    """The rules that have a finding about these steps, if the steps stood for existing objects."""
    found = Findings()
    if rules:
        again = {
            provider: replace(outlook, now=Forecast(outlook.now.world), standing=True)
            for provider, outlook in outlooks.items()
        }
        Walk(again, rules, found).through(steps)
    return {finding.rule for finding in found.settled({}, {})}
