"""Links that stand, judged by the rules as if they were made now.

A link that breaks a rule which would stop a new one is violated. A rule that only warns leaves the link working: it was
shown when the link was made, and the apply went on. So it is noted, counted for each VPC, and turns no
pipeline red. A violation that is waived is noted in the same way, with its waiver. Only rules about the link itself
count: whether an instance or a VPC could be changed at this moment (it is starting, it is being migrated) says nothing
of a link that no plan changes (overview, Background).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

from msgspec import Struct

from planner.address import Address
from planner.config.desired import Limits, Waiver
from planner.diagnostics import counted
from planner.documents.drift import Bucket, DriftRule, Mover
from planner.drift import remedies
from planner.drift.differences import named
from planner.drift.items import Item, Sentence
from planner.drift.sides import Sides
from planner.drift.ways import Breach, Direction, Way
from planner.network.identity import VPC, Action, Authorization, Link, ObjectKey
from planner.network.presence import classic_group_of, vpc_of_rule
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.rules.base import ERROR, WARNING, Finding
from planner.rules.catalogue import RULES
from planner.rules.joined import Remedies
from planner.rules.link_traffic import LinkCarriesNothing
from planner.rules.offered_blocks import Blocks
from planner.rules.run import Circumstances, judge_steps
from planner.steps import Step
from planner.values import replace


class Verdict(Struct, frozen=True):
    """What the rules say of the links that stand: items of drift, and what is none: waived violations and warnings.

    `notes` has a sentence for each of `rules`.
    """

    items: tuple[Item, ...]
    rules: tuple[DriftRule, ...]
    notes: tuple[str, ...]


def verdict_of(
    sides: Sequence[Sides],
    worlds: Worlds,
    blocks: Blocks,
    managed: Callable[[], Mapping[ObjectKey, Address]],
    waivers: Sequence[Waiver],
    today: date,
) -> Verdict:
    """An item for each link and each rule that no longer holds for it, and for each one that cannot be judged.

    What is unread as a whole is left out: it says nothing of one link more than of another. The sides are those of the
    provider of `blocks`, which are offered where one is missing; `managed` returns where its objects are declared.
    """
    world = worlds.of(blocks.provider)
    standing = [found for found in sides if found.stands]
    links = [found for found in standing if isinstance(found.cloud, Link)]
    subjects = dict(enumerate(links, 1))
    steps = [_step(number, found, blocks.provider) for number, found in subjects.items()]
    judged_anew = {found.cloud.instance_id for found in links if found.cloud}
    unlinked = {instance: vpc for instance, vpc in world.links.items() if instance not in judged_anew}
    before = replace(world, links=unlinked)
    rules = [rule for rule in RULES if rule.of_the_link]
    circumstances = Circumstances(labels=lambda: blocks.labels, managed=managed, standing=True)
    limits = Limits(waivers=tuple(waivers))
    judged = Worlds({**worlds.by_provider, blocks.provider: before})
    report = judge_steps(steps, judged, today=today, circumstances=circumstances, limits=limits, rules=rules)
    findings = report.findings
    violated = {rule.id for rule in rules if rule.violated and rule.level is WARNING}
    breaks = [finding for finding in findings if finding.severity is ERROR or finding.rule in violated]
    warnings = [finding for finding in findings if finding.severity is WARNING and finding.status == "fail"]
    warnings = [finding for finding in warnings if finding.rule not in violated]
    waived = [finding for finding in breaks if finding.waiver is not None]
    lost = [
        found for found in sides if isinstance(found.identity, Authorization) and not found.cloud and not found.unread
    ]
    borne = [*_by_rule_and_vpc(waived), *_by_rule_and_vpc(warnings)]
    return Verdict(
        tuple(_items(breaks, subjects, lost, world, report.remedies)),
        tuple(map(_entry, borne)),
        tuple(map(_note, borne)),
    )


def _items(
    errors: Iterable[Finding],
    subjects: Mapping[int, Sides],
    lost: Sequence[Sides],
    world: World,
    of_rules: Remedies,
) -> Iterator[Item]:
    """The items of these findings; `lost` are the security rules that the cloud does not have, and `of_rules` has
    the remedies for several of these findings."""
    for finding in errors:
        if finding.status == "fail":
            for number in finding.steps:
                item = _violated(finding, subjects[number], of_rules)
                silent = finding.rule == LinkCarriesNothing.id
                yield replace(item, caused_by=tuple(_rules_of(item, lost, world))) if silent else item
        elif finding.status == "unknown" and finding.subject:
            yield _unknown(finding, subjects[finding.steps[0]])


def _rules_of(item: Item, lost: Iterable[Sides], world: World) -> Iterator[str]:
    """The paths of the missing rules that are about the link of this item."""
    instance = world.instances.get(item.instance_id or "")
    groups = (instance.security_group_ids if instance is not None else None) or ()
    for found in lost:
        rule = found.identity
        is_of_link = isinstance(rule, Authorization) and (
            vpc_of_rule(rule, world) == item.vpc_id and classic_group_of(rule, world) in groups
        )
        if is_of_link:
            yield f"{rule.type}.{rule.id}"


def _by_rule_and_vpc(findings: Iterable[Finding]) -> Iterator[Sequence[Finding]]:
    """The findings of each rule about the links to each VPC."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.subject["vpc_id"]), []).append(finding)
    for _, found in sorted(groups.items()):
        yield found


