"""Random estates with security rules: every order that a plan allows is one that the simulated cloud accepts."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from planner.address import Address
from planner.config.desired import Desired, DesiredObject, Limits
from planner.diagnostics import Position, Span
from planner.documents.plan_steps import read_steps
from planner.hcl.cty.unknowns import UNKNOWN
from planner.network.identity import (
    IDENTITY_ARGUMENTS,
    RULE_ACTIONS,
    Action,
    Authorization,
    Enablement,
    Identity,
    Link,
    RuleBatch,
    RuleCall,
    RuleSettings,
)
from planner.network.presence import computed_attributes
from planner.network.security_groups import RULES_PER_GROUP, SecurityGroup, SecurityRule
from planner.network.world import Instance, Vpc, World
from planner.network.worlds import Worlds
from planner.plan.make import make_plan
from planner.plan.options import PlanContext, PlanOptions
from planner.proof import verify
from planner.recovery.fold import fold
from planner.state.model import State, StateObject
from planner.steps import Place, Step
from providers.base import Refused
from providers.mock.calls import raise_if_refused
from providers.mock.cloud import Cloud
from support.small_cloud import sampled_order

NOW = datetime(2026, 11, 30, tzinfo=UTC)
PLACE = Place(Span("main.hcl", Position(1, 1), Position(2, 1)))
VPCS = ("vpc-a", "vpc-b")
CLASSIC = ("sg-c0", "sg-c1")
INSIDE = {"sg-a0": "vpc-a", "sg-a1": "vpc-a", "sg-b0": "vpc-b"}
INSTANCES = ("i-0", "i-1", "i-2")
RULES = [
    Authorization(group, source, "tcp", ports, "accept")
    for classic in CLASSIC
    for inside in INSIDE
    for group, source in ((classic, inside), (inside, classic))
    for ports in ("80/80", "443/443", "443/444")
]

Estate = tuple[Desired, State, World]


@st.composite
def estates(draw: st.DrawFn) -> Estate:
    """Links and rules that are there, managed or not, and others that are declared, with room in groups or little."""
    there_rules = draw(st.sets(st.sampled_from(RULES), max_size=8))
    priority = draw(st.dictionaries(st.sampled_from(RULES), st.integers(1, 3), max_size=8))
    full = draw(st.sets(st.sampled_from(sorted(INSIDE)), max_size=2))
    membership = {
        one: draw(st.none() | st.lists(st.sampled_from(CLASSIC), unique=True, max_size=2)) for one in INSTANCES
    }
    linked = {one: vpc for one in INSTANCES if (vpc := draw(st.sampled_from([None, *VPCS])))}
    goals = {one: vpc for one in INSTANCES if (vpc := draw(st.sampled_from([None, *VPCS])))}
    enabled = set(linked.values()) | {vpc for vpc in VPCS if draw(st.booleans())}
    wanted_rules = draw(st.sets(st.sampled_from(RULES), max_size=8))
    needed = set(goals.values()) | {INSIDE.get(rule.security_group_id) or INSIDE[rule.source_security_group_id]
                                    for rule in wanted_rules}  # fmt: skip
    world = _world(enabled, linked, membership, there_rules, full, wanted_rules)
    there: list[Identity] = [
        *map(Enablement, sorted(enabled)),
        *[Link(one, vpc) for one, vpc in linked.items()],
        *sorted(there_rules),
    ]
    wanted: list[Identity] = [
        *map(Enablement, sorted(needed | {vpc for vpc in VPCS if draw(st.booleans())})),
        *[Link(one, vpc) for one, vpc in goals.items()],
        *sorted(wanted_rules),
    ]
    managed = [one for one in there if not isinstance(one, Authorization) or draw(st.integers(0, 5))]
    stuck = any(
        isinstance(one, Authorization) and (INSIDE.get(one.security_group_id) or INSIDE[one.source_security_group_id])
        not in enabled for one in managed if one not in wanted
    )  # fmt: skip
    if stuck:
        managed = [one for one in managed if not isinstance(one, Authorization) or one in wanted]
    new = [one for one in wanted if isinstance(one, Authorization) and one not in there]
    old = [one for one in managed if isinstance(one, Authorization) and one not in wanted]
    replaced: dict[Identity, Identity] = dict(zip(draw(st.permutations(new)), old, strict=False))
    if draw(st.booleans()):
        replaced = {}
    at = {one: _named(replaced.get(one, one)) for one in wanted}
    return (
        Desired(
            tuple(
                DesiredObject(at[one], one, _attributes(one, world, priority, declared=True), "mock", PLACE)
                for one in wanted
            )
        ),
        State(
            "l", 1, {_named(one): StateObject(_named(one), one, _attributes(one, world, {}), "mock") for one in managed}
        ),
        world,
    )


def _world(
    enabled: set[str],
    linked: dict[str, str],
    membership: dict[str, list[str] | None],
    rules: set[Authorization],
    full: set[str],
    wanted: set[Authorization],
) -> World:
    groups: dict[str, SecurityGroup] = {}
    for group_id in (*CLASSIC, *INSIDE):
        own = [SecurityRule(r.source_security_group_id, None, r.ip_protocol, r.port_range) for r in sorted(rules)
               if r.security_group_id == group_id]  # fmt: skip
        if group_id in full:  # room for what is declared, and for nothing else
            room = max(len(own), sum(rule.security_group_id == group_id for rule in wanted))
            own += [SecurityRule(None, f"10.0.{n}.0/24", "all", "-1/-1") for n in range(200 - room)]
        groups[group_id] = SecurityGroup(group_id, "hz", "1001", INSIDE.get(group_id), rules=tuple(own))
    return World(
        account_id="1001",
        vpcs={
            vpc_id: Vpc(vpc_id, "1001", "hz", f"172.{16 + n}.0.0/16", classic_link_enabled=vpc_id in enabled)
            for n, vpc_id in enumerate(VPCS)
        },
        instances={
            one: Instance(
                one,
                "1001",
                "hz",
                "classic",
                f"10.1.0.{n}",
                security_group_ids=None if (member_of := membership[one]) is None else tuple(member_of),
            )
            for n, one in enumerate(INSTANCES)
        },
        links=linked,
        security_groups=groups,
    )


def _named(identity: Identity) -> Address:
    return Address(identity.type, "it", identity.id)


def _attributes(
    identity: Identity, world: World, priority: dict[Authorization, int], *, declared: bool = False
) -> dict[str, object]:
    found: dict[str, object] = {name: getattr(identity, name) for name in IDENTITY_ARGUMENTS[identity.type]}
    found |= computed_attributes(identity, world)
    if isinstance(identity, Authorization):
        found |= {"description": "", "priority": priority.get(identity, 1)}
        found.setdefault("security_group_rule_id", UNKNOWN if declared else None)
    if isinstance(identity, Link):
        found["vswitch_ids"] = None
    return found


def planned(estate: Estate) -> dict[str, Any]:
    desired, prior, world = estate
    document = make_plan(desired, prior, Worlds({"mock": world}), PlanOptions(), PlanContext(now=NOW, plan_id="p"))
    return dict(document)


def take(cloud: Cloud, step: Step) -> None:
    """One step, as one call. Raises Refused."""
    target = step.target
    call: Any = target
    if isinstance(target, Authorization):
        call = RuleBatch((RuleCall(target, step.settings or RuleSettings()),))
    raise_if_refused(cloud, step.action, call, "1001")
    cloud.take(step.action, call)


def serves(step: Step, link: Step, world: World) -> bool:
    """Whether this rule is one that this link needs, or needed."""
    assert isinstance(step.target, Authorization)
    rule = step.target
    inside = INSIDE.get(rule.security_group_id) or INSIDE[rule.source_security_group_id]
    classic = rule.security_group_id if rule.security_group_id in CLASSIC else rule.source_security_group_id
    own = world.instances[link.instance_id or ""].security_group_ids
    return inside == link.target.vpc_id and (own is None or classic in own)


def replaces(new: Step, old: Step) -> bool:
    """Whether one of two different rules is at the address of the other, or for some of its traffic."""
    assert isinstance(new.target, Authorization)
    assert isinstance(old.target, Authorization)
    if new.target == old.target or new.address == old.address:
        return new.target != old.target
    groups = [(one.security_group_id, one.source_security_group_id) for one in (new.target, old.target)]
    ports = [set(range(*(int(port) for port in one.port_range.split("/")))) | {int(one.port_range.split("/")[1])}
             for one in (new.target, old.target)]  # fmt: skip
    return groups[0] == groups[1] and not ports[0].isdisjoint(ports[1])


def crowded(steps: Iterable[Step], world: World) -> set[str]:
    """The groups that have no room for all that comes before anything goes."""
    rules = {group_id: len(group.rules) for group_id, group in (world.security_groups or {}).items()}
    for step in steps:
        if isinstance(step.target, Authorization) and step.action is Action.AUTHORIZE_SECURITY_RULE:
            rules[step.target.security_group_id] += 1
    return {group_id for group_id, count in rules.items() if count > RULES_PER_GROUP}


@settings(max_examples=60)
@given(estates(), st.randoms(use_true_random=False))
def test_the_cloud_accepts_every_order_and_links_have_their_rules(estate: Estate, random: Random) -> None:
    _, prior, world = estate
    document = planned(estate)
    if {rule["rule"] for rule in document["rules"] if rule["severity"] == "error"} == {"CL504"}:
        return  # unmanaged rules take the room
    assert not document["errored"], (document["rules"], document["diagnostics"])
    assert verify(document, Worlds({"mock": world})) == ()
    steps = {step.id: step for step in read_steps(document)}  # type: ignore[arg-type]
    event(f"rules: {sum(step.action in RULE_ACTIONS for step in steps.values())}")
    cloud = Cloud(world)
    for _ in range(3):
        cloud, done = Cloud(world), set()
        for entry in sampled_order(document["steps"], random):
            step = steps[entry["id"]]
            take(cloud, step)
            done.add(step.id)
            left = [steps[number] for number in steps.keys() - done]
            if step.action is Action.ATTACH:
                coming = [one for one in left if one.action in RULE_ACTIONS - {Action.REVOKE_SECURITY_RULE}]
                assert not [one for one in coming if serves(one, step, world)]
            if step.action is Action.REVOKE_SECURITY_RULE:
                assert not [one for one in left if one.action is Action.DETACH and serves(step, one, world)]
                for late in left:
                    if late.action is Action.AUTHORIZE_SECURITY_RULE and replaces(late, step):
                        assert {step.security_group_id, late.security_group_id} & crowded(steps.values(), world)
    state = fold(prior, document, set(steps), {})  # type: ignore[arg-type]
    second = planned((estate[0], state, cloud.world()))
    assert second["steps"] == []
    assert [
        (each["address"], each["action_reason"], each["change"]["diff"]) for each in second["resource_changes"]
    ] == []


@settings(max_examples=60)
@given(estates(), st.randoms(use_true_random=False))
def test_without_a_need_the_proof_fails_or_the_cloud_accepts_every_order_still(estate: Estate, random: Random) -> None:
    _, _, world = estate
    document = planned(estate)
    waiting = [entry for entry in document["steps"] if entry["needs"]]
    if not waiting:
        return
    altered = copy.deepcopy(document)
    victim = random.choice(waiting)
    lost = random.choice(victim["needs"])
    altered["steps"][victim["id"] - 1]["needs"].remove(lost)
    if verify(altered, Worlds({"mock": world})):
        return
    steps = {step.id: step for step in read_steps(altered)}  # type: ignore[arg-type]
    for _ in range(10):
        cloud = Cloud(world)
        for entry in sampled_order(altered["steps"], random):
            try:
                take(cloud, steps[entry["id"]])
            except Refused as refusal:
                raise AssertionError(f"proven, and refused: {refusal}") from None


@pytest.mark.parametrize("coming", [True, False])
def test_of_very_many_rules_and_links_one_step_waits_for_the_others(coming: bool) -> None:
    instances = {f"i-{n}": Instance(f"i-{n}", "1001", "hz", "classic", f"10.1.0.{n}", security_group_ids=("sg-c0",))
                 for n in range(101)}  # fmt: skip
    rules = [Authorization("sg-a0", "sg-c0", "tcp", f"{n}/{n}", "accept") for n in range(1, 101)]
    there = [] if coming else [SecurityRule("sg-c0", None, "tcp", rule.port_range) for rule in rules]
    groups = {
        "sg-c0": SecurityGroup("sg-c0", "hz", "1001"),
        "sg-a0": SecurityGroup("sg-a0", "hz", "1001", "vpc-a", rules=tuple(there)),
    }
    world = World(
        account_id="1001",
        vpcs={"vpc-a": Vpc("vpc-a", "1001", "hz", "172.16.0.0/16", classic_link_enabled=not coming)},
        instances=instances,
        links={} if coming else dict.fromkeys(instances, "vpc-a"),
        security_groups=groups,
    )
    all_of_it: list[Identity] = [Enablement("vpc-a"), *[Link(one, "vpc-a") for one in instances], *rules]
    objects = tuple(
        DesiredObject(_named(one), one, _attributes(one, world, {}, declared=True), "mock", PLACE) for one in all_of_it
    )
    managed = {_named(one): StateObject(_named(one), one, _attributes(one, world, {}), "mock") for one in all_of_it}
    desired = Desired(objects if coming else (), limits=Limits(max_detach_percent=100))
    document = planned((desired, State("l", 1, {} if coming else managed), world))
    assert not document["errored"], document["diagnostics"]
    assert verify(document, Worlds({"mock": world})) == ()
    assert sum(len(step["needs"]) for step in document["steps"]) < 1_000
