"""The backend of a project, checked and recorded by `cl init`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from planner.app.project import Project
from planner.config.backend_config import given_settings
from planner.diagnostics import StateError
from planner.state.backends.protocol import Backend
from planner.state.backends.recorded import Recorded, read_recorded, record, recorded_path, refuse_changed
from planner.state.backends.resolve import Settings, resolve, secrets_in
from planner.state.opening import open_settled, refuse_left_behind


def initialise(project: Project, options: Iterable[str], *, reconfigure: bool) -> None:
    """Check the backend that the configuration names, and record it with the settings of `--backend-config`.

    `options` are what that was given: `NAME=VALUE`, or the name of a file. Raises ConfigError for a file that cannot be
    read, and StateError: STA444 for a secret among the settings, STA450 where another backend is recorded, STA451 where
    a local state would be left behind. With `reconfigure` the two last are no problem.
    """
    surroundings = project.surroundings
    directory, environment = surroundings.directory, surroundings.environment
    given: Mapping[str, object] = given_settings(directory, options)
    _, block = project.evaluation.settings()
    if problems := secrets_in(block.type, given):
        raise StateError(problems)
    recorded = None if reconfigure else read_recorded(directory)
    given = {**(recorded.given_for(block.type) if recorded else {}), **given}
    settings = resolve(block, environment, given)
    with contextlib.closing(open_settled(settings, directory, environment)) as backend:
        refuse_changed(recorded, backend.fingerprint)
        if recorded is None and not reconfigure:
            refuse_left_behind(backend, directory, environment)
        backend.probe()
        if block.type != "local" or given or recorded_path(directory).exists():
            record_backend(directory, given, settings, backend)


def record_backend(directory: Path, given: Mapping[str, object], settings: Settings, backend: Backend) -> None:
    """Record where the states are from now on. `given` are the settings of `--backend-config`. Raises StateError."""
    record(directory, Recorded(given, settings.plain, backend.fingerprint))
