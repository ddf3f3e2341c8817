"""Files of a project that no plan and no report may replace."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from planner.app.directory import check_directory

if TYPE_CHECKING:
    from planner.app.project import Project

Named = Iterable[tuple[str, Path | str | None]]
"""Options, as a user types them, each with the file that it names, if any."""


class FileInUse(ValueError):
    """An option names a file to write that `cl` reads."""


def refuse_own_files(named: Named, directory: Path) -> None:
    """Raises FileInUse where a file is, by its name, one that `cl` reads in the configuration `directory`.

    Raises ConfigError where the directory cannot be read.
    """
    check_directory(directory)
    for option, path in _given(named):
        for place in {Path(os.path.abspath(path)), _real(path)}:  # noqa: PTH100 (`absolute` would leave `..` in)
            if (use := _use(place, _real(directory))) is not None:
                raise _taken(option, path, use)


def refuse_files_in_use(named: Named, project: Project) -> None:
    """Raises FileInUse where a file is the state, or one of a provider, wherever the configuration has put it."""
    for option, path in _given(named):
        real = _real(path)
        if real in map(_real, project.workspaces.store().place.files):
            raise _taken(option, path, "where the state is kept")
        for config in project.evaluation.providers():
            files = (value for value in config.settings.values() if isinstance(value, str))
            if real in (_real(project.surroundings.directory / file) for file in files):
                raise _taken(option, path, f"which provider {config.key} uses")


def _use(place: Path, directory: Path) -> str | None:
    """What a file is there for; None where it is not a file of cl."""
    from planner.config.load import is_configuration  # the whole language, which most reports do not need
    from planner.state.backends.local.files import STATE_FILES

    if is_configuration(place.name) and (place.parent == directory or place.exists()):
        return "which is read as configuration"
    if place.name.endswith((".clvars", ".clvars.json")):
        return "from which variables are read"
    if place.name in STATE_FILES:
        return "where a state is kept"
    if place == directory / ".cl" / "environment":
        return "which remembers the workspace in use"
    return None


def _given(named: Named) -> Iterator[tuple[str, Path]]:
    return ((option, Path(path)) for option, path in named if path is not None)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _taken(option: str, path: Path, use: str) -> FileInUse:
    return FileInUse(f"{option} names {path}, {use}. It was not changed. Name another file.")
