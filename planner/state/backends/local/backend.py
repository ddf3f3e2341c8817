"""The states of a configuration in files: one of the default workspace, and a directory with one for each other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from planner.diagnostics import Diagnostic, Report, Severity, StateError
from planner.paths import seen_from
from planner.remedy import Remedy, shell
from planner.state.backends.declared import DEFAULT
from planner.state.backends.local.files import HISTORY_DIRECTORY, STATE_FILES
from planner.state.backends.local.place import LocalPlace
from planner.state.backends.resolve import Settings
from planner.state.backends.settings import STATE_FILE
from planner.writing import how_to_write, make_directory, written_as


class LocalBackend:
    """The states in the files that `path` and `workspace_dir` name, from the configuration directory."""

    has_workspaces = True

    def __init__(self, directory: Path, path: str, workspace_dir: str, kept: int) -> None:
        self._default, self._states, self._kept = directory / path, directory / workspace_dir, kept
        self.fingerprint = {
            "type": "local",
            "path": seen_from(directory, path),
            "workspace_dir": seen_from(directory, workspace_dir),
        }

    def workspaces(self) -> list[str]:
        try:
            found = [one.name for one in self._states.iterdir() if one.is_dir()] if self._states.is_dir() else []
        except OSError as problem:
            detail = f"{self._states}, which holds the states of the workspaces: {problem.strerror}."
            remedy = Remedy.of("Give yourself permission to use it: ", shell("chmod", "u+rwx", self._states))
            raise StateError(Diagnostic("STA429", "Workspaces cannot be listed", detail, remedy)) from None
        return sorted(name for name in found if name != DEFAULT)

    def place(self, workspace: str) -> LocalPlace:
        path = self._default if workspace == DEFAULT else self._states / workspace / STATE_FILE
        return LocalPlace(path, self._kept)

    def make(self, workspace: str) -> None:
        try:
            make_directory(self._states / workspace)
        except OSError as problem:
            raise self._not_written(problem) from None

    def delete(self, workspace: str) -> None:
        """Remove a workspace with its files; a link only itself, for others may use what it leads to.

        Raises StateError where its directory has what is no part of a workspace: it may be none.
        """
        place = self._states / workspace
        try:
            if place.is_symlink():
                place.unlink()
                return
            self._refuse_strange_files(place)
            history = place / HISTORY_DIRECTORY
            for leftover in [entry for entry in place.iterdir() if written_as(entry.name) in STATE_FILES]:
                leftover.unlink(missing_ok=True)
            for version in list(history.iterdir()) if history.is_dir() else ():
                version.unlink(missing_ok=True)
            if history.is_dir():
                history.rmdir()
            for name in STATE_FILES:
                (place / name).unlink(missing_ok=True)
            place.rmdir()
        except OSError as problem:
            raise self._not_written(problem) from None

    def set_aside(self, workspace: str, stamp: str, report: Report) -> Iterator[Path]:
        """Rename the files of `default`; of others the directory, which would be a workspace without a state else."""
        pairs = [
            (path, path.with_name(f"{path.name}.migrated-{stamp}"))
            for path in self.place(workspace).files
            if path.suffix != ".lock"
        ]
        if workspace != DEFAULT:
            pairs = [(self._states / workspace, Path(f"{self._states}.migrated-{stamp}", workspace))]
        for path, aside in pairs:
            if not os.path.lexists(path):
                continue
            try:
                make_directory(aside.parent)
                path.rename(aside)
            except OSError as problem:
                report(_stays(path, problem))
            else:
                yield aside

    def probe(self) -> None:
        with self.place(DEFAULT).lock("init", 0.0, lambda _problem: None):
            pass

    def close(self) -> None:
        pass

    def _refuse_strange_files(self, place: Path) -> None:
        """Raises OSError, and StateError for what no state has."""
        strange = [entry.name for entry in sorted(place.iterdir()) if not _is_of_a_state(entry)]
        if strange:
            more = f" and {len(strange) - 1:,} more" if len(strange) > 1 else ""
            detail = f"{place} holds {strange[0]}{more}, which cl does not keep in a workspace. Nothing was deleted."
            remedy = Remedy.of("If it is a workspace, move your own files out of it: ", shell("ls", "-A", place))
            raise StateError(Diagnostic("STA439", "Directory is not a workspace", detail, remedy))

    def _not_written(self, problem: OSError) -> StateError:
        place = Path(problem.filename or self._states)
        remedy = how_to_write(problem, f"Give yourself permission to write in {place.parent}.")
        return StateError(Diagnostic("STA436", "Workspace cannot be written", f"{place}: {problem.strerror}.", remedy))


def _is_of_a_state(entry: Path) -> bool:
    """Whether it belongs to a state, or was left by a killed write of one."""
    if entry.name == HISTORY_DIRECTORY:
        return entry.is_dir() and all(_is_version(one) for one in entry.iterdir())
    is_named = entry.name in STATE_FILES or written_as(entry.name) in STATE_FILES
    return is_named and (entry.is_symlink() or not entry.is_dir())


def _is_version(entry: Path) -> bool:
    return (written_as(entry.name) or entry.name).isdecimal() and not entry.is_dir()


def _stays(path: Path, problem: OSError) -> Diagnostic:
    """A file that held a state kept its name, although the state is at another backend now."""
    return Diagnostic(
        "STA463",
        "Old state keeps its name",
        f"{path} could not be renamed: {problem.strerror or problem}. Its state is already at the new backend.",
        Remedy.of("Move it to another directory, so that it is not taken for the state."),
        Severity.WARNING,
    )


def open_local(settings: Settings, directory: Path) -> LocalBackend:
    """The local backend with these settings."""
    return LocalBackend(directory, settings.text("path"), settings.text("workspace_dir"), settings.number("history"))
