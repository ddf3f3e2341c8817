"""What the rules say of the apply that a report offers: it is judged as its plan would be, before anybody types it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import date

from planner.address import Address
from planner.config.desired import Limits, Waiver
from planner.documents.drift import Bucket
from planner.drift.items import Item
from planner.drift.sides import Sides
from planner.drift.ways import AtOnce, Direction, Refusal, Way
from planner.network.identity import CREATES, DELETES, Action, Authorization, Enablement, Identity, Link, ObjectKey
from planner.network.presence import vpc_of_rule
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.remedy import Remedy, cl
from planner.rules.findings import is_failed_error
from planner.rules.offered_blocks import Blocks
from planner.rules.run import Circumstances, judge_steps
from planner.steps import Step
from planner.values import replace

_ORDER = (
    Action.DETACH,
    Action.ENABLE,
    Action.REVOKE_SECURITY_RULE,
    Action.DISABLE,
    Action.ADD_GUEST_ROUTE,
    Action.AUTHORIZE_SECURITY_RULE,
    Action.ATTACH,
    Action.REMOVE_GUEST_ROUTE,
)
"""An order in which any steps are legal that can be legal at all."""


def addresses_of(sides: Iterable[Sides], provider: str) -> Callable[[], Mapping[ObjectKey, Address]]:
    """A function that returns where the objects are that are declared or managed, for the remedies of rules."""
    at = {
        (provider, found.identity): found.address
        for found in sides
        if found.address and (found.desired or not isinstance(found.identity, Enablement))
    }
    return lambda: at


def judged(
    found: Sequence[tuple[Sides, Item]],
    worlds: Worlds,
    blocks: Blocks,
    managed: Callable[[], Mapping[ObjectKey, Address]],
    waivers: Sequence[Waiver],
    today: date,
) -> list[Item]:
    """These items, each with what a plan that carries out its way would be refused for.

    They are judged together, as the plan of everything is: each step finds what the others enable, free and add.
    """
    world = worlds.of(blocks.provider)
    calls = [
        (action, target, number)
        for number, (sides, item) in enumerate(found)
        if any(_applies(way) for way in item.ways)
        for action, target in _calls(sides)
    ]
    calls.sort(key=lambda call: _ORDER.index(call[0]))
    steps = [
        _step(number, action, target, found[of][0], blocks.provider, world)
        for number, (action, target, of) in enumerate(calls, 1)
    ]
    circumstances = Circumstances(labels=lambda: blocks.labels, managed=managed, planned=False)
    limits = Limits(waivers=tuple(waivers))
    refusals: dict[int, list[Refusal]] = {}
    for judged_steps, actions in _parts(steps):
        report = judge_steps(judged_steps, worlds, today=today, circumstances=circumstances, limits=limits)
        for finding in filter(is_failed_error, report.findings):
            for step in finding.steps:
                action, _, number = calls[step - 1]
                if action in actions:
                    refusal = Refusal((finding.again(cl("plan")),), report.remedies)
                    refusals.setdefault(number, []).append(refusal)
    moves = _moves_before((action, target, number) for action, target, number in calls if found[number][0].prior)
    return [
        replace(
            item, refusals=tuple(refusal for of in (number, *moves.get(number, ())) for refusal in refusals.get(of, ()))
        )
        for number, (_, item) in enumerate(found)
    ]


def _moves_before(calls: Iterable[tuple[Action, Identity, int]]) -> Mapping[int, Sequence[int]]:
    """By item, those whose links an apply of it detaches first: of the VPC or the guest route that goes. A move that is
    refused stops it, too."""
    leaving: dict[str | None, list[int]] = {}
    moves: dict[int, Sequence[int]] = {}
    for action, target, number in calls:
        if action is Action.DETACH:
            leaving.setdefault(target.instance_id, []).append(number)
            leaving.setdefault(target.vpc_id, []).append(number)
        elif action in (Action.DISABLE, Action.REMOVE_GUEST_ROUTE):
            moves[number] = leaving.get(target.instance_id or target.vpc_id, ())
    return moves


def _parts(steps: Sequence[Step]) -> Iterator[tuple[Sequence[Step], Container[Action]]]:
    """The steps that are judged together, and the actions whose findings count.

    A VPC is disabled apart from what is made: a link to it may be declared, and can be made by an apply of its own.
    """
    others = [step for step in steps if step.action is not Action.DISABLE]
    if others:
        yield others, frozenset(Action) - {Action.DISABLE}
    if len(others) < len(steps):
        yield [step for step in steps if step.action in _ENDING], {Action.DISABLE}


_ENDING = {Action.DETACH, Action.ENABLE, Action.REVOKE_SECURITY_RULE, Action.DISABLE}
"""What precedes the end of ClassicLink on a VPC, and that."""


def _applies(way: Way) -> bool:
    """Whether an apply carries it out that needs no edit before."""
    is_apply = way.at_once is AtOnce.APPLY or way.takes_over
    return is_apply and way.direction in (Direction.RESTORE, Direction.CARRY_OUT)


def _calls(sides: Sides) -> Iterator[tuple[Action, Identity]]:
    """What the apply does to this subject."""
    desired = sides.desired.identity if sides.desired else None
    if sides.cloud is not None and sides.cloud != desired:
        yield DELETES[sides.cloud.type], sides.cloud
    if sides.cloud is None and desired is None:
        yield CREATES[sides.identity.type], sides.identity
    elif desired is not None and sides.cloud != desired:
        yield CREATES[desired.type], desired


def _step(number: int, action: Action, target: Identity, sides: Sides, provider: str, world: World) -> Step:
    desired = sides.desired
    return Step(
        id=number,
        action=action,
        target=target,
        address=sides.address,
        provider=provider,
        vswitch_ids=desired.vswitch_ids if desired else (),
        place=desired.place if desired else None,
        rule_vpc_id=vpc_of_rule(target, world) if isinstance(target, Authorization) else None,
    )


def reported(items: Sequence[Item]) -> list[Item]:
    """These items of a report, with the ways that a rule refuses behind the others, and what is to be fixed first.

    What another item of the report is about is named there alone.
    """
    broken = {key for item in items if item.bucket is Bucket.VIOLATED and not item.is_ended for key in _broken_by(item)}
    return [_reported(item, broken) if item.refusals else item for item in items]


def _reported(item: Item, broken: set[tuple[str | None, ...]]) -> Item:
    refusals = tuple(
        replace(each, is_reported=(item.provider, each.rule, each.subject) in broken) for each in item.refusals
    )
    ways = [replace(way, refusals=refusals) if _applies(way) else way for way in item.ways]
    return replace(item, refusals=refusals, ways=tuple(sorted(ways, key=lambda way: bool(way.refusals))))


def _broken_by(item: Item) -> Iterator[tuple[str | None, ...]]:
    """What the violation may be that a refusal is about, too: of the instance, or of the VPC."""
    yield item.provider, item.rule, item.instance_id
    yield item.provider, item.rule, item.vpc_id


def ending(violated: Iterable[Item], found: Sequence[tuple[Sides, Item]]) -> Iterator[Item]:
    """The violations, those of links that an apply ends first with the way that needs nothing else."""
    ends = {
        sides.cloud: (sides, item)
        for sides, item in found
        if isinstance(sides.cloud, Link) and sides.cloud != (sides.desired and sides.desired.identity)
    }
    for violation in violated:
        sides, item = ends.get(Link(violation.instance_id or "", violation.vpc_id or ""), (None, None))
        lasts = item is None or any(_is_of(refusal, violation) for refusal in item.refusals)
        yield violation if sides is None or item is None or lasts else _ended(violation, sides, item)


def _is_of(refusal: Refusal, violation: Item) -> bool:
    """Whether both have one cause, so that the violation does not end with its link."""
    return refusal.rule == violation.rule and refusal.subject in (violation.instance_id, violation.vpc_id)


_OTHERWISE = {Direction.RESTORE: Direction.ACCEPT, Direction.CARRY_OUT: Direction.TAKE_BACK}
"""What a way does that keeps what a way of this direction ends."""
_STAYS = "if the link stays: "


def _ended(violation: Item, sides: Sides, item: Item) -> Item:
    """A violation that ends with its link, or else as its rule says."""
    direction, done = Direction.RESTORE, "restored"
    if item.bucket is Bucket.PENDING:
        direction, done = Direction.CARRY_OUT, "applied"
    what = f"the declared link is {done}, which ends this one" if sides.desired else "its removal is applied"
    ends = Way(Remedy.of(f"nothing to do if {what}"), direction)
    stays = [
        replace(
            way,
            how=Remedy.of(_STAYS, way.how),
            direction=_OTHERWISE[direction],
            breach=way.breach and replace(way.breach, lead=_STAYS),
        )
        for way in violation.ways
    ]
    return replace(violation, ways=(ends, *stays), is_ended=True, caused_by=(item.path,))
