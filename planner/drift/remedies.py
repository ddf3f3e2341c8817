"""The ways out of drift, as commands and HCL that can be pasted: restore what was, or accept what is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from planner.address import Address, import_command
from planner.diagnostics import listed
from planner.drift.dropping import taken_out, where
from planner.drift.referrers import Drop, Referrers
from planner.drift.ways import Apart, AtOnce, Direction, Follow, Way, after_edit, command, targeting
from planner.hcl.writing.literals import string_literal
from planner.network.identity import Authorization, Enablement, GuestRoute, Identity, Link, RuleSettings
from planner.network.names import natural_key
from planner.network.presence import vpc_of_rule
from planner.network.world import World
from planner.remedy import AND, Command, File, Remedy, Snippet, cl
from planner.rules.by_hand import detach, disable, enable, revoke
from planner.rules.offered_blocks import DEFAULT_SETTINGS, Blocks
from planner.steps import Place

READ_AGAIN = Way(Remedy.of("Give the provider permission to read it, then run ", cl("drift"), " again."))
_THEN_READ = Remedy.of("\nThen run ", cl("drift"), " again.")
_MOST = 10
"""So many instances are named."""


def read_again(known: Remedy) -> Way:
    """How something can be read after all; `known` is what the provider says about it, if anything."""
    return Way(Remedy.of(known, _THEN_READ)) if known else READ_AGAIN


def apply(direction: Direction, address: Address | None) -> Way:
    """The command that makes the cloud what the configuration says."""
    return _targeting(direction, AtOnce.APPLY, address)


def refresh(address: Address | None) -> Way:
    """The command that makes the state what the cloud says of this object, and of no other."""
    return _targeting(Direction.ACCEPT, AtOnce.REFRESH, address)


def settle(address: Address | None, settings: Mapping[str, object]) -> Way:
    """What to write into the configuration, so that it asks for the settings that the rule has."""
    written = " and ".join(
        f"{name} = {string_literal(value) if isinstance(value, str) else value}" for name, value in settings.items()
    )
    then = _command(AtOnce.REFRESH, address)
    how = Remedy.of(f"set {written} for {address} in the configuration, then ", then)
    return Way(how, Direction.ACCEPT, names_object=True)


def take_over(found: Identity, address: Address | None) -> Way:
    """The commands that move a link that is not managed to where the configuration has it."""
    how = Remedy.of(import_command(address, found.id), AND, _command(AtOnce.APPLY, address))
    return Way(how, Direction.RESTORE, takes_over=True)


def follow_all(found: Sequence[Follow], targets: Sequence[Address | str] | None = None) -> Way:
    """What to write for each of these addresses, all of which get one VPC. `targets` say in a command what they are, if
    not each by itself. Without any, it is all that differs.

    One instance of a block cannot be edited by itself, unless all instances are meant: the place that its value comes
    from is named.
    """
    vpc_id = string_literal(found[0].vpc_id)
    counts = Counter(each.address.resource for each in found)
    at: dict[str, None] = {}
    comes_from: dict[Remedy, None] = {}
    for each in found:
        resource = each.address.resource
        if not each.is_one_of_many:
            at[str(each.address)] = None
        elif counts[resource] == each.instances and not any(key is not None for _, key in resource.module):
            at[str(resource)] = None
        else:
            comes_from[where(each.place, "vpc_id")] = None
    edits = [Remedy.of(f"set vpc_id = {vpc_id} at {listed(at)}")] if at else []
    if comes_from:
        whose = "its" if len(found) == 1 else "their"
        places = Remedy.join(" and", [*comes_from])
        unless = ", unless other instances use the same value"
        edits.append(Remedy.of(f"set {vpc_id} where {whose} vpc_id comes from", places, unless))
    then = after_edit(found[0].then, [each.address for each in found] if targets is None else targets)
    how = Remedy.of(Remedy.join(", and ", edits), "; then " if comes_from else ", then ", then)
    one = found[0] if len(found) == 1 else None
    return Way(how, Direction.ACCEPT, follows=one, names_object=not comes_from)


def follow(
    link: Link, address: Address, place: Place | None, instances: int, blocks: Blocks, *, managed: bool
) -> tuple[Way, ...]:
    """What to write into the configuration, so that it asks for the link that is there.

    For one of several instances of a block, that is also the block that declares this one alone.
    """
    then = AtOnce.REFRESH if managed else AtOnce.APPLY
    edited = follow_all([Follow(address, link.vpc_id, then, place, instances)])
    if address.key is None or instances == 1:
        return (edited,)
    return edited, set_apart([Apart(link, blocks, Direction.ACCEPT, Drop(address, place, instances=instances))])


def set_apart(found: Sequence[Apart]) -> Way:
    """How these links, all of them to one VPC, are declared by one block of their own."""
    blocks, links = found[0].blocks, [each.link for each in found]
    one = len(found) == 1
    address, block = (
        (blocks.address(links[0]), blocks.snippet(links[0]))
        if one
        else blocks.links([each.instance_id for each in links], links[0].vpc_id)
    )
    drops = [each.drop for each in found if each.drop is not None]
    first = Remedy.of(Remedy.join(" and ", taken_out(drops)), ", ") if drops else ""
    how = Remedy.of(first, _declared(_command(AtOnce.APPLY, address), block, "it" if one else "them"))
    return Way(how, found[0].direction, apart=found[0] if one else None)


def declare(
    direction: Direction,
    identity: Identity,
    address: Address | None,
    blocks: Blocks,
    settings: RuleSettings = DEFAULT_SETTINGS,
) -> Way:
    """The block that declares what the cloud has. `settings` are those of a security rule.

    It goes where the state has it, at `address`; where that is one of many, it gets a block of its own, and an apply
    gives it the new address in the state.
    """
    if address is not None and address.key is None and not address.module:
        block = blocks.snippet(identity, settings, address)
        if direction is not Direction.ACCEPT:
            return Way(Remedy.of("declare it:\n", block), direction)
        return Way(_declared(_command(AtOnce.REFRESH, address), block), direction)
    if isinstance(identity, Link):
        return set_apart([Apart(identity, blocks, direction)])
    adopt = _command(AtOnce.APPLY, blocks.address(identity))
    return Way(_declared(adopt, blocks.snippet(identity, settings)), direction)


def declare_and_adopt(identity: Identity, blocks: Blocks, settings: RuleSettings) -> Way:
    """The block that declares what the cloud has, and the command that then takes it into the state."""
    adopt = import_command(blocks.address(identity), identity.id)
    return Way(_declared(adopt, blocks.snippet(identity, settings)), Direction.ACCEPT)


def _declared(then: Command, block: Snippet, what: str = "it") -> Remedy:
    """The command ends its line, without a colon, so that it can be copied to the end."""
    return Remedy.of(f"declare {what} in the block below, then ", then, "\n", block)


def undo(identity: Identity, world: World, blocks: Blocks) -> Way:
    """How what is not declared is removed: by hand, or a VPC that has links by the command that drains it."""
    vpc = world.vpcs.get(identity.vpc_id or "")
    region = vpc.region_id if vpc else "REGION"
    match identity:
        case Link(instance_id, vpc_id):
            how = detach(region, instance_id, vpc_id).alone(world)
        case Enablement(vpc_id):
            links = world.linked_by_vpc.get(vpc_id, ())
            how = _drain(vpc_id, links, blocks) if links else disable(region, vpc_id).alone(world)
        case GuestRoute(instance_id, destination):
            how = Remedy.of(f"remove the route to {destination} inside {instance_id}")
            if world.file:
                how = Remedy.of("in ", File(world.file), f', remove {destination} from "guest_routes" of {instance_id}')
        case Authorization():
            group = world.security_group(identity.security_group_id)
            region = group.region_id if group else "REGION"
            how = revoke(region, identity).alone(world)
            if not world.file and (off := switched_off(identity, world)) is not None:
                how = Remedy.of(
                    enable(region, off).call,
                    AND,
                    how,
                    f"; this can be removed only while ClassicLink is enabled on {off}",
                )
    return Way(how, Direction.RESTORE)


def undo_and_forget(identity: Identity, address: Address | None, world: World, blocks: Blocks) -> Way:
    """The same for what a plan only forgets, as the state has something else at this address."""
    return Way(
        Remedy.of(undo(identity, world, blocks).how, ", then ", _command(AtOnce.REFRESH, address)), Direction.RESTORE
    )


def switched_off(identity: Identity, world: World) -> str | None:
    """The VPC without whose ClassicLink a security rule cannot be changed, where that is switched off."""
    vpc = world.vpcs.get(vpc_of_rule(identity, world) or "") if isinstance(identity, Authorization) else None
    return vpc.vpc_id if vpc is not None and not vpc.classic_link_enabled else None


def remove(identity: Identity, address: Address | None, world: World, blocks: Blocks, referrers: Referrers) -> Way:
    """How what is declared no more is removed from the cloud, where a plan of it alone may be refused."""
    if (off := switched_off(identity, world)) is not None:
        enablement = referrers.enablement_of((blocks.provider, off))
        if enablement is not None and address is not None:
            return targeting(Direction.CARRY_OUT, AtOnce.APPLY, enablement, address)
        forget = Remedy.of(
            f"the rule can be removed only while ClassicLink is enabled on {off}. To leave it there and forget it: ",
            cl("state", "rm", str(address)),
        )
        return Way(forget, Direction.CARRY_OUT)
    if isinstance(identity, Enablement):
        links = world.linked_by_vpc.get(identity.vpc_id, ())
        if any(not referrers.manages((blocks.provider, Link(each, identity.vpc_id))) for each in links):
            return Way(_drain(identity.vpc_id, links, blocks), Direction.CARRY_OUT)
    return apply(Direction.CARRY_OUT, address)


def _drain(vpc_id: str, instance_ids: Collection[str], blocks: Blocks) -> Remedy:
    links = sorted(instance_ids, key=natural_key)
    more = f" and {len(links) - _MOST:,} more" if len(links) > _MOST else ""
    named = vpc_id if blocks.is_default else f"{blocks.provider}/{vpc_id}"
    drain = cl("apply", "--drain", named, "--include-unmanaged")
    return Remedy.of(drain, f", which detaches {', '.join(links[:_MOST])}{more} first")


def _targeting(direction: Direction, name: AtOnce, address: Address | None) -> Way:
    return targeting(direction, name, *([address] if address else []))


def _command(name: AtOnce, address: Address | None) -> Command:
    return command(name, *([address] if address else []))
