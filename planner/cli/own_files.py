"""Options that name a file to write: none may name a file that `cl` reads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from planner.app.own_files import Named
    from planner.app.project import Project


def refuse_own_files(named: Named, directory: Path) -> None:
    """Raises UsageError where a file is, by its name, one that `cl` reads in the configuration `directory`."""
    from planner.app import own_files

    with _as_usage():
        own_files.refuse_own_files(named, directory)


def refuse_files_in_use(named: Named, project: Project) -> None:
    """Raises UsageError where a file is the state, or one of a provider, wherever the configuration has put it."""
    from planner.app import own_files

    with _as_usage():
        own_files.refuse_files_in_use(named, project)


@contextlib.contextmanager
def _as_usage() -> Iterator[None]:
    from planner.app.own_files import FileInUse

    try:
        yield
    except FileInUse as taken:
        raise click.UsageError(str(taken)) from None
