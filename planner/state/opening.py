"""Where states are kept, as `cl { backend "…" { … } }` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from planner.diagnostics import Diagnostic, StateError
from planner.remedy import Remedy
from planner.state.backends.declared import BackendBlock
from planner.state.backends.protocol import Backend
from planner.state.backends.resolve import Settings, missing_library, resolve
from planner.state.workspace import Workspaces

Opener = Callable[[Settings, Path, Mapping[str, str]], Backend]
"""Opens a backend with its settings, for a configuration directory, with this environment. Raises StateError."""


def _http(settings: Settings, _directory: Path, _environment: Mapping[str, str]) -> Backend:
    from planner.state.backends.http.backend import open_http

    return open_http(settings)


def _pg(settings: Settings, _directory: Path, _environment: Mapping[str, str]) -> Backend:
    try:
        from planner.state.backends.pg.backend import open_pg
    except ImportError:
        raise StateError(missing_library("pg")) from None
    return open_pg(settings)


def _s3(settings: Settings, directory: Path, environment: Mapping[str, str]) -> Backend:
    from planner.state.backends.s3.opening import open_s3

    return open_s3(settings, directory, environment)


OPENERS: Mapping[str, Opener] = {"http": _http, "pg": _pg, "s3": _s3}
"""What opens each type of backend. Each entry is a function here that imports the backend's room when it is called."""


def open_workspaces(backend: BackendBlock, directory: Path, environment: Mapping[str, str]) -> Workspaces:
    """The workspaces of a configuration directory. Raises StateError where there is no such backend or setting."""
    settings = resolve(backend, environment)
    if backend.type != "local":
        detail = f'The backend "{backend.type}" is not in this release of cl.'
        remedy = Remedy.of('Use the local one: backend "local" {}')
        raise StateError(Diagnostic("STA440", "Unknown backend", detail, remedy, span=backend.span))
    return Workspaces(
        directory,
        environment,
        state_file=settings.text("path"),
        states_directory=settings.text("workspace_dir"),
    )


def settings_of(backend: BackendBlock) -> Mapping[str, str]:
    """The settings that say where states are kept, those that are left out as well."""
    return resolve(backend, {}).place
