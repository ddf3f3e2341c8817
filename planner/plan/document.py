"""The parts of the plan document, made from changes, steps and the world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, cast

from msgspec import Struct, field

from planner.address import Address
from planner.config.desired import CheckResult
from planner.documents.plan_head import Mode
from planner.documents.reasons import Reason
from planner.hcl.cty.unknowns import UNKNOWN
from planner.network.identity import RULE_ACTIONS, Action, Authorization, GuestRoute
from planner.network.openings import Call, ReachabilityEntry, openings_of, together
from planner.network.ranges import needs_guest_route
from planner.network.security_groups import SecurityGroup
from planner.network.world import Instance, Vpc, World
from planner.network.worlds import Worlds
from planner.plan.changes import Change, ChangeKind, Side
from planner.plan.options import PlanOptions
from planner.plan.order import Ordered
from planner.plan.outputs import as_json
from planner.plan.planned import Planned
from planner.plan.rule_facts import group_facts, member_facts
from planner.plan.selector import Selector
from planner.steps import Place, Slot, Step, StepReason

if TYPE_CHECKING:
    from planner.documents.plan import (
        CheckEntry,
        ObjectAttributes,
        ResourceChange,
        Sides,
        SlotEntry,
        StepEntry,
        SummaryEntry,
        UnreadEntry,
    )
    from planner.documents.plan_proof import ProofEntry, VpcFacts
    from planner.entries import RangeEntry

_WORDS = {str(word): str(word) for words in (Action, Reason, StepReason) for word in words}
"""Each word of a closed set as a plain string, found by its member: one string for all entries."""

_PLAIN = frozenset({str, bool, int, type(None)})
"""The types of values that are JSON as they are."""


class _Shared(Struct):
    """What many entries of a document have in common, made once; nothing of a document is changed in place."""

    actions: dict[ChangeKind, list[str]] = field(default_factory=lambda: {kind: kind.actions for kind in ChangeKind})
    nothing: dict[str, bool] = field(default_factory=dict)
    place: Place | None = None
    declared_at: RangeEntry | None = None
    depended: Sequence[Address] = ()
    dependencies: list[str] = field(default_factory=list)

    def turn_to(self, change: Change) -> None:
        """Neighbours from one block share its range, and what they depend on."""
        if change.place is not self.place:
            self.place = change.place
            self.declared_at = change.place.block.to_json() if change.place else None
        if change.dependencies != self.depended:
            self.depended = change.dependencies
            self.dependencies = [str(dependency) for dependency in change.dependencies]


def resource_changes(changes: Iterable[Change]) -> list[ResourceChange]:
    """The entries of `resource_changes` or `resource_drift`."""
    shared = _Shared()
    return [_resource_change(change, shared) for change in changes]


def _resource_change(change: Change, shared: _Shared) -> ResourceChange:
    shared.turn_to(change)
    address = change.address
    side = change.after or change.before
    entry: ResourceChange = {
        "address": str(address),
        "mode": address.mode if change.managed else "unmanaged",
        "type": address.type,
        "name": address.name,
        "provider": side.provider if side else "",
        "change": _sides(change, shared),
        "action_reason": _WORDS[change.reason],
        "dependencies": shared.dependencies,
        "prevent_destroy": change.prevent_destroy,
        "range": shared.declared_at,
    }
    if change.previous_address is not None:
        entry["previous_address"] = str(change.previous_address)
    if address.key is not None:
        entry["index"] = address.key
    if change.before is not None and change.provider_changes:
        entry["previous_provider"] = change.before.provider
    if address.module:
        entry["module_address"] = address.module_address
    return entry


def _sides(change: Change, shared: _Shared) -> Sides:
    before, after = change.before, change.after
    shown = _attributes(after)
    plain = after is None or shown is after.attributes
    sides: Sides = {
        "actions": shared.actions[change.kind],
        "before": _attributes(before),
        "after": shown,
        "after_unknown": shared.nothing if plain else _unknown(after),
        "before_sensitive": _hidden(before) or shared.nothing,
        "after_sensitive": _hidden(after) or shared.nothing,
        "diff": [{"path": path, "before": as_json(old), "after": as_json(new)} for path, old, new in change.diff],
    }
    if change.importing is not None:
        sides["importing"] = {"id": change.importing}
    return sides


def _attributes(side: Side | None) -> ObjectAttributes | None:
    """The attributes that may be shown; which ones there are, the schema of the resource type says.

    Mostly they are JSON as they are: then they are no copy.
    """
    if side is None:
        return None
    found = side.attributes
    if type(found) is dict and not side.sensitive and _PLAIN.issuperset(map(type, found.values())):
        return cast("ObjectAttributes", found)
    values = {name: value if type(value) is str else as_json(value) for name, value in found.items()}
    for name in side.sensitive:
        values.pop(name, None)
    return cast("ObjectAttributes", values)


def _unknown(side: Side | None) -> dict[str, bool]:
    return {name: True for name, value in side.attributes.items() if value is UNKNOWN} if side else {}


def _hidden(side: Side | None) -> dict[str, bool] | None:
    return dict.fromkeys(sorted(side.sensitive), True) if side and side.sensitive else None


def step_json(step: Step, world: World, *, by_hand: bool = False) -> StepEntry:
    """An entry of `steps`. `world` is what the provider of the step sees; `by_hand` is one that a person does."""
    target = step.target
    touched: Vpc | Instance | SecurityGroup | None
    if isinstance(target, Authorization):
        touched = world.security_group(target.security_group_id)
    elif target.instance_id is not None:
        touched = world.instances.get(target.instance_id)
    else:
        touched = world.vpcs.get(target.vpc_id or "")
    entry: StepEntry = {
        "id": step.id,
        "action": _WORDS[step.action],
        "address": str(step.address) if step.address else None,
        "provider": step.provider,
        "account_id": (touched.account_id or None) if touched else None,
        "region_id": (touched.region_id or None) if touched else None,
        "needs": list(step.needs),
        "reason": _WORDS[step.reason],
    }
    if target.instance_id is not None:
        entry["instance_id"] = target.instance_id
    if (vpc_id := step.vpc_id) is not None:
        entry["vpc_id"] = vpc_id
    if isinstance(target, GuestRoute):
        entry["destination_cidr_block"] = target.destination_cidr_block
    elif isinstance(target, Authorization):
        _add_rule(entry, step, target)
    if step.action is Action.ATTACH:
        entry["slot"] = _slot_json(step.slot)
    if step.parked:
        entry["parked"] = True
    if by_hand:
        entry["by_hand"] = True
        if isinstance(touched, Instance):
            entry["private_ip"] = touched.private_ip
    return entry


def _add_rule(entry: StepEntry, step: Step, rule: Authorization) -> None:
    entry["security_group_id"] = rule.security_group_id
    entry["source_security_group_id"] = rule.source_security_group_id
    entry["ip_protocol"] = rule.ip_protocol
    entry["port_range"] = rule.port_range
    entry["policy"] = rule.policy
    if step.settings is not None:
        entry["priority"] = step.settings.priority
        entry["description"] = step.settings.description
    if step.rule_id is not None:
        entry["security_group_rule_id"] = step.rule_id


def _slot_json(slot: Slot | None) -> SlotEntry | None:
    if slot is None:
        return None
    return {"from": "free"} if slot.step is None else {"from": "step", "step": slot.step}


def proof_of(ordered: Ordered, worlds: Worlds, *, quota: int, max_unavailable: int | None, offline: bool) -> ProofEntry:
    """The facts at the start that the order relies on, of the VPCs and instances that steps touch, by provider.

    Those of the only provider stand at the top.
    """
    steps: dict[str, list[Step]] = {provider: [] for provider in worlds.by_provider}
    for step in ordered.steps:
        steps.setdefault(step.provider, []).append(step)
    facts = {
        provider: _facts(taken, worlds.of(provider), quota=quota, offline=offline) for provider, taken in steps.items()
    }
    entry: ProofEntry = {
        "max_unavailable": max_unavailable,
        "lanes": [list(lane) for lane in ordered.lanes],
        "worlds": {},
    }
    if len(facts) == 1:
        entry["vpcs"], entry["instances"] = next(iter(facts.values()))
    for provider, (vpcs, instances) in facts.items():
        account = worlds.of(provider).account_id or None
        entry["worlds"][provider] = (
            {"account_id": account}
            if len(facts) == 1
            else {"account_id": account, "vpcs": vpcs, "instances": instances}
        )
        if any(step.action in RULE_ACTIONS for step in steps[provider]):
            part = entry if len(facts) == 1 else entry["worlds"][provider]
            part["security_groups"] = group_facts(steps[provider], worlds.of(provider))
            part["instance_groups"] = member_facts(steps[provider], worlds.of(provider))
    return entry


def _facts(
    steps: Iterable[Step], world: World, *, quota: int, offline: bool
) -> tuple[dict[str, VpcFacts], dict[str, str | None]]:
    """What the steps of one provider rely on, of VPCs and of instances.

    `offline`, a VPC that nothing is known of counts as enabled where no step enables it: apply looks before it begins.
    """
    enabling: set[str | None] = set()
    vpc_ids: set[str | None] = set()
    instance_ids: dict[str | None, None] = {}  # nearly in order already, as no set would be
    for step in steps:
        target = step.target
        vpc_ids.add(step.vpc_id)
        instance_ids[target.instance_id] = None
        if step.action is Action.ENABLE:
            enabling.add(target.vpc_id)
    vpcs: dict[str, VpcFacts] = {
        vpc_id: {
            "linked": len(world.linked_by_vpc.get(vpc_id, ())),
            "quota": quota,
            "enabled": world.vpcs[vpc_id].classic_link_enabled
            if vpc_id in world.vpcs
            else offline and vpc_id not in enabling,
            "guest_route": needs_guest_route(vpc_id, world),
        }
        for vpc_id in sorted(filter(None, vpc_ids))
    }
    return vpcs, {instance_id: world.links.get(instance_id) for instance_id in sorted(filter(None, instance_ids))}


def check_entries(checks: Iterable[CheckResult]) -> list[CheckEntry]:
    """The entries of `checks_blocks`."""
    return [
        {"address": check.address, "kind": check.kind, "status": check.status, "messages": list(check.messages)}
        for check in checks
    ]


def unread(worlds: Worlds) -> list[UnreadEntry]:
    """What could not be read, and by whom; without a subject, all of its kind."""
    entries: list[UnreadEntry] = []
    for provider, world in worlds.by_provider.items():
        found = sorted(world.unread, key=lambda gap: (gap.kind, gap.subject or "", gap.reason))
        entries += (
            {"kind": gap.kind.value, "subject": gap.subject, "reason": gap.reason, "provider": provider}
            for gap in found
        )
    return entries


def is_complete(plan: Planned, options: PlanOptions) -> bool:
    """Whether everything could be read that the plan looks at. With one provider it looks at all that it sees."""
    unread = {provider for provider, world in plan.worlds.by_provider.items() if world.unread}
    if not unread or not plan.worlds.are_several:
        return not unread
    return unread.isdisjoint(_looked_at(plan, options))


def _looked_at(plan: Planned, options: PlanOptions) -> Iterator[str]:
    """The providers of what the plan is about, changed or not, and of the data that it needs."""
    yield from (side.provider for change in plan.changes for side in (change.before, change.after) if side)
    if options.drain is not None:
        return
    targets, excludes = Selector(options.targets), Selector(options.excludes)
    if options.mode is not Mode.DESTROY:
        yield from _data_looked_at(plan, targets, excludes)
    providers = {each.address: each.provider for each in plan.desired.objects}
    for address, provider in chain(providers.items(), ((at, one.provider) for at, one in plan.prior.objects.items())):
        if (not targets.patterns or targets(address)) and not excludes(address):
            yield provider


def _data_looked_at(plan: Planned, targets: Selector, excludes: Selector) -> Iterator[str]:
    """The providers of the data that the plan needs: of a part, that which something of the part needs."""
    if not targets.patterns and not excludes.patterns:
        yield from plan.desired.data_read
        return
    done = {text for change in plan.changes for text in change.address.prefixes()}
    for provider, needing in plan.desired.data_read.items():
        if _needs_data(needing, done, targets, excludes):
            yield provider


def _needs_data(needing: Collection[str], done: Collection[str], targets: Selector, excludes: Selector) -> bool:
    """Whether something that is done, or meant, needs data; `needing` are the addresses of all that does."""
    if targets.patterns:
        return any(text in done or (targets.overlaps(text) and not excludes.covers(text)) for text in needing)
    return not needing or not all(map(excludes.covers, needing))


def reachability(steps: Sequence[Step], worlds: Worlds) -> ReachabilityEntry:
    """What the steps open and close, each provider's in its own world. A plan that is not applied has none that do."""
    if not worlds.are_several:
        world = next(iter(worlds.by_provider.values()), World())
        return openings_of(world, map(_call, steps)).to_json()
    taken: dict[str, list[Call]] = {provider: [] for provider in worlds.by_provider}
    for step in steps:
        taken.setdefault(step.provider, []).append(_call(step))
    found = {provider: openings_of(worlds.of(provider), calls).to_json() for provider, calls in taken.items()}
    return together(found)


def _call(step: Step) -> Call:
    return step.action, step.target, step.settings


def summary(changes: Sequence[Change], unchanged: int, steps: int) -> SummaryEntry:
    """How many objects are added, changed, … . What is replaced is added and destroyed; a move is neither."""
    kinds: Counter[ChangeKind] = Counter()
    moves = readdressed = imported = 0
    for change in changes:
        kinds[change.kind] += 1
        moves += change.is_move
        elsewhere = change.previous_address is not None or change.reason is Reason.PROVIDER_CHANGED
        readdressed += elsewhere and change.kind not in (ChangeKind.DELETE, ChangeKind.FORGET)
        imported += change.importing is not None
    replaced = kinds[ChangeKind.REPLACE] - moves
    return {
        "add": kinds[ChangeKind.CREATE] + replaced,
        "change": kinds[ChangeKind.UPDATE],
        "move": moves,
        "destroy": kinds[ChangeKind.DELETE] + replaced,
        "forget": kinds[ChangeKind.FORGET],
        "readdress": readdressed,
        "import": imported,
        "unchanged": unchanged,
        "steps": steps,
    }
