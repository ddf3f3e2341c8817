"""Workspaces: several states of one configuration. The chosen one is remembered in `.cl/environment`."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from planner.diagnostics import Diagnostic, Severity, StateError, counted, did_you_mean
from planner.reading import read_regular
from planner.remedy import AND, Command, Remedy, cl, shell
from planner.state.encryption import cipher_from
from planner.state.model import State
from planner.state.store import ERRORED_FILE, STATE_FILE, STATE_FILES, Store
from planner.writing import make_directory, write_whole, written_as

DEFAULT = "default"
STATES_DIRECTORY = "cl.state.d"
_NAME = re.compile(r"[\w.-]{1,90}")
_LONGEST = 2**10
"""More bytes than the name of a workspace."""


def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None and text not in (".", "..")


def _is_of_a_state(name: str) -> bool:
    """Whether a file of this name belongs to a state, or was left by a killed write of one."""
    return name in STATE_FILES or written_as(name) in STATE_FILES


class Workspaces:
    """The workspaces of the configuration in `directory`."""

    def __init__(
        self,
        directory: Path,
        environment: Mapping[str, str],
        *,
        state_file: str = STATE_FILE,
        states_directory: str = STATES_DIRECTORY,
    ) -> None:
        """`state_file` is where the state of `default` is, `states_directory` where those of the others are."""
        self._directory = directory
        self._remembered = directory / ".cl" / "environment"
        self._default = directory / state_file
        self._states = directory / states_directory
        self._environment = environment
        self._forced = environment.get("CL_WORKSPACE", "")

    @property
    def current(self) -> str:
        """The one in use: `CL_WORKSPACE`, else the one last selected, else `default`.

        Raises StateError where nobody can tell which was selected: another one's state would be changed.
        """
        if self._forced:
            return self._checked(self._forced)
        try:
            name = read_regular(self._remembered, _LONGEST).decode().strip()
        except FileNotFoundError:
            return DEFAULT
        except OSError as problem:
            raise StateError(self._forgotten(f"{problem.strerror}.")) from None
        except UnicodeDecodeError:
            raise StateError(self._forgotten("it is not UTF-8.")) from None
        if not _is_name(name):
            raise StateError(self._forgotten(f'"{name}" is no name of a workspace.'))
        return name

    def _forgotten(self, why: str) -> Diagnostic:
        """`why` is what is wrong with the file that remembers the one selected."""
        parent = self._remembered.parent
        damaged = self._remembered if os.path.isdir(parent) else parent  # noqa: PTH112 - `is_dir` may raise
        return Diagnostic(
            "STA438",
            "Workspace in use is not known",
            f"{self._remembered} cannot be read: {why} It says which workspace was selected, so nothing was done.",
            Remedy.of(
                "Move it away: ",
                shell("mv", damaged, Path(f"{damaged}.damaged")),
                "\nThen say which one is meant: ",
                cl("workspace", "select", "NAME"),
            ),
        )

    def list(self) -> list[str]:
        """All that there are, `default` first. Raises StateError where they cannot be listed."""
        try:
            found = [one.name for one in self._states.iterdir() if one.is_dir()] if self._states.is_dir() else []
        except OSError as problem:
            detail = f"{self._states}, which holds the states of the workspaces: {problem.strerror}."
            remedy = Remedy.of("Give yourself permission to use it: ", shell("chmod", "u+rwx", self._states))
            raise StateError(Diagnostic("STA429", "Workspaces cannot be listed", detail, remedy)) from None
        return [DEFAULT, *sorted({name for name in found if name != DEFAULT and _NAME.fullmatch(name)})]

    def store(self, name: str | None = None) -> Store:
        """Where the state of a workspace is kept; without a name, of the current one."""
        name = name or self.current
        path = self._default if name == DEFAULT else self._states / self._checked(name) / STATE_FILE
        return Store(path, cipher_from(self._environment))

    def missing(self) -> Diagnostic | None:
        """A warning where there is no such workspace as the one in use: its name may be mistyped."""
        name, known = self.current, self.list()
        if name in known:
            return None
        by = "CL_WORKSPACE names" if self._forced else f"{self._remembered} names"
        detail = (
            f'There is no workspace "{name}", which {by}; there are: {", ".join(known)}.{did_you_mean(name, known)} '
            "It has an empty state, and is made when that is first written."
        )
        unset = (shell("unset", "CL_WORKSPACE"), AND) if self._forced else ()
        remedy = Remedy.of(
            "If another one is meant, name that: ",
            *unset,
            cl("workspace", "select", DEFAULT),
            "\nTo make it on purpose: ",
            *unset,
            cl("workspace", "new", name),
        )
        return Diagnostic("STA437", "Workspace is not there yet", detail, remedy, Severity.WARNING)

    def select(self, name: str) -> None:
        """Use this workspace from now on. Raises StateError where there is no such, or `CL_WORKSPACE` decides."""
        self._must_be_free()
        self._must_exist(name)
        self._remember(name)

    def new(self, name: str) -> None:
        """Make a workspace and use it. Raises StateError where its name is taken or no name."""
        self._must_be_free()
        if self._checked(name) in self.list():
            detail = f'There is a workspace "{name}" already.'
            remedy = Remedy.of(cl("workspace", "select", name))
            raise StateError(Diagnostic("STA431", "Workspace exists", detail, remedy))
        try:
            make_directory(self._states / name)
        except OSError as problem:
            raise self._not_written(problem) from None
        self._remember(name)

    def delete(self, name: str, *, force: bool = False, lock_timeout: float = 0.0) -> None:
        """Take a workspace away, its state with it. One that still manages something goes only with `force`.

        `lock_timeout` is in seconds. Raises StateError.
        """
        self._must_exist(name)
        if name in (DEFAULT, self.current):
            detail = f'The workspace "{name}" is {"always there" if name == DEFAULT else "in use"}.'
            select = Remedy.of("Select another one first: ", cl("workspace", "select", DEFAULT))
            remedy = "" if name == DEFAULT else select
            raise StateError(Diagnostic("STA432", "Workspace cannot be deleted", detail, Remedy.of(remedy)))
        store, place = self.store(name), self._states / name
        self._refuse_strange_files(place)
        if not force:
            self._refuse_rescued(name)
        with _problems_of(name), store.locked("workspace delete", lock_timeout):
            state = State() if force else store.read()
            if not force:
                store.refuse_unfinished(state)
            if not state.objects:
                self._remove(place)
                return
        managed = counted(len(state.objects), "object")
        detail = f'The workspace "{name}" still manages {managed}, which would be forgotten.'
        remedy = Remedy.of(
            "Destroy them first: ", in_workspace(name, cl("destroy")), "\nOr forget them: ", _forget(name)
        )
        raise StateError(Diagnostic("STA432", "Workspace cannot be deleted", detail, remedy))

    def _refuse_strange_files(self, place: Path) -> None:
        """Raises StateError where a directory has what is no part of a workspace: it may be none."""
        if place.is_symlink():
            return
        try:
            entries = sorted(place.iterdir())
        except OSError as problem:
            raise self._not_written(problem) from None
        strange = [
            one.name for one in entries if not _is_of_a_state(one.name) or (one.is_dir() and not one.is_symlink())
        ]
        if strange:
            more = f" and {len(strange) - 1:,} more" if len(strange) > 1 else ""
            detail = f"{place} holds {strange[0]}{more}, which cl does not keep in a workspace. Nothing was deleted."
            remedy = Remedy.of(
                "If it is one all the same, move what is yours to another place: ", shell("ls", "-A", place)
            )
            raise StateError(Diagnostic("STA439", "Directory is no workspace", detail, remedy))

    def _refuse_rescued(self, name: str) -> None:
        """Raises StateError where a state is there that could not be written in its place."""
        rescued = self._states / name / ERRORED_FILE
        if rescued.exists():
            detail = f"{rescued} is a state that could not be written in its place; it may know of more."
            remedy = Remedy.of("Push it: ", cl("state", "push", str(rescued)), "\nOr forget it: ", _forget(name))
            raise StateError(Diagnostic("STA432", "Workspace cannot be deleted", detail, remedy))

    def _remove(self, place: Path) -> None:
        """Take a workspace away with its files; a link only itself, for others may use what it leads to."""
        try:
            if place.is_symlink():
                place.unlink()
                return
            for leftover in [entry for entry in place.iterdir() if written_as(entry.name) in STATE_FILES]:
                leftover.unlink(missing_ok=True)
            for name in STATE_FILES:
                (place / name).unlink(missing_ok=True)
            place.rmdir()
        except OSError as problem:
            raise self._not_written(problem) from None

    def _checked(self, name: str) -> str:
        if not _is_name(name):
            detail = f'"{name}" has other characters than letters, digits, ".", "_" and "-", or more than 90 of them.'
            raise StateError(Diagnostic("STA433", "Not a workspace name", detail, Remedy.of("Choose another name.")))
        return name

    def _must_exist(self, name: str) -> None:
        if self._checked(name) not in self.list():
            detail = f'There is no workspace "{name}".{did_you_mean(name, self.list())}'
            remedy = Remedy.of(cl("workspace", "new", name))
            raise StateError(Diagnostic("STA434", "No such workspace", detail, remedy))

    def _must_be_free(self) -> None:
        if self._forced:
            detail = f'CL_WORKSPACE says "{self._forced}", whatever is selected.'
            remedy = Remedy.of(shell("unset", "CL_WORKSPACE"))
            raise StateError(Diagnostic("STA435", "Workspace is set by the environment", detail, remedy))

    def _remember(self, name: str) -> None:
        try:
            make_directory(self._remembered.parent)
            write_whole(self._remembered, f"{name}\n")
        except (IsADirectoryError, NotADirectoryError, FileExistsError) as problem:
            raise StateError(self._forgotten(f"{problem.strerror}.")) from None
        except OSError as problem:
            raise self._not_written(problem) from None

    def _not_written(self, problem: OSError) -> StateError:
        detail = f"{problem.filename or self._directory}: {problem.strerror}."
        return StateError(
            Diagnostic("STA436", "Workspace cannot be written", detail, Remedy.of("Give yourself permission."))
        )


def in_workspace(name: str, command: Command) -> Command:
    """The command for a workspace that is not in use. Those of other programs know of none."""
    return replace(command, environment=(("CL_WORKSPACE", name),)) if command.is_cl else command


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