def _entry(findings: Sequence[Finding]) -> DriftRule:
    first = findings[0]
    entry: DriftRule = {
        "rule": first.rule,
        "name": first.name,
        "status": first.status,
        "severity": first.severity.value,
        "vpc_id": first.subject["vpc_id"],
        "links": _count(findings),
        "detail": f"{_first(findings)}{first.message}",
        "source": first.source,
        "range": first.span.to_json() if first.span else None,
    }
    if (waiver := first.waiver_entry) is not None:
        entry["waiver"] = waiver
    return entry


def _note(findings: Sequence[Finding]) -> str:
    """How many links to a VPC break a rule, by what waiver if it is waived, and what the rule says of the first."""
    first = findings[0]
    links = f"{counted(_count(findings), 'link')} to {first.subject['vpc_id']}"
    about = f"does not hold for {links}, but {_waived(first.waiver)}" if first.waiver else f"warns about {links}"
    return f"{first.rule} ({first.name}) {about}. {_first(findings)}{first.message}"


def _count(findings: Iterable[Finding]) -> int:
    return sum(len(finding.steps) for finding in findings)


def _first(findings: Sequence[Finding]) -> str:
    """What precedes the message of the first of these."""
    return "The first: " if len(findings) > 1 else ""


def _waived(waiver: Waiver) -> str:
    until = "without an end" if waiver.until is None else f"until {waiver.until}"
    return f'is waived {until} ("{waiver.reason}")'


def _step(number: int, found: Sides, provider: str) -> Step:
    return Step(
        id=number,
        action=Action.ATTACH,
        target=found.cloud or found.identity,
        address=found.address,
        provider=provider,
        vswitch_ids=found.desired.vswitch_ids if found.desired else (),
        place=found.desired.place if found.desired else None,
    )


def _violated(finding: Finding, found: Sides, of_rules: Remedies) -> Item:
    identity = found.cloud or found.identity
    said = f"Its instance {finding.each}" if finding.each else finding.message
    breach = Breach(finding, of_rules) if finding.each else None
    return Item(
        bucket=Bucket.VIOLATED,
        type=identity.type,
        id=identity.id,
        what_moved=Mover.CLOUD,
        sentence=replace(
            named(identity),
            subject=identity.id,
            predicate=f"exists, but breaks {finding.rule} ({finding.name}). {said}",
        ),
        ways=(Way(finding.remedy, Direction.RESTORE, breach=breach),),
        instance_id=identity.instance_id,
        vpc_id=identity.vpc_id,
        address=found.address,
        rule=finding.rule,
        span=found.desired.place.block if found.desired else None,
        cause=finding.each,
    )


def _unknown(finding: Finding, found: Sides) -> Item:
    """About one link, or about a VPC and all its links."""
    subject = (found.cloud or found.identity) if "instance_id" in finding.subject else None
    vpc_id = subject.vpc_id if subject else finding.subject["vpc_id"]
    return Item(
        bucket=Bucket.UNKNOWN,
        type=subject.type if subject else VPC,
        id=subject.id if subject else str(vpc_id),
        what_moved=Mover.CLOUD,
        sentence=Sentence("", finding.message),
        ways=(remedies.READ_AGAIN,),
        instance_id=subject.instance_id if subject else None,
        vpc_id=vpc_id,
        address=found.address if subject else None,
        rule=finding.rule,
        span=found.desired.place.block if subject and found.desired else None,
    )
