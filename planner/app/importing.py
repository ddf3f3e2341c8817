"""Adopting one object into the state, asked for by hand."""

from __future__ import annotations

from itertools import islice

from planner.address import Address, import_command, is_address, parse_address
from planner.app.groups_read import evaluated
from planner.app.other_workspaces import newly_managed, refuse_taken_over
from planner.app.project import Project
from planner.app.readings import read_worlds
from planner.app.stores import editing
from planner.app.undeclared import undeclared
from planner.config.desired import DesiredObject
from planner.diagnostics import ConfigError, Diagnostic, ProviderError, StateError, did_you_mean
from planner.network.identity import (
    ATTACHMENT,
    GUEST_ROUTE,
    SECURITY_RULE,
    VPC,
    Authorization,
    Enablement,
    GuestRoute,
    Identity,
    Link,
    arguments,
)
from planner.network.kinds import Kind
from planner.network.presence import Presence, computed_attributes, imported, presence
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.remedy import Remedy, cl
from planner.rules.base import listing
from planner.state.edit import adopt
from planner.state.model import State, StateObject
from providers.base import NO_ROUTES

_ID_FORMS = {
    VPC: "VPC_ID",
    ATTACHMENT: "INSTANCE_ID/VPC_ID",
    GUEST_ROUTE: "INSTANCE_ID/CIDR",
    SECURITY_RULE: "GROUP:SOURCE:tcp:80/80:accept",
}
_MOST_COMPARED = 1_000
"""Ids that are looked through for a near one."""
_EXAMPLES = {
    VPC: "vpc-shop",
    ATTACHMENT: "i-web/vpc-shop",
    GUEST_ROUTE: "i-web/192.168.0.0/16",
    SECURITY_RULE: "sg-classic:sg-shop:tcp:80/80:accept",
}
_OTHER_FORMS = {
    SECURITY_RULE: "GROUP/RULE_ID, with a rule id that the cloud shows for that group",
}


def import_object(project: Project, address: str, object_id: str, lock_timeout: float) -> StateObject:
    """Put an existing object into the state. Raises ClError where it is not declared, not there or managed already.

    The cloud is read under the lock, so that no apply changes it while it is read.
    """
    report = project.surroundings.report
    with project.providers() as providers, editing(project.store, "import", lock_timeout, report):
        worlds = read_worlds(providers, project.scope(NO_ROUTES))
        desired, worlds = evaluated(project, project.desired, worlds, State(), providers)
        declared = _declared(address, object_id, desired.objects)
        identity = _identity(declared.address, object_id, worlds.of(declared.provider))
        _check_presence(identity, declared, worlds)
        found = as_held(declared, identity, worlds.of(declared.provider))
        state = project.store.read()
        refuse_taken_over(project, newly_managed(state, [found]))
        project.store.write(adopt(state, found), operation="import")
    return found


def as_held(declared: DesiredObject, identity: Identity, world: World) -> StateObject:
    """What the state remembers of an object that exists already, at the address where it is declared."""
    return StateObject(
        address=declared.address,
        identity=identity,
        attributes={**declared.attributes, **arguments(identity), **computed_attributes(identity, world)},
        provider=declared.provider,
        dependencies=declared.depends_on,
        prevent_destroy=declared.prevent_destroy,
    )


def _declared(text: str, object_id: str, objects: tuple[DesiredObject, ...]) -> DesiredObject:
    address = _parsed(text, object_id)
    for found in objects:
        if found.address == address:
            return found
    raise ConfigError(undeclared(text, address, object_id, objects))


def _parsed(text: str, object_id: str) -> Address:
    try:
        return parse_address(text)
    except ValueError as problem:
        remedy = Remedy.of(cl("state", "list"), " shows some.")
        if is_address(object_id):
            remedy = Remedy.of("Write the address first: ", import_command(object_id, text))
        raise StateError(Diagnostic("STA122", "Not an address", str(problem), remedy)) from None


def _identity(address: Address, object_id: str, world: World) -> Identity:
    identity = imported(address.type, object_id, world)
    if identity is None and address.type == SECURITY_RULE and (block := _source_block(object_id, world)):
        raise StateError(
            Diagnostic(
                "STA126",
                "Id has the wrong form",
                f'"{object_id}" is a rule for the addresses of {block}. A {address.type} names a security group as its '
                "source.",
                Remedy.of("Leave that rule to the tool that made it; ", cl("reach"), " counts it."),
            )
        )
    if identity is None:
        form = _ID_FORMS.get(address.type, "ID")
        example = f", such as {_EXAMPLES[address.type]}" if address.type in _EXAMPLES else ""
        other = [f"\nOr as {also}."] if (also := _OTHER_FORMS.get(address.type)) else []
        raise StateError(
            Diagnostic(
                "STA126",
                "Id has the wrong form",
                f'"{object_id}" does not name a {address.type}.',
                Remedy.of(f"Give it as {form}{example}: ", import_command(address, form), *other),
            )
        )
    return identity


