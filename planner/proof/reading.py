"""Reading a plan document for the proof. It trusts nothing: a document may have been altered by anyone."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import cast

from planner.network.identity import Subject
from planner.network.world import LINKS_PER_VPC
from planner.proof.plan import (
    ADD_ROUTE,
    ATTACH,
    AUTHORIZE,
    DETACH,
    DISABLE,
    ENABLE,
    FREE,
    LINKS,
    MODIFY,
    REMOVE_ROUTE,
    REVOKE,
    ROUTES,
    RULES,
    Call,
    Change,
    GroupAtStart,
    Plan,
    Rule,
    Step,
    VpcAtStart,
)

_Object = Mapping[str, object]

_FEW = 4

_RULE = ("security_group_id", "source_security_group_id", "ip_protocol", "port_range", "policy")
_RULE_ID = "security_group_rule_id"
_NAMES = {
    ENABLE: ("vpc_id",),
    DISABLE: ("vpc_id",),
    ATTACH: ("instance_id", "vpc_id"),
    DETACH: ("instance_id", "vpc_id"),
    ADD_ROUTE: ("instance_id", "destination_cidr_block"),
    REMOVE_ROUTE: ("instance_id", "destination_cidr_block"),
    AUTHORIZE: _RULE,
    REVOKE: _RULE,
    MODIFY: _RULE,
}
_IDS = ("instance_id", "vpc_id", "destination_cidr_block", *_RULE)
_FOREIGN = {
    action: tuple(name for name in _IDS if name not in names and not (action in RULES and name == "vpc_id"))
    for action, names in _NAMES.items()
}
_OF_STEP = ("address", "provider", "reason")
_OF_CHANGE = ("provider", "action_reason")
_MAKES = {
    "classiclink_vpc": ENABLE,
    "classiclink_attachment": ATTACH,
    "classiclink_guest_route": ADD_ROUTE,
    "classiclink_security_rule": AUTHORIZE,
}
_UNMAKES = {
    "classiclink_vpc": DISABLE,
    "classiclink_attachment": DETACH,
    "classiclink_guest_route": REMOVE_ROUTE,
    "classiclink_security_rule": REVOKE,
}
_CHANGES = {"classiclink_security_rule": MODIFY}


class Malformed(Exception):
    """The document is not what its format says."""


def read_plan(document: _Object) -> Plan:
    """What the proof looks at. Raises Malformed if the document is not what its format says."""
    steps = [_read_step(raw) for raw in _list(document, "steps", "The plan")]
    proof = _mapping(document, "proof", "The plan")
    accounts, vpcs, links = _read_facts(proof, steps)
    changes = [_read_change(raw) for raw in _list(document, "resource_changes", "The plan")]
    max_unavailable, lanes = _read_lanes(proof)
    groups, members = _read_groups(proof, accounts)
    return Plan(steps, changes, accounts, vpcs, links, max_unavailable, lanes, groups, members)


def _read_facts(
    proof: _Object, steps: Sequence[Step]
) -> tuple[dict[str, str | None], dict[Subject, VpcAtStart], dict[str, Mapping[str, str | None]]]:
    """The account of each provider, and the facts of its VPCs and instances. Those of the only one stand at the top."""
    worlds = _mapping(proof, "worlds", "The proof") if "worlds" in proof else {_only_provider(steps): {}}
    vpcs: dict[Subject, VpcAtStart] = {}
    links: dict[str, Mapping[str, str | None]] = {}
    accounts: dict[str, str | None] = {}
    for provider in worlds:
        world = _mapping(worlds, provider, "The proof")
        where = f"The proof of {provider}"
        accounts[provider] = None if world.get("account_id") is None else _text(world, "account_id", where)
        facts = proof if len(worlds) == 1 and "vpcs" not in world else world
        vpcs |= {(provider, vpc_id): vpc for vpc_id, vpc in _read_vpcs(facts).items()}
        links[provider] = _read_links(facts)
    return accounts, vpcs, links


def _only_provider(steps: Sequence[Step]) -> str:
    """The provider that all steps name. Raises Malformed if they name several."""
    providers = sorted({step.provider for step in steps})
    if len(providers) > 1:
        raise Malformed(f"The proof does not say of whose world its facts are: {', '.join(providers)}.")
    return providers[0] if providers else ""


def _read_step(raw: object) -> Step:
    if not isinstance(raw, dict):
        raise Malformed(f"A step is {_shown(raw)}, not an object.")
    action = raw.get("action")
    if not isinstance(action, str) or action not in _NAMES:
        raise Malformed(f"The step {_shown(raw.get('id'))} has an unknown action: {_shown(action)}.")
    for name in _FOREIGN[action]:
        if raw.get(name) is not None:
            raise Malformed(f"{_named(raw)} has the {name} {_shown(raw[name])}, which its action does not have.")
    id_, call = _integer(raw, "id", raw), _read_call(action, raw, raw)
    address, provider, reason = _texts(raw, _OF_STEP, raw)
    needs = _read_needs(raw)
    slot = _read_slot(raw, action)
    parked = "parked" in raw and _read_parked(raw, action)
    if action not in RULES:
        return Step(id_, call, address, provider, needs, slot, parked, reason)
    rule_vpc = _text(raw, "vpc_id", raw) if raw.get("vpc_id") is not None else ""
    rule_id = _text(raw, _RULE_ID, raw) if raw.get(_RULE_ID) is not None else ""
    return Step(id_, call, address, provider, needs, slot, parked, reason, rule_vpc, rule_id)


def _read_needs(raw: _Object) -> Collection[int]:
    """The needs, to be searched: a few are as quickly found in the list itself."""
    listed = _list(raw, "needs", raw)
    for need in listed:
        if type(need) is not int:
            _whole(need, "needs", raw)
    if len(listed) < 2:
        return cast(Sequence[int], listed)
    needs = frozenset(cast(Sequence[int], listed))
    if len(needs) != len(listed):
        raise Malformed(f"{_named(raw)} names one of its needs twice.")
    return cast(Sequence[int], listed) if len(listed) <= _FEW else needs


def _read_call(action: str, raw: _Object, where: _Where) -> Call:
    names = _NAMES[action]
    if action in RULES:
        rule = Rule(*_texts(raw, _RULE, where))
        return Call(action, "", "", "", rule, None if action == REVOKE else _read_settings(raw, where))
    if action in LINKS:
        instance_id, vpc_id = _texts(raw, names, where)
        return Call(action, instance_id, vpc_id)
    if action in ROUTES:
        instance_id, destination = _texts(raw, names, where)
        return Call(action, instance_id, "", destination)
    return Call(action, "", _text(raw, "vpc_id", where))


def _read_settings(raw: _Object, where: _Where) -> tuple[int, str]:
    description = raw.get("description")
    if not isinstance(description, str):
        raise Malformed(f'{_named(where)} must have a text as "description"; this is {_shown(description)}.')
    return _integer(raw, "priority", where), description


def _read_parked(raw: _Object, action: str) -> bool:
    parked = raw.get("parked")
    if not isinstance(parked, bool) or (parked and action != DETACH):
        raise Malformed(f'{_named(raw)} has an invalid value for "parked": {_shown(parked)}.')
    return parked


def _read_slot(raw: _Object, action: str) -> int | None:
    slot = raw.get("slot")
    if action != ATTACH:
        if slot is not None:
            raise Malformed(f"{_named(raw)} has a slot, but is not an attach.")
        return None
    if isinstance(slot, dict):
        if slot.get("from") == "free" and slot.get("step") is None:
            return FREE
        if slot.get("from") == "step" and (step := _whole(slot.get("step"), "step", raw)) != FREE:
            return step
    raise Malformed(f'{_named(raw)} has an invalid value for "slot": {_shown(slot)}.')


def _read_vpcs(proof: _Object) -> dict[str, VpcAtStart]:
    raw = _mapping(proof, "vpcs", "The proof")
    return {vpc_id: _read_vpc(_mapping(raw, vpc_id, "The proof"), f"The proof of {vpc_id}") for vpc_id in raw}


def _read_vpc(raw: _Object, where: str) -> VpcAtStart:
    vpc = VpcAtStart(
        linked=_integer(raw, "linked", where),
        quota=_integer(raw, "quota", where),
        enabled=_boolean(raw, "enabled", where),
        guest_route="guest_route" in raw and _boolean(raw, "guest_route", where),
    )
    if vpc.linked < 0 or not 0 <= vpc.quota <= LINKS_PER_VPC:
        raise Malformed(f"{where} counts {vpc.linked} links of {vpc.quota}; a VPC has {LINKS_PER_VPC} slots.")
    return vpc


def _read_links(proof: _Object) -> Mapping[str, str | None]:
    raw = _mapping(proof, "instances", "The proof")
    for instance_id, linked_to in raw.items():
        if linked_to is not None and (type(linked_to) is not str or not linked_to):
            _text(raw, instance_id, "The proof")
    return cast(Mapping[str, str | None], raw)


def _read_groups(
    proof: _Object, providers: Collection[str]
) -> tuple[dict[Subject, GroupAtStart], dict[Subject, Collection[str]]]:
    """The security groups, and the groups of instances, as far as they are known."""
    groups: dict[Subject, GroupAtStart] = {}
    members: dict[Subject, Collection[str]] = {}
    for provider in providers:
        facts = (
            proof if len(providers) == 1 else _mapping(_mapping(proof, "worlds", "The proof"), provider, "The proof")
        )
        if "security_groups" in facts:
            found = _mapping(facts, "security_groups", "The proof")
            groups |= {(provider, group_id): _read_group(found, group_id) for group_id in found}
        if "instance_groups" in facts:
            own = _mapping(facts, "instance_groups", "The proof")
            members |= {(provider, one): frozenset(map(str, _list(own, one, "The proof"))) for one in own}
    return groups, members


def _read_group(found: _Object, group_id: str) -> GroupAtStart:
    raw, where = _mapping(found, group_id, "The proof"), f"The proof of {group_id}"
    sources = _mapping(raw, "sources", where)
    return GroupAtStart(
        vpc_id=None if raw.get("vpc_id") is None else _text(raw, "vpc_id", where),
        rules=_integer(raw, "rules", where),
        sources={source: _integer(sources, source, where) for source in sources},
    )


def _read_lanes(proof: _Object) -> tuple[int | None, list[list[int]]]:
    if proof.get("max_unavailable") is None:
        return None, []
    lanes = [
        [_whole(step, "lanes", "The proof") for step in _listed(lane, "lanes", "The proof")]
        for lane in _list(proof, "lanes", "The proof")
    ]
    return _integer(proof, "max_unavailable", "The proof"), lanes


def _read_change(raw: object) -> Change:
    if not isinstance(raw, dict):
        raise Malformed(f"A change is {_shown(raw)}, not an object.")
    address = _text(raw, "address", "A change")
    provider, reason = _texts(raw, _OF_CHANGE, address)
    change = _mapping(raw, "change", address)
    actions = _list(change, "actions", address)
    adds = "create" in actions and change.get("importing") is None
    return Change(
        address,
        provider,
        _text(raw, "previous_provider", address) if "previous_provider" in raw else provider,
        reason,
        _read_side(_UNMAKES, raw, change, "before", address) if "delete" in actions else None,
        _read_side(_MAKES, raw, change, "after", address) if adds else None,
        _read_update(raw, change, address) if "update" in actions else None,
    )


def _read_update(raw: _Object, change: _Object, address: str) -> Call | None:
    """What an update asks of the cloud: to change the settings of a rule, where they differ."""
    if raw.get("type") not in _CHANGES:
        return None
    before, after = (_read_side(_CHANGES, raw, change, side, address) for side in ("before", "after"))
    return after if before.settings != after.settings else None


def _read_side(actions: Mapping[str, str], raw: _Object, change: _Object, side: str, address: str) -> Call:
    kind = _text(raw, "type", address)
    action = actions.get(kind)
    if action is None:
        raise Malformed(f"{address} has the type {_shown(kind)}, which no step is for.")
    return _read_call(action, _mapping(change, side, address), address)


_Where = str | _Object
"""What a problem is about: in words, or a step as the document has it. Its words are made where there is a problem."""


def _named(where: _Where) -> str:
    return where if isinstance(where, str) else f"The step {_shown(where.get('id'))} ({where.get('action')})"


def _mapping(raw: _Object, key: str, where: _Where) -> _Object:
    value = raw.get(key)
    if not isinstance(value, dict):
        raise Malformed(f'{_named(where)} must have an object as "{key}"; this is {_shown(value)}.')
    return value


def _list(raw: _Object, key: str, where: _Where) -> Sequence[object]:
    return _listed(raw.get(key), key, where)


def _listed(value: object, key: str, where: _Where) -> Sequence[object]:
    if not isinstance(value, (list, tuple)):
        raise Malformed(f'{_named(where)} must have a list as "{key}"; this is {_shown(value)}.')
    return value


def _integer(raw: _Object, key: str, where: _Where) -> int:
    return _whole(raw.get(key), key, where)


def _whole(value: object, key: str, where: _Where) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(f'{_named(where)} must have a whole number as "{key}"; this is {_shown(value)}.')
    return value


def _boolean(raw: _Object, key: str, where: _Where) -> bool:
    value = raw.get(key)
    if not isinstance(value, bool):
        raise Malformed(f'{_named(where)} must have true or false as "{key}"; this is {_shown(value)}.')
    return value


def _text(raw: _Object, key: str, where: _Where) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise Malformed(f'{_named(where)} must have a text as "{key}"; this is {_shown(value)}.')
    return value


def _texts(raw: _Object, keys: Sequence[str], where: _Where) -> list[str]:
    """Several texts at once: a third quicker than one by one."""
    return [value if isinstance(value := raw.get(key), str) and value else _text(raw, key, where) for key in keys]


def _shown(found: object) -> str:
    """A value as JSON has it."""
    return json.dumps(found, ensure_ascii=False, default=str)
