"""What the application may know of a session."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

import click

from planner.app.assignments import NO_ASSIGNMENTS, Assignments
from planner.app.directory import check_directory
from planner.app.surroundings import Surroundings
from planner.cli.lazy import load
from planner.cli.session import Session
from planner.diagnostics import Diagnostic
from planner.remedy import Command
from planner.render.terminal import escape

if TYPE_CHECKING:
    from planner.app.project import Project
    from planner.documents.plan import VariableEntry


def project_of(
    session: Session,
    assignments: Assignments,
    *,
    ask: bool = True,
    planned: Mapping[str, VariableEntry] | None = None,
) -> Project:
    """The project of the session's directory, with the variables of the plan that is applied, if one is.

    The application is loaded now and not with the command line, whose help and completion need none of it.
    """
    from planner.app.project import Project

    return Project(surroundings_of(session, assignments, ask=ask), planned=planned)


def surroundings_of(session: Session, assignments: Assignments = NO_ASSIGNMENTS, *, ask: bool = True) -> Surroundings:
    """Without `ask`, there is no question for a variable that has no value.

    Raises ConfigError where the directory cannot be read.
    """
    check_directory(session.directory)
    can_ask = ask and session.may_ask and sys.stdin.isatty()

    def value_of(variable: str, description: str | None) -> str:
        described = f"  {escape(description)}\n" if description else ""
        return session.ask(f"\nvar.{escape(variable)}\n{described}  Enter a value: ")

    def report(problems: Iterable[Diagnostic]) -> None:
        if problems := list(problems):  # the usual command has none, and need not load what shows them
            load("messages:show_problems")(session, problems)

    return Surroundings(
        session.environment,
        assignments,
        report,
        _TypedCommand(),
        value_of if can_ask else None,
        session.called_in,
        session.waiting,
    )


class _TypedCommand:
    """The command that runs, as it is typed in the project's directory."""

    def same(self, plain_variables: Collection[str]) -> Command:
        from planner.cli.next_command import the_same

        return the_same(click.get_current_context(), plain_variables)

    def plan_again(self, plain_variables: Collection[str]) -> Command:
        from planner.cli.next_command import plan_again

        return plan_again(click.get_current_context(), plain_variables)

    def go_on(self, mode: str, plain_variables: Collection[str], to_accept: int | None = None) -> Command:
        from planner.cli.next_command import go_on

        return go_on(click.get_current_context(), mode, plain_variables, to_accept)