def _source_block(object_id: str, world: World) -> str | None:
    """The addresses that the rule `GROUP/RULE_ID` is about; None where there is none, or a group is its source."""
    group_id, _, rule_id = object_id.partition("/")
    group = world.security_group(group_id)
    rules = group.rules if group is not None and rule_id else ()
    return next((rule.source_cidr_block for rule in rules if rule.rule_id == rule_id), None)


def _check_presence(identity: Identity, declared: DesiredObject, worlds: Worlds) -> None:
    """A guest route that no provider can see is imported on the user's word."""
    world = worlds.of(declared.provider)
    there = presence(identity, world)
    if there is Presence.THERE or (there is Presence.UNKNOWN and identity.type == GUEST_ROUTE):
        return
    others = [key for key, other in worlds.by_provider.items() if presence(identity, other) is Presence.THERE]
    if there is Presence.ABSENT:
        detail = _absent(identity, world)
        if worlds.are_several:
            detail = f"{declared.address} belongs to {declared.provider}, and there {detail}"
        form, example = _ID_FORMS[identity.type], _EXAMPLES[identity.type]
        remedy = Remedy.of(
            f"Check the id: it is {form}, such as {example}. What does not exist yet is made by ",
            cl("apply"),
            ", not imported.",
        )
        if others:
            detail += f" {listing(others)} {'sees' if len(others) == 1 else 'see'} it."
            ways = " or ".join(f"provider = {other}" for other in others)
            remedy = Remedy.of(f"Name the provider in {declared.address.resource}: {ways}")
        else:
            detail += _near(identity, world)
        raise ProviderError(Diagnostic("PRV310", "Nothing to import", detail, remedy))
    why = _why_unread(identity, world)
    raise ProviderError(import_not_read(f"{identity.id} ({identity.type}) could not be read in the cloud{why}."))


def _near(identity: Identity, world: World) -> str:
    """The nearest id of those that the cloud has, for each that it has not."""
    hints = []
    if identity.instance_id and identity.instance_id not in world.instances:
        hints.append(did_you_mean(identity.instance_id, islice(world.instances, _MOST_COMPARED)))
    if identity.vpc_id and identity.vpc_id not in world.vpcs:
        hints.append(did_you_mean(identity.vpc_id, islice(world.vpcs, _MOST_COMPARED)))
    return "".join(hints)


def import_not_read(detail: str) -> Diagnostic:
    """Whether what is to be imported exists could not be read."""
    remedy = Remedy.of("Fix what the reason names, such as a missing permission, then run the command again.")
    return Diagnostic("PRV315", "Object to import could not be read", detail, remedy)


def _why_unread(identity: Identity, world: World) -> str:
    kind = Kind.LINKS if isinstance(identity, Link) else Kind.VPCS
    subjects = [found for found in (identity.instance_id, identity.vpc_id) if found]
    if isinstance(identity, Authorization):
        kind, subjects = Kind.SECURITY_GROUPS, [identity.security_group_id]
    return next((f": {reason.rstrip('.')}" for subject in subjects if (reason := world.why_unread(kind, subject))), "")


def _absent(identity: Identity, world: World) -> str:
    """What of it is not there: the VPC or the instance itself, or only its enablement, its link or its route."""
    vpc_id, instance_id = identity.vpc_id, identity.instance_id
    if vpc_id is not None and vpc_id not in world.vpcs:
        return f"{vpc_id} was not found in the cloud."
    if instance_id is not None and instance_id not in world.instances:
        return f"{instance_id} was not found in the cloud."
    match identity:
        case Enablement():
            return f"{vpc_id} is there, but ClassicLink is not enabled on it."
        case Link():
            linked = world.links.get(identity.instance_id)
            return f"{instance_id} is not linked to {vpc_id}: it is linked to {linked or 'no VPC'}."
        case GuestRoute():
            return f"{instance_id} has no route entry to {identity.destination_cidr_block} through its private NIC."
        case Authorization():
            return _absent_rule(identity, world)


def _absent_rule(rule: Authorization, world: World) -> str:
    for group_id in (rule.security_group_id, rule.source_security_group_id):
        if world.security_group(group_id) is None:
            return f"The security group {group_id} was not found in the cloud."
    return f"{rule.security_group_id} has no such rule: {rule.id}."
