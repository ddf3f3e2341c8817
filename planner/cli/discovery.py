"""Adopting in bulk: what exists and nobody manages, written as configuration and put into the state in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from planner.address import Address
from planner.cli.options import Assignments
from planner.cli.project import Project
from planner.cli.session import Session
from planner.cli.state import editing
from planner.config.desired import Desired
from planner.diagnostics import ClError, ConfigError, Diagnostic, ProviderError, did_you_mean
from planner.hcl.writing import block_label, string_literal
from planner.network.identity import ATTACHMENT, VPC, Enablement, Identity, Link
from planner.network.merge import merge
from planner.network.world import World
from planner.plan.cloud import arguments, facts
from planner.state.edit import adopt_all
from planner.state.model import StateObject


@dataclass(frozen=True, slots=True)
class Found:
    """What one VPC has that is not declared: its links, and whether its enablement is among it."""

    vpc_id: str
    label: str
    provider: str
    instance_ids: tuple[str, ...]
    enablement: bool


def import_all(
    session: Session,
    vpc_ids: tuple[str, ...],
    path: Path,
    assignments: Assignments,
    *,
    ask: bool,
    lock_timeout: float,
) -> tuple[StateObject, ...]:
    """Write to `path` the blocks of every link, and every enabled VPC, that is not declared, and adopt them.

    Without `vpc_ids`, of every VPC. Raises ClError where the file is there already, or a VPC is not seen.
    """
    project = Project(session, assignments, ask=ask)
    with project.providers() as providers:
        worlds = {key: provider.read() for key, provider in providers.items()}
    world = merge(worlds.values())
    _check_vpcs(vpc_ids, world)
    found = list(_undeclared(project.desired(world), worlds, vpc_ids))
    objects = tuple(one for vpc in found for one in _objects(vpc, world))
    if not objects:
        return ()
    with editing(project.store, "import", lock_timeout):
        after = adopt_all(project.store.read(), objects)
        _write(path, "\n".join(_blocks(vpc, several=len(worlds) > 1) for vpc in found))
        try:
            project.store.write(after, operation="import")
        except ClError:
            path.unlink()
            raise
    return objects


def _check_vpcs(vpc_ids: Iterable[str], world: World) -> None:
    problems = [
        Diagnostic(
            "PRV310",
            "Nothing to import",
            f"There is no VPC {vpc_id}.{did_you_mean(vpc_id, world.vpcs)}",
            "Check the id.",
        )
        for vpc_id in vpc_ids
        if vpc_id not in world.vpcs
    ]
    if problems:
        raise ProviderError(problems)


def _undeclared(desired: Desired, worlds: Mapping[str, World], vpc_ids: tuple[str, ...]) -> Iterator[Found]:
    declared = {wanted.identity for wanted in desired.objects}
    taken = {(wanted.address.type, wanted.address.name) for wanted in desired.objects}
    for provider, world in worlds.items():
        for vpc_id in sorted(vpc_ids or world.vpcs):
            vpc = world.vpcs.get(vpc_id)
            if vpc is None:
                continue
            linked = world.linked_by_vpc.get(vpc_id, ())
            instance_ids = tuple(one for one in linked if Link(one, vpc_id) not in declared)
            enablement = vpc.classic_link_enabled and Enablement(vpc_id) not in declared
            if instance_ids or enablement:
                yield Found(vpc_id, _free_label(vpc_id, taken), provider, instance_ids, enablement)


def _free_label(vpc_id: str, taken: set[tuple[str, str]]) -> str:
    """A name that no block of either type has yet; from now on it is taken."""
    label = block_label(vpc_id)
    while (VPC, label) in taken or (ATTACHMENT, label) in taken:
        label += "_imported"
    taken |= {(VPC, label), (ATTACHMENT, label)}
    return label


def _objects(found: Found, world: World) -> Iterator[StateObject]:
    enablement = Address(VPC, found.label)
    if found.enablement:
        yield _object(enablement, Enablement(found.vpc_id), world, found.provider)
    for instance_id in found.instance_ids:
        address = Address(ATTACHMENT, found.label, instance_id)
        needs = (enablement,) if found.enablement else ()
        yield _object(address, Link(instance_id, found.vpc_id), world, found.provider, needs)


def _object(
    address: Address, identity: Identity, world: World, provider: str, dependencies: tuple[Address, ...] = ()
) -> StateObject:
    optional = {"vswitch_ids": None} if identity.type == ATTACHMENT else {}
    attributes = {**arguments(identity), **optional, **facts(identity, world)}
    return StateObject(address, identity, attributes, provider, dependencies)


def _blocks(found: Found, *, several: bool) -> str:
    """The blocks that declare it; each names its provider where there are several."""
    provider = f"  provider = {found.provider}\n" if several else ""
    vpc_id = string_literal(found.vpc_id)
    parts = []
    if found.enablement:
        parts.append(f'resource "{VPC}" "{found.label}" {{\n{provider}  vpc_id = {vpc_id}\n}}\n')
    if found.instance_ids:
        ids = "".join(f"    {string_literal(one)},\n" for one in found.instance_ids)
        target = f"{VPC}.{found.label}.vpc_id" if found.enablement else vpc_id
        parts.append(
            f'resource "{ATTACHMENT}" "{found.label}" {{\n{provider}  for_each = toset([\n{ids}  ])\n\n'
            f"  instance_id = each.key\n  vpc_id      = {target}\n}}\n"
        )
    return "\n".join(parts)


def _write(path: Path, text: str) -> None:
    """Write a new file, never over another one."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as problem:
        raise ConfigError(
            Diagnostic(
                "CFG592",
                "File cannot be written",
                f"{path}: {problem.strerror}.",
                "Name a new file, in a directory that you may write to.",
            )
        ) from None
