"""What a project knows of the process that works on it: the environment, the directory, and its user."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from planner.app.assignments import Assignments
from planner.diagnostics import Diagnostic
from planner.remedy import Command
from planner.waits import Watch, unwatched

Report = Callable[[Iterable[Diagnostic]], None]
"""Takes problems that do not end the work, as they are found."""
Ask = Callable[[str, str | None], str]
"""Gets a value for the variable of this name and description from the user."""


class CommandLine(Protocol):
    """The command that runs, for remedies that repeat it. `plain_variables` are those that are no secret."""

    def same(self, plain_variables: Collection[str]) -> Command:
        """The command that was given."""

    def plan_again(self, plain_variables: Collection[str]) -> Command:
        """The command that asks for the same plan once more."""

    def go_on(self, mode: str, plain_variables: Collection[str], to_accept: int | None = None) -> Command:
        """The command that goes on where an apply of a plan of this mode ended early.

        `to_accept` is how many links the plan of what is left must accept to lose.
        """


class Surroundings(Struct, frozen=True):
    """Where a project is worked on, and for whom.

    `assignments` are the values of variables on the command line. `ask` is None where there is no
    terminal. `called_in` is the directory in which `cl` was called, None where that is the configuration directory.
    `watch` shows what the user waits for.
    """

    environment: Mapping[str, str]
    assignments: Assignments
    report: Report
    command_line: CommandLine
    ask: Ask | None = None
    called_in: Path | None = None
    watch: Watch = unwatched

    def report_one(self, problem: Diagnostic) -> None:
        """Report one problem that does not end the work."""
        self.report([problem])

    @property
    def directory(self) -> Path:
        """The configuration directory: the present one, so that messages name its files wherever `cl` was called."""
        return Path()
