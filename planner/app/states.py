"""The states of a configuration directory, for commands that need nothing else of it."""

from __future__ import annotations

from pathlib import Path

from planner.app.stores import store_in_use
from planner.app.surroundings import Surroundings
from planner.config.early_backend import may_declare_backend
from planner.reading import read_text
from planner.state.glance import glance
from planner.state.model import State
from planner.state.opening import LOCAL, open_workspaces
from planner.state.workspace import Workspaces


def workspaces_in(surroundings: Surroundings) -> Workspaces:
    """The states of this directory. The configuration as a whole is read only if a file of it declares a backend."""
    if any(may_declare_backend(_text(path), path.name) for path in surroundings.directory.glob("*.hcl*")):
        from planner.app.project import Project  # the whole language, which takes longer to load than a state

        return Project(surroundings).workspaces
    return open_workspaces(LOCAL, surroundings.directory, surroundings.environment, watch=surroundings.watch)


def state_in_use(surroundings: Surroundings) -> State:
    """The state of the current workspace, for commands that only look at it. Reports what an apply did beyond it."""
    found, warnings = glance(store_in_use(workspaces_in(surroundings), surroundings.report))
    surroundings.report(warnings)
    return found


def _text(path: Path) -> str:
    try:
        return read_text(path, errors="replace")
    except (OSError, ValueError):
        return ""
