"""Which backend a configuration names: each type, and what opens it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from planner.diagnostics import Diagnostic, Report, StateError, counted, ignore
from planner.remedy import Remedy, cl
from planner.state.backends.declared import BackendBlock
from planner.state.backends.protocol import Backend
from planner.state.backends.recorded import backend_config, read_recorded, refuse_changed
from planner.state.backends.resolve import Settings, missing_library, resolve
from planner.state.workspace import Workspaces
from planner.waits import Watch, unwatched

Opener = Callable[[Settings, Path, Mapping[str, str], Report, Watch], Backend]
"""Opens a backend with its settings, for a configuration directory, with this environment. Raises StateError.

What it is given as `Report` learns while the backend does not answer; the `Watch` shows that it is waited for.
"""


def _local(
    settings: Settings, directory: Path, _environment: Mapping[str, str], _report: Report, _watch: Watch
) -> Backend:
    from planner.state.backends.local.backend import open_local

    return open_local(settings, directory)


def _http(
    settings: Settings, _directory: Path, _environment: Mapping[str, str], report: Report, watch: Watch
) -> Backend:
    from planner.state.backends.http.backend import open_http

    return open_http(settings, report, watch)


def _pg(settings: Settings, _directory: Path, _environment: Mapping[str, str], report: Report, watch: Watch) -> Backend:
    try:
        from planner.state.backends.pg.backend import open_pg
    except ImportError:
        raise StateError(missing_library("pg")) from None
    return open_pg(settings, report, watch)


def _s3(settings: Settings, directory: Path, environment: Mapping[str, str], report: Report, watch: Watch) -> Backend:
    from planner.state.backends.s3.opening import open_s3

    return open_s3(settings, directory, environment, report, watch)


def _oss(settings: Settings, directory: Path, environment: Mapping[str, str], report: Report, watch: Watch) -> Backend:
    from planner.state.backends.oss.opening import open_oss

    return open_oss(settings, directory, environment, report, watch)


OPENERS: Mapping[str, Opener] = {"local": _local, "http": _http, "pg": _pg, "s3": _s3, "oss": _oss}
"""What opens each type of backend. Each entry is a function here that imports the backend's room when it is called."""
LOCAL = BackendBlock()
"""The backend of a configuration that names none."""


def open_settled(
    settings: Settings,
    directory: Path,
    environment: Mapping[str, str],
    report: Report = ignore,
    watch: Watch = unwatched,
) -> Backend:
    """The backend with these settings; `report` learns while it does not answer, `watch` shows that it is waited for.

    Raises StateError where its library is missing.
    """
    return OPENERS[settings.type](settings, directory, environment, report, watch)


def open_backend(
    block: BackendBlock,
    directory: Path,
    environment: Mapping[str, str],
    report: Report = ignore,
    watch: Watch = unwatched,
) -> Backend:
    """The backend that a configuration names, with the settings that `cl init` stored for it.

    Raises StateError where there is no such backend or setting, where its library is missing, where another one is
    recorded, and where none is and a local state would be left behind.
    """
    recorded = read_recorded(directory)
    settings = resolve(block, environment, recorded.given_for(block.type) if recorded else None)
    backend = open_settled(settings, directory, environment, report, watch)
    refuse_changed(recorded, backend.fingerprint)
    if recorded is None:
        refuse_left_behind(backend, directory, environment)
    return backend


def open_workspaces(
    block: BackendBlock,
    directory: Path,
    environment: Mapping[str, str],
    report: Report = ignore,
    watch: Watch = unwatched,
) -> Workspaces:
    """The workspaces of a configuration directory. Raises StateError as `open_backend` does."""
    return Workspaces(directory, environment, open_backend(block, directory, environment, report, watch), watch)


def refuse_left_behind(
    backend: Backend, directory: Path, environment: Mapping[str, str], options: Sequence[str] = ()
) -> None:
    """Raises StateError where a local state manages something, and this backend, another one, has none in its place.

    `options` are those of `--backend-config`: a remedy has them again.
    """
    if backend.fingerprint["type"] == LOCAL.type:
        return
    local = Workspaces(directory, environment, open_settled(resolve(LOCAL, {}), directory, environment))
    for name in local.list():
        store = local.store(name)
        if (count := len(store.read().objects)) and backend.place(name).read() is None:
            raise StateError(_left_behind(store.name, count, backend.place(name).name, options))


def _left_behind(local: str, count: int, name: str, options: Sequence[str]) -> Diagnostic:
    return Diagnostic(
        "STA451",
        "Local state is left behind",
        f"{local} manages {counted(count, 'object')}, but {name} is empty: these objects would be forgotten.",
        Remedy.of(
            "To copy the states there: ",
            cl("init", "--migrate-state", *backend_config(options)),
            "\nTo begin with an empty state there, and leave the local one as it is: ",
            cl("init", "--reconfigure", *backend_config(options)),
        ),
    )
