"""Workspaces: several states of one configuration. The chosen one is remembered in `.cl/environment`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from planner.diagnostics import Diagnostic, Severity, StateError, counted, did_you_mean
from planner.remedy import AND, Command, Remedy, cl, shell
from planner.state.backends.declared import DEFAULT
from planner.state.backends.local.files import ERRORED_FILE
from planner.state.backends.protocol import Backend, Place
from planner.state.encryption import cipher_from
from planner.state.model import State
from planner.state.selection import Selection, checked, is_name
from planner.state.store import Store
from planner.values import replace
from planner.waits import Watch, unwatched


class Workspaces:
    """The workspaces of a configuration, as its backend keeps them."""

    def __init__(
        self, directory: Path, environment: Mapping[str, str], backend: Backend, watch: Watch = unwatched
    ) -> None:
        """`watch` shows that a lock is waited for."""
        self.backend = backend
        self._environment, self._watch = environment, watch
        self._selection = Selection(directory, environment)

    @property
    def current(self) -> str:
        """The one in use. Raises StateError where it is not known which was selected."""
        return self._selection.current

    def list(self) -> list[str]:
        """All that there are, `default` first. Raises StateError where they cannot be listed."""
        return [DEFAULT, *(name for name in self.backend.workspaces() if name != DEFAULT and is_name(name))]

    def store(self, name: str | None = None) -> Store:
        """Where the state of a workspace is kept; without a name, of the current one."""
        return Store(self.backend.place(checked(name or self.current)), cipher_from(self._environment), self._watch)

    def missing(self) -> Diagnostic | None:
        """A warning where there is no such workspace as the one in use: its name may be mistyped."""
        name = self.current
        if name == DEFAULT or name in (known := self.list()):
            return None
        by = "CL_WORKSPACE names" if self._selection.forced else f"{self._selection.remembered} names"
        detail = (
            f'{by} the workspace "{name}", which does not exist. Workspaces: '
            f"{', '.join(known)}.{did_you_mean(name, known)} The first command that writes a state creates it."
        )
        unset = (shell("unset", "CL_WORKSPACE"), AND) if self._selection.forced else ()
        remedy = Remedy.of(
            "To use another workspace: ",
            *unset,
            cl("workspace", "select", DEFAULT),
            "\nTo create it now: ",
            *unset,
            cl("workspace", "new", name),
        )
        return Diagnostic("STA437", "Workspace does not exist yet", detail, remedy, Severity.WARNING)

    def select(self, name: str) -> None:
        """Use this workspace from now on. Raises StateError where there is no such, or `CL_WORKSPACE` decides."""
        self._must_be_free()
        self._must_exist(name)
        self._selection.remember(name)

    def new(self, name: str) -> None:
        """Make a workspace and use it. Raises StateError where its name is taken or no name."""
        self._must_be_free()
        if checked(name) in self.list():
            detail = f'There is a workspace "{name}" already.'
            remedy = Remedy.of(cl("workspace", "select", name))
            raise StateError(Diagnostic("STA431", "Workspace exists", detail, remedy))
        self._selection.remember(self.current)  # if it cannot be written, no workspace is made that then cannot be used
        self.backend.make(name)
        self._selection.remember(name)

    def delete(self, name: str, *, force: bool = False, lock_timeout: float = 0.0) -> None:
        """Take a workspace away, its state with it. One that still manages something goes only with `force`.

        `lock_timeout` is in seconds. Raises StateError.
        """
        self._must_exist(name)
        if name in (DEFAULT, self.current):
            detail = f'The workspace "{name}" is {"needed by cl" if name == DEFAULT else "in use"}.'
            select = Remedy.of("Select another one first: ", cl("workspace", "select", DEFAULT))
            remedy = "" if name == DEFAULT else select
            raise StateError(Diagnostic("STA432", "Workspace cannot be deleted", detail, Remedy.of(remedy)))
        store = self.store(name)
        if not force:
            _refuse_rescued(name, store.place)
        with _problems_of(name), store.locked("workspace delete", lock_timeout):
            state = State() if force else store.read()
            if not force:
                store.refuse_unfinished(state)
            if not state.objects:
                self.backend.delete(name)
                return
        managed = counted(len(state.objects), "object")
        detail = f'The workspace "{name}" still manages {managed}, which would be forgotten.'
        remedy = Remedy.of(
            "Destroy them first: ", in_workspace(name, cl("destroy")), "\nOr forget them: ", _forget(name)
        )
        raise StateError(Diagnostic("STA432", "Workspace cannot be deleted", detail, remedy))

    def _must_exist(self, name: str) -> None:
        if checked(name) not in self.list():
            known = self.list()
            hint = did_you_mean(name, known)
            detail = f'There is no workspace "{name}". Workspaces: {", ".join(known)}.{hint}'
            remedy = Remedy.of("To create it: " if hint else "", cl("workspace", "new", name))
            raise StateError(Diagnostic("STA434", "No such workspace", detail, remedy))

    def _must_be_free(self) -> None:
        if self._selection.forced:
            detail = f'CL_WORKSPACE says "{self._selection.forced}", whatever is selected.'
            remedy = Remedy.of(shell("unset", "CL_WORKSPACE"))
            raise StateError(Diagnostic("STA435", "Workspace is set by the environment", detail, remedy))


def in_workspace(name: str, command: Command) -> Command:
    """The command for a workspace that is not in use. Those of other programs know of none."""
    return replace(command, environment=(("CL_WORKSPACE", name),)) if command.is_cl else command


def _refuse_rescued(name: str, place: Place) -> None:
    """Raises StateError where a state is there that could not be written in its place."""
    for rescued in (file.with_name(ERRORED_FILE) for file in place.files[:1]):
        if rescued.exists():
            detail = f"{rescued} holds a state that could not be written in its place, and may have more objects."
            remedy = Remedy.of("Push it: ", cl("state", "push", str(rescued)), "\nOr forget it: ", _forget(name))
            raise StateError(Diagnostic("STA432", "Workspace cannot be deleted", detail, remedy))


def _forget(name: str) -> Command:
    return cl("workspace", "delete", "--force", name)


@contextlib.contextmanager
def _problems_of(name: str) -> Iterator[None]:
    """Problems of a workspace that is not in use: the commands of their remedies are for that one."""
    try:
        yield
    except StateError as error:
        raise StateError(
            replace(problem, remedy=problem.remedy.calling(partial(in_workspace, name)))
            for problem in error.diagnostics
        ) from None
