"""Which backend a configuration names: each type, and what opens it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from planner.diagnostics import StateError
from planner.state.backends.declared import BackendBlock
from planner.state.backends.protocol import Backend
from planner.state.backends.resolve import Settings, missing_library, resolve
from planner.state.workspace import Workspaces

Opener = Callable[[Settings, Path, Mapping[str, str]], Backend]
"""Opens a backend with its settings, for a configuration directory, with this environment. Raises StateError."""


def _local(settings: Settings, directory: Path, _environment: Mapping[str, str]) -> Backend:
    from planner.state.backends.local.backend import open_local

    return open_local(settings, directory)


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


OPENERS: Mapping[str, Opener] = {"local": _local, "http": _http, "pg": _pg, "s3": _s3}
"""What opens each type of backend. Each entry is a function here that imports the backend's room when it is called."""
LOCAL = BackendBlock()
"""The backend of a configuration that names none."""


def open_backend(block: BackendBlock, directory: Path, environment: Mapping[str, str]) -> Backend:
    """The backend that a configuration names.

    Raises StateError where there is no such backend or setting, and where its library is missing.
    """
    return OPENERS[block.type](resolve(block, environment), directory, environment)


def open_workspaces(block: BackendBlock, directory: Path, environment: Mapping[str, str]) -> Workspaces:
    """The workspaces of a configuration directory. Raises StateError as `open_backend` does."""
    return Workspaces(directory, environment, open_backend(block, directory, environment))
