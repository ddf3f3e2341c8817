"""Where states are kept, as `cl { backend "…" { … } }` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from planner.diagnostics import Diagnostic, StateError, did_you_mean
from planner.remedy import Remedy
from planner.state.backends.declared import BackendBlock
from planner.state.backends.protocol import Backend
from planner.state.store import STATE_FILE
from planner.state.workspace import STATES_DIRECTORY, Workspaces

Opener = Callable[[BackendBlock, Path, Mapping[str, str]], Backend]
"""Opens a backend from its block, for a configuration directory, with this environment. Raises StateError."""

OPENERS: Mapping[str, Opener] = {}
"""What opens each type of backend. Each entry is a function here that imports the backend's room when it is called."""

_LOCAL_SETTINGS = {"path": STATE_FILE, "workspace_dir": STATES_DIRECTORY}
"""The settings of the local backend, and what each is where it is left out; relative to the configuration."""


def open_workspaces(backend: BackendBlock, directory: Path, environment: Mapping[str, str]) -> Workspaces:
    """The workspaces of a configuration directory. Raises StateError where there is no such backend or setting."""
    if backend.type != "local":
        raise StateError(
            Diagnostic(
                "STA440",
                "Unknown backend",
                f'There is no backend "{backend.type}"{did_you_mean(backend.type, ["local"]) or "."}',
                Remedy.of('Backends: local. It keeps the state in a file: backend "local" { path = "cl.state.json" }'),
                span=backend.span,
            )
        )
    problems = [_unknown(name, backend) for name in backend.settings if name not in _LOCAL_SETTINGS]
    problems += [
        _not_a_path(name, backend)
        for name, value in backend.settings.items()
        if name in _LOCAL_SETTINGS and value is not None and not _fits(name, value)
    ]
    if problems:
        raise StateError(problems)
    places = settings_of(backend)
    return Workspaces(directory, environment, state_file=places["path"], states_directory=places["workspace_dir"])


def settings_of(backend: BackendBlock) -> Mapping[str, str]:
    """The settings that say where states are kept, those that are left out as well."""
    return _LOCAL_SETTINGS | {name: value for name, value in backend.settings.items() if isinstance(value, str)}


def _unknown(name: str, backend: BackendBlock) -> Diagnostic:
    return Diagnostic(
        "STA441",
        "Unknown backend setting",
        f'The local backend has no setting "{name}".{did_you_mean(name, _LOCAL_SETTINGS)}',
        Remedy.of(f"Settings: {', '.join(_LOCAL_SETTINGS)}."),
        span=backend.span,
    )


def _fits(name: str, value: object) -> bool:
    """Whether the setting can have this value: a path which, for a file, ends in a name."""
    if not isinstance(value, str) or not value or "\0" in value:
        return False
    return name != "path" or Path(value).name not in ("", "..")


def _not_a_path(name: str, backend: BackendBlock) -> Diagnostic:
    what = "file" if name == "path" else "directory"
    detail = f'The setting "{name}" of the local backend is not the path of a {what}.'
    remedy = f'Name a {what}: {name} = "{_LOCAL_SETTINGS[name]}"'
    return Diagnostic("STA442", "Backend setting has a wrong value", detail, Remedy.of(remedy), span=backend.span)
