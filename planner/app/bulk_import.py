"""Adopting in bulk: what exists unmanaged is put into the state in one pass.

What is declared goes to the address that declares it; the rest is written as configuration first, where that is asked.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path
from shlex import quote

from msgspec import Struct

from planner.address import Address, in_address_order
from planner.app.importing import as_held, import_not_read
from planner.app.other_workspaces import newly_managed, refuse_taken_over
from planner.app.pending import find_pending, not_imported
from planner.app.project import Project
from planner.app.readings import read_worlds
from planner.app.stores import editing
from planner.config.desired import Desired
from planner.config.load import is_configuration
from planner.diagnostics import ConfigError, Diagnostic, ProviderError, StateError, did_you_mean
from planner.hcl.writing.literals import block_label, resource_block, string_literal
from planner.network.identity import (
    ATTACHMENT,
    SECURITY_RULE,
    VPC,
    Authorization,
    Enablement,
    Identity,
    Link,
    ObjectKey,
    RuleSettings,
    arguments,
)
from planner.network.kinds import Kind
from planner.network.presence import Presence, computed_attributes, presence, vpc_of_rule
from planner.network.world import Unread, World
from planner.network.worlds import Worlds, default_provider
from planner.remedy import Again, Remedy, cl
from planner.rules.offered_blocks import arguments_written, settings_written
from planner.state.edit import adopt_all, by_key
from planner.state.model import State, StateObject
from planner.values import replace
from planner.writing import how_to_write, write_new
from providers.base import NO_ROUTES


class Found(Struct, frozen=True):
    """What one VPC has that is not declared: its links, its security rules by the names of their blocks, and whether
    its enablement is among it.
    """

    vpc_id: str
    label: str
    provider: str
    instance_ids: tuple[str, ...]
    enablement: bool
    rules: Mapping[str, Authorization]


class Imported(Struct, frozen=True):
    """How many objects were adopted: `declared` where they are declared, `written` with their blocks.

    `left` are those that exist and are not declared, where no file was named for their blocks; `unread` is, by
    provider, what could not be read, and may have more.
    """

    declared: int
    written: int
    left: int
    unread: Mapping[str, tuple[Unread, ...]]

    @property
    def is_complete(self) -> bool:
        """Whether everything could be read."""
        return not any(self.unread.values())


def import_all(project: Project, vpc_ids: tuple[str, ...], path: Path | None, lock_timeout: float) -> Imported:
    """Adopt what is declared and exists. With `path`, adopt what is not declared, too, and write its blocks there.

    Without `vpc_ids`, of every VPC. The cloud is read under the lock, so that no apply changes it. The blocks
    come first: what is declared and not in the state is adopted by the next apply, while what is in the state and not
    declared would be destroyed. Raises ClError, with nothing written, where the configuration would not read the file
    or it is there already, where a VPC is not seen, and where the state has what no block declares; with the blocks
    written, where the state cannot be.
    """
    surroundings = project.surroundings
    if path is not None:
        _check_file(path, surroundings.directory)
    with project.providers() as providers, editing(project.store, "import", lock_timeout, surroundings.report):
        worlds = read_worlds(providers, NO_ROUTES.and_groups())
        _check_vpcs(vpc_ids, worlds)
        unread = {key: _unread(world, vpc_ids) for key, world in worlds.by_provider.items()}
        desired = project.desired(worlds)
        pending = find_pending(desired, project.prior(worlds), worlds, vpc_ids)
        if pending:
            surroundings.report([not_imported(pending)])
        found = list(_undeclared(desired, worlds, vpc_ids, {(one.desired.provider, one.now) for one in pending}))
        undeclared = [one for vpc in found for one in _objects(vpc, worlds.of(vpc.provider))]
        state = project.store.read()
        declared = list(_declared(desired, state, worlds, vpc_ids))
        written = undeclared if path is not None else []
        refuse_taken_over(project, newly_managed(state, [*declared, *written]))
        if path is None or not undeclared:
            project.store.write(adopt_all(state, declared), operation="import")
            return Imported(len(declared), 0, len(undeclared), unread)
        try:
            _check_unmanaged(undeclared, state)
        except StateError as error:
            raise error.again(surroundings.command_line.same(project.evaluation.plain_variables())) from None
        after = adopt_all(state, (*declared, *undeclared))
        _write(path, "\n".join(_blocks(vpc, worlds) for vpc in found))
        try:
            project.store.write(after, operation="import")
        except StateError as error:
            raise StateError(_declared_already(problem, path) for problem in error.diagnostics) from None
    return Imported(len(declared), len(undeclared), 0, unread)


def _check_file(path: Path, directory: Path) -> None:
    """Objects whose blocks are nowhere in the configuration would be destroyed by the next apply."""
    if (
        os.path.realpath(path.parent) == os.path.realpath(directory)
        and path.suffix == ".hcl"
        and is_configuration(path.name)
    ):
        return
    name = path.stem if is_configuration(f"{path.stem}.hcl") else "imported"
    raise ConfigError(
        Diagnostic(
            "CFG597",
            "File is not part of the configuration",
            f"{path} would not be read: cl reads the *.hcl files directly in {directory.resolve()}. The next apply "
            "would delete what is imported but not declared, so nothing was imported.",
            Remedy.of(f"Name a file there: --write {quote(f'{name}.hcl')}"),
        )
    )


def _declared(desired: Desired, state: State, worlds: Worlds, vpc_ids: Collection[str]) -> Iterator[StateObject]:
    """What is declared and exists, where neither its address nor itself is in the state yet."""
    known = set(state.keys)
    for declared in in_address_order(desired.objects):
        identity, key = declared.identity, (declared.provider, declared.identity)
        world = worlds.of(declared.provider)
        vpc_id = vpc_of_rule(identity, world) if isinstance(identity, Authorization) else identity.vpc_id
        if declared.address in state.objects or key in known or (vpc_ids and vpc_id not in vpc_ids):
            continue
        if presence(identity, world) is Presence.THERE:
            known.add(key)
            yield as_held(declared, identity, world)


_MOST_NAMED = 20


def _check_unmanaged(undeclared: Iterable[StateObject], state: State) -> None:
    """Refuse what the state has already: blocks were lost, or the next apply is meant to destroy it."""
    managed = by_key(state)
    lost = [known for one in undeclared if (known := managed.get((one.provider, one.identity))) is not None]
    if not lost:
        return
    names = list(_names(lost, state))
    more = len(names) - _MOST_NAMED
    rest = f"  # and then the {more:,} more that the next line names" if more > 0 else ""
    raise StateError(
        Diagnostic(
            "STA127",
            "Objects are managed, but not declared",
            f"The state has {len(lost):,} of these objects already, such as {lost[0].address}, but the configuration "
            "does not declare them: the next apply would delete them. Nothing was imported.",
            Remedy.of(
                "If a file of the configuration was lost, bring it back. To declare them again, forget them first:\n  ",
                cl("state", "rm", *names[:_MOST_NAMED]),
                f"{rest}\n  ",
                Again(name="import"),
            ),
        )
    )


def _names(lost: Iterable[StateObject], state: State) -> Iterable[str]:
    """What stands in the state for these objects and for no other one: their addresses, or those of whole resources."""
    gone = {one.address for one in lost}
    shared = {address.resource_key for address in state.objects if address not in gone}
    return dict.fromkeys(str(one if one.resource_key in shared else one.resource) for one in gone)


def _check_vpcs(vpc_ids: Iterable[str], worlds: Worlds) -> None:
    problems = [_not_seen(vpc_id, worlds) for vpc_id in vpc_ids if not worlds.who_sees_vpc(vpc_id)]
    if problems:
        raise ProviderError(problems)


def _not_seen(vpc_id: str, worlds: Worlds) -> Diagnostic:
    reasons = [
        f"{f'{key}: ' if worlds.are_several else ''}{reason.rstrip('.')}"
        for key, world in worlds.by_provider.items()
        if (reason := world.why_unread(Kind.VPCS, vpc_id))
    ]
    if reasons:
        return import_not_read(f"{vpc_id} could not be read: {'; '.join(reasons)}.")
    known = [seen for world in worlds.by_provider.values() for seen in world.vpcs]
    detail = f"There is no VPC {vpc_id}.{did_you_mean(vpc_id, known)}"
    return Diagnostic("PRV310", "Nothing to import", detail, Remedy.of("Check the id."))


def _unread(world: World, vpc_ids: Collection[str]) -> tuple[Unread, ...]:
    """What could not be read, but for what is of other VPCs than those that were asked for."""
    others = world.vpcs.keys() - set(vpc_ids) if vpc_ids else ()
    return tuple(one for one in world.unread if one.subject not in others)


def _undeclared(
    desired: Desired, worlds: Worlds, vpc_ids: tuple[str, ...], pending: Collection[ObjectKey]
) -> Iterator[Found]:
    declared = {(each.provider, each.identity) for each in desired.objects} | set(pending)
    taken = {(each.address.type, each.address.name) for each in desired.objects}
    for provider, world in worlds.by_provider.items():
        rules: dict[str, list[Authorization]] = defaultdict(list)
        for rule in sorted(world.rules_by_source):
            if (of_rule := vpc_of_rule(rule, world)) is not None and (provider, rule) not in declared:
                rules[of_rule].append(rule)
        for vpc_id in sorted(vpc_ids or world.vpcs):
            vpc = world.vpcs.get(vpc_id)
            if vpc is None:
                continue
            linked = world.linked_by_vpc.get(vpc_id, ())
            instance_ids = tuple(one for one in linked if (provider, Link(one, vpc_id)) not in declared)
            enablement = vpc.classic_link_enabled and (provider, Enablement(vpc_id)) not in declared
            if instance_ids or enablement or rules[vpc_id]:
                label = _free_label(vpc_id, taken)
                named = {_free_rule_label(rule, taken): rule for rule in rules[vpc_id]}
                yield Found(vpc_id, label, provider, instance_ids, enablement, named)


def _free_label(vpc_id: str, taken: set[tuple[str, str]]) -> str:
    """A name that no block of either type has yet; from now on it is taken."""
    label = block_label(vpc_id)
    while (VPC, label) in taken or (ATTACHMENT, label) in taken:
        label += "_imported"
    taken |= {(VPC, label), (ATTACHMENT, label)}
    return label


def _free_rule_label(rule: Authorization, taken: set[tuple[str, str]]) -> str:
    """A name that no block of a security rule has yet; from now on it is taken."""
    stem = block_label(f"{rule.source_security_group_id}-to-{rule.security_group_id}")
    names = (f"{stem}-{number}" if number > 1 else stem for number in count(1))
    label = next(name for name in names if (SECURITY_RULE, name) not in taken)
    taken.add((SECURITY_RULE, label))
    return label


def _objects(found: Found, world: World) -> Iterator[StateObject]:
    enablement = Address(VPC, found.label)
    if found.enablement:
        yield _object(enablement, Enablement(found.vpc_id), world, found.provider)
    for instance_id in found.instance_ids:
        address = Address(ATTACHMENT, found.label, instance_id)
        needs = (enablement,) if found.enablement else ()
        yield _object(address, Link(instance_id, found.vpc_id), world, found.provider, needs)
    for label, rule in found.rules.items():
        yield _object(Address(SECURITY_RULE, label), rule, world, found.provider)


def _object(
    address: Address, identity: Identity, world: World, provider: str, dependencies: tuple[Address, ...] = ()
) -> StateObject:
    optional = {"vswitch_ids": None} if identity.type == ATTACHMENT else {}
    attributes = {**arguments(identity), **optional, **computed_attributes(identity, world)}
    return StateObject(address, identity, attributes, provider, dependencies)


def _blocks(found: Found, worlds: Worlds) -> str:
    """The blocks that declare it, as `cl fmt` writes them; each names its provider unless that is the default one."""
    is_default = found.provider == default_provider(worlds.by_provider)
    provider = "" if is_default else f"  provider = {found.provider}\n"
    vpc_id = string_literal(found.vpc_id)
    argument = f"  vpc_id   = {vpc_id}\n" if provider else f"  vpc_id = {vpc_id}\n"
    parts = []
    if found.enablement:
        parts.append(f'resource "{VPC}" "{found.label}" {{\n{provider}{argument}}}\n')
    if found.instance_ids:
        ids = "".join(f"    {string_literal(one)},\n" for one in found.instance_ids)
        target = f"{VPC}.{found.label}.vpc_id" if found.enablement else vpc_id
        parts.append(
            f'resource "{ATTACHMENT}" "{found.label}" {{\n{provider}  for_each = toset([\n{ids}  ])\n\n'
            f"  instance_id = each.key\n  vpc_id      = {target}\n}}\n"
        )
    rules = worlds.of(found.provider).rules_by_source
    for label, rule in found.rules.items():
        settings = RuleSettings(rules[rule].priority, rules[rule].description)
        written = {**arguments_written(rule), **settings_written(settings)}
        parts.append(resource_block(SECURITY_RULE, label, written, None if is_default else found.provider) + "\n")
    return "\n".join(parts)


def _write(path: Path, text: str) -> None:
    """Write a new file, never over another one."""
    try:
        write_new(path, text)
    except OSError as problem:
        raise ConfigError(
            Diagnostic(
                "CFG592",
                "File cannot be written",
                f"{path}: {problem.strerror or problem}. Nothing was imported.",
                how_to_write(
                    problem,
                    "Name a new file."
                    if isinstance(problem, FileExistsError)
                    else "Name a file in a directory that exists and is writable.",
                ),
            )
        ) from None


def _declared_already(problem: Diagnostic, path: Path) -> Diagnostic:
    """A state that could not be written, where the blocks of what it was to hold are written already."""
    kept = f"{path} was written and declares what was imported, so no apply deletes it."
    return replace(
        problem,
        detail=f"{problem.detail} {kept}",
        remedy=Remedy.of(problem.remedy, "\nOr run ", cl("import", "--all"), "."),
    )
