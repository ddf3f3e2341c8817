"""What other workspaces of the same backend manage: nothing of it is taken over without a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from planner.address import Address
from planner.app.places import cloud_files
from planner.app.project import Project
from planner.config.desired import Limits
from planner.diagnostics import ClError, ConfigError, Diagnostic, Severity, StateError, counted
from planner.network.identity import Identity
from planner.plan.changes import Side
from planner.remedy import Remedy, cl
from planner.state.model import State, StateObject
from planner.state.workspace import in_workspace
from planner.values import replace

Claim = tuple[Address, Side]
"""An object that is to be managed at an address of the workspace in use."""

_TAKEN_OVER = "STA460"
_NAMED = 10
"""So many addresses are in the command that forgets what another workspace manages."""
_TELLING = ("account_id", "region_id")
"""The attributes that say which cloud an object is in."""


def newly_managed(before: State, after: Iterable[StateObject]) -> tuple[Claim, ...]:
    """The objects that a state takes on which it did not have."""
    return tuple((found.address, found) for found in after if (found.provider, found.identity) not in before.keys)


def refuse_taken_over(project: Project, claims: Sequence[Claim]) -> None:
    """Report what is taken over from other workspaces. Raises StateError where `adopt = false` forbids it.

    A configuration that cannot be evaluated has no limits; it is looked at only where something is taken over.
    """
    problems = OtherWorkspaces(project).taken_over(claims, Limits())
    taken_over = [problem for problem in problems if problem.code == _TAKEN_OVER]
    if taken_over and not _may_adopt(project):
        raise StateError(replace(problem, severity=Severity.ERROR) for problem in taken_over)
    project.surroundings.report(problems)


def _may_adopt(project: Project) -> bool:
    try:
        limits, _ = project.evaluation.settings()
    except ConfigError:
        return True
    return limits.adopt


class OtherWorkspaces(Struct):
    """The workspaces beside the one in use. Their states are read when it is first asked for what they manage."""

    project: Project
    _files: dict[str, Mapping[str, Mapping[str, str]] | None] = field(default_factory=dict)

    def taken_over(self, claims: Sequence[Claim], limits: Limits) -> tuple[Diagnostic, ...]:
        """STA460 for each other workspace that manages some of these objects; STA461 for one that cannot be read."""
        if not claims:
            return ()
        try:
            others = [name for name in self.project.workspaces.list() if name != self.project.workspace]
        except ClError as error:
            return (_not_looked_at("The other workspaces", error),)
        return tuple(problem for name in others for problem in self._of(name, claims, limits))

    def _of(self, name: str, claims: Sequence[Claim], limits: Limits) -> Iterator[Diagnostic]:
        try:
            state = self.project.workspaces.store(name).read()
        except ClError as error:
            yield _not_looked_at(f'The workspace "{name}"', error)
            return
        managed: dict[Identity, list[StateObject]] = {}
        for found in state.objects.values():
            managed.setdefault(found.identity, []).append(found)
        taken = [
            (address, theirs)
            for address, ours in claims
            for theirs in managed.get(ours.identity, ())
            if self._is_same_cloud(ours, theirs, name)
        ]
        if taken:
            yield _taken_over(name, taken, state, Severity.WARNING if limits.adopt else Severity.ERROR)

    def _is_same_cloud(self, ours: Side, theirs: Side, workspace: str) -> bool:
        """Whether nothing says that the two are in different clouds: the same id in another account is another."""
        for attribute in _TELLING:
            here, there = ours.attributes.get(attribute), theirs.attributes.get(attribute)
            if here and there and here != there:
                return False
        here_in, there_in = self._cloud(self.project.workspace, ours), self._cloud(workspace, theirs)
        return here_in is None or there_in is None or here_in == there_in

    def _cloud(self, workspace: str, side: Side) -> tuple[str, Mapping[str, str]] | None:
        """The provider and the files that its block, as it is in this workspace, names; None where that is unknown."""
        if workspace not in self._files:
            try:
                self._files[workspace] = cloud_files(self.project, workspace)
            except ConfigError:
                self._files[workspace] = None
        files = self._files[workspace]
        found = None if files is None else files.get(side.provider)
        return None if found is None else (side.provider.partition(".")[0], found)


def _taken_over(
    name: str, taken: Sequence[tuple[Address, StateObject]], state: State, severity: Severity
) -> Diagnostic:
    address, theirs = taken[0]
    detail = f'{address} stands for {theirs.identity.id}, which the workspace "{name}" manages as {theirs.address}.'
    if len(taken) > 1:
        count = counted(len(taken), "object")
        detail = f'{count} are managed by the workspace "{name}" already. The first: {detail}'
    addresses = _to_forget([found.address for _, found in taken], state)
    named = addresses[:_NAMED]
    rest = (
        f"\nIt names {len(named)} of {len(addresses)} addresses: plan again for the rest." if named != addresses else ""
    )
    return Diagnostic(
        _TAKEN_OVER,
        "Another workspace manages this",
        f"{detail} Each of the two workspaces would undo what the other one does.",
        Remedy.of(
            "Leave it to one of them. To have the other one forget it, which changes nothing in the cloud:\n  ",
            in_workspace(name, cl("state", "rm", *named)),
            f"{rest}\nOr remove its declaration here.",
        ),
        severity=severity,
        address=str(address),
    )


def _to_forget(taken: Sequence[Address], state: State) -> list[str]:
    """What `cl state rm` is given for these objects: a resource by its own address where all its instances go."""
    managed = Counter(address.resource for address in state.objects)
    going = Counter(address.resource for address in taken)
    names = (address.resource if going[address.resource] == managed[address.resource] else address for address in taken)
    return list(dict.fromkeys(map(str, names)))


def _not_looked_at(whose: str, error: ClError) -> Diagnostic:
    why = " ".join(problem.detail for problem in error.diagnostics)
    return Diagnostic(
        "STA461",
        "Other workspace could not be read",
        f"{whose} cannot be read: {why} It is not known whether it manages objects that are adopted here.",
        Remedy.of("Make sure that it does not manage the same objects."),
        severity=Severity.WARNING,
    )
