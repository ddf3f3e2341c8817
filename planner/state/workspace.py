"""Workspaces: several states of one configuration. The chosen one is remembered in `.cl/environment`."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from shlex import quote

from planner.diagnostics import Diagnostic, Severity, StateError, did_you_mean
from planner.reading import read_regular
from planner.state.encryption import cipher_from
from planner.state.files import make_directory, write_whole
from planner.state.lock import lock
from planner.state.model import State
from planner.state.store import STATE_FILE, Store

DEFAULT = "default"
STATES_DIRECTORY = "cl.state.d"
_NAME = re.compile(r"[\w.-]{1,90}")
_LONGEST = 2**10
"""More bytes than the name of a workspace."""


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
        """The one in use: `CL_WORKSPACE`, else the one last selected, else `default`."""
        if self._forced:
            return self._checked(self._forced)
        try:
            return read_regular(self._remembered, _LONGEST).decode("utf-8").strip() or DEFAULT
        except (OSError, UnicodeDecodeError):
            return DEFAULT

    def list(self) -> list[str]:
        """All that there are, `default` first."""
        found = (entry.name for entry in self._states.iterdir() if entry.is_dir()) if self._states.is_dir() else ()
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
        unset = "unset CL_WORKSPACE && " if self._forced else ""
        remedy = (
            f"If another one is meant, name that: {unset}cl workspace select {DEFAULT}\n"
            f"To make it on purpose: {unset}cl workspace new {quote(name)}"
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
            raise StateError(Diagnostic("STA431", "Workspace exists", detail, f"cl workspace select {quote(name)}"))
        try:
            make_directory(self._states / name)
        except OSError as problem:
            raise self._not_written(problem) from None
        self._remember(name)

    def delete(self, name: str, *, force: bool = False) -> None:
        """Take a workspace away, its state with it. One that still manages something goes only with `force`."""
        self._must_exist(name)
        if name in (DEFAULT, self.current):
            detail = f'The workspace "{name}" is {"always there" if name == DEFAULT else "in use"}.'
            remedy = "" if name == DEFAULT else f"Select another one first: cl workspace select {DEFAULT}"
            raise StateError(Diagnostic("STA432", "Workspace cannot be deleted", detail, remedy))
        store = self.store(name)
        with lock(store.lock_path, "workspace delete"):
            state = State() if force else store.read()
            if not force:
                store.refuse_unfinished(state)
            if count := len(state.objects):
                detail = f'The workspace "{name}" still manages {count:,} objects, which would be forgotten.'
                remedy = f"Destroy them first, or forget them: cl workspace delete --force {quote(name)}"
                raise StateError(Diagnostic("STA432", "Workspace cannot be deleted", detail, remedy))
            self._remove(self._states / name)

    def _remove(self, place: Path) -> None:
        """Take a directory away with all that is in it; a link only itself, for others may use what it leads to."""
        try:
            place.unlink() if place.is_symlink() else shutil.rmtree(place)
        except OSError as problem:
            raise self._not_written(problem) from None

    def _checked(self, name: str) -> str:
        if not _NAME.fullmatch(name) or name in (".", ".."):
            detail = f'"{name}" has other characters than letters, digits, ".", "_" and "-", or more than 90 of them.'
            raise StateError(Diagnostic("STA433", "Not a workspace name", detail, "Choose another name."))
        return name

    def _must_exist(self, name: str) -> None:
        if self._checked(name) not in self.list():
            detail = f'There is no workspace "{name}".{did_you_mean(name, self.list())}'
            raise StateError(Diagnostic("STA434", "No such workspace", detail, f"cl workspace new {quote(name)}"))

    def _must_be_free(self) -> None:
        if self._forced:
            detail = f'CL_WORKSPACE says "{self._forced}", whatever is selected.'
            raise StateError(Diagnostic("STA435", "Workspace is set by the environment", detail, "unset CL_WORKSPACE"))

    def _remember(self, name: str) -> None:
        try:
            make_directory(self._remembered.parent)
            write_whole(self._remembered, f"{name}\n")
        except OSError as problem:
            raise self._not_written(problem) from None

    def _not_written(self, problem: OSError) -> StateError:
        detail = f"{problem.filename or self._directory}: {problem.strerror}."
        return StateError(Diagnostic("STA436", "Workspace cannot be written", detail, "Give yourself permission."))
