"""Which workspace of a configuration is in use: named in the environment, or remembered in `.cl/environment`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from planner.diagnostics import Diagnostic, StateError
from planner.reading import read_regular
from planner.remedy import Remedy, cl, shell
from planner.state.backends.declared import DEFAULT

_NAME = r"[\w.-]{1,90}"
_LONGEST = 2**10
"""More bytes than the name of a workspace."""


def is_name(text: str) -> bool:
    """Whether a workspace may be called so."""
    return re.fullmatch(_NAME, text) is not None and text not in (".", "..")


def _shown(text: str) -> str:
    """What is no name, in one line of bounded length."""
    return "".join(mark if mark.isprintable() else " " for mark in text[:_LONGEST])


def checked(name: str) -> str:
    """The name of a workspace. Raises StateError where it is none."""
    if not is_name(name):
        detail = (
            f'"{_shown(name)}" has other characters than letters, digits, ".", "_" and "-", or more than 90 of them.'
        )
        raise StateError(Diagnostic("STA433", "Not a workspace name", detail, Remedy.of("Choose another name.")))
    return name


class Selection:
    """Which workspace of the configuration in `directory` is in use."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self.remembered = directory / ".cl" / "environment"
        self.forced = environment.get("CL_WORKSPACE", "")

    @property
    def current(self) -> str:
        """The one in use: `CL_WORKSPACE`, else the one last selected, else `default`.

        Raises StateError where it is not known which was selected: the state of another one would be changed.
        """
        if self.forced:
            return checked(self.forced)
        try:
            name = read_regular(self.remembered, _LONGEST).decode().strip()
        except FileNotFoundError:
            return DEFAULT
        except OSError as problem:
            raise StateError(self._forgotten(f"{problem.strerror}.")) from None
        except UnicodeDecodeError:
            raise StateError(self._forgotten("it is not UTF-8.")) from None
        if not is_name(name):
            raise StateError(self._forgotten(f'"{_shown(name)}" is not a workspace name.'))
        return name

    def _forgotten(self, why: str) -> Diagnostic:
        """`why` is what is wrong with the file that remembers the one selected."""
        parent = self.remembered.parent
        damaged = self.remembered if os.path.isdir(parent) else parent  # noqa: PTH112 - `is_dir` may raise
        return Diagnostic(
            "STA438",
            "Selected workspace is unknown",
            f"{self.remembered} cannot be read: {why} It records which workspace is in use, so nothing was done.",
            Remedy.of(
                "Move it away: ",
                shell("mv", damaged, Path(f"{damaged}.damaged")),
                "\nThen select a workspace: ",
                cl("workspace", "select", "NAME"),
            ),
        )

    def remember(self, name: str) -> None:
        """Use this workspace from now on. Raises StateError."""
        from planner.writing import how_to_write, make_directory, write_whole

        try:
            make_directory(self.remembered.parent)
            write_whole(self.remembered, f"{name}\n")
        except (IsADirectoryError, NotADirectoryError, FileExistsError) as problem:
            raise StateError(self._forgotten(f"{problem.strerror}.")) from None
        except OSError as problem:
            detail = f"{problem.filename or self.remembered}: {problem.strerror}."
            remedy = how_to_write(problem, f"Give yourself permission to write in {self.remembered.parent}.")
            raise StateError(Diagnostic("STA436", "Workspace cannot be written", detail, remedy)) from None
