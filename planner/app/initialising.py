"""The backend of a project, checked and recorded by `cl init`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from planner.app.migrating import Moved, left_over, migrate, of_the_old_one
from planner.app.project import Project
from planner.config.backend_config import given_settings
from planner.diagnostics import StateError
from planner.state.backends.protocol import Backend
from planner.state.backends.recorded import Recorded, read_recorded, record, recorded_path, refuse_changed
from planner.state.backends.resolve import Settings, resolve, secrets_in
from planner.state.opening import LOCAL, open_settled, refuse_left_behind
from planner.state.workspace import Workspaces


class Migration(Struct, frozen=True):
    """How states are taken along: whether `force` replaces others, and for how many seconds locks are waited for."""

    force: bool = False
    lock_timeout: float = 0.0


def initialise(
    project: Project, options: Iterable[str], *, reconfigure: bool, migration: Migration | None = None
) -> list[Moved]:
    """Check the backend that the configuration names, and record it with the settings of `--backend-config`.

    `options` are what that was given: `NAME=VALUE`, or the name of a file. With a `migration` the states of the backend
    before are taken along; returned are those that were. Raises ConfigError for a file that cannot be read, and
    StateError: STA444 for a secret among the settings, STA450 where another backend is recorded, STA451 where a local
    state would be left behind. With `reconfigure` or a `migration` the two last are no problem.
    """
    surroundings = project.surroundings
    directory, environment = surroundings.directory, surroundings.environment
    options = tuple(options)
    named = given_settings(directory, options)
    _, block = project.evaluation.settings()
    if problems := secrets_in(block.type, named):
        raise StateError(problems)
    recorded = None if reconfigure else read_recorded(directory)
    given = {**(recorded.given_for(block.type) if recorded else {}), **named}
    settings = resolve(block, environment, given)

    report, watch = surroundings.report_one, surroundings.watch
    with contextlib.closing(open_settled(settings, directory, environment, report, watch)) as backend:

        def keep() -> None:
            if given or recorded_path(directory).exists() or backend.fingerprint != _default(directory).fingerprint:
                record_backend(directory, given, settings, backend)

        if migration is None:
            refuse_changed(recorded, backend.fingerprint, options, named)
            if recorded is None and not reconfigure:
                refuse_left_behind(backend, directory, environment, options)
        if migration is not None:
            return _taken_along(project, recorded, backend, keep, migration)
        backend.probe()
        keep()
        return []


def _taken_along(
    project: Project, recorded: Recorded | None, backend: Backend, keep: Callable[[], None], migration: Migration
) -> list[Moved]:
    """The states of the backend before, which are at this one now."""
    directory, environment = project.surroundings.directory, project.surroundings.environment
    report, watch = project.surroundings.report_one, project.surroundings.watch
    target = Workspaces(directory, environment, backend, watch)
    if recorded is not None and recorded.fingerprint == backend.fingerprint:
        backend.probe()
        keep()
        local = Workspaces(directory, environment, _default(directory), watch)
        return left_over(local, target, migration.lock_timeout, report)
    block = recorded.block if recorded else LOCAL
    with of_the_old_one(block.type):
        before = open_settled(resolve(block, environment), directory, environment, report, watch)
    with contextlib.closing(before) as old:
        return migrate(
            Workspaces(directory, environment, old, watch),
            target,
            keep,
            force=migration.force,
            lock_timeout=migration.lock_timeout,
            report=report,
        )


def _default(directory: Path) -> Backend:
    """The backend of a configuration that names none."""
    return open_settled(resolve(LOCAL, {}), directory, {})


def record_backend(directory: Path, given: Mapping[str, object], settings: Settings, backend: Backend) -> None:
    """Record where the states are from now on. `given` are the settings of `--backend-config`. Raises StateError."""
    record(directory, Recorded(given, settings.plain, backend.fingerprint))
