"""`cl init`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.cli.surroundings import project_of
from planner.diagnostics import Severity, StateError, counted
from planner.exit_codes import ExitCode
from planner.remedy import cl
from planner.render.terminal import escape

if TYPE_CHECKING:
    from planner.app.migrating import Moved
    from planner.app.project import Project

_ELSEWHERE = {"STA450", "STA451"}
"""The codes of a backend that is not where the states are."""


class _How(Struct, frozen=True):
    """What is done with the states, and whether the user can be asked."""

    reconfigure: bool
    migrate_state: bool
    force_copy: bool
    lock_timeout: float
    may_ask: bool


@click.command(cls=Command)
@click.option("--example", is_flag=True, help="Write a starter configuration with a simulated cloud.")
@click.option(
    "--backend-config",
    multiple=True,
    metavar="FILE|NAME=VALUE",
    help="Store a backend setting, or a file of settings, in .cl/backend.json. Give no secrets here. Repeatable.",
)
@click.option("--reconfigure", is_flag=True, help="Record the backend of the configuration without copying any state.")
@click.option("--migrate-state", is_flag=True, help="Copy the states to the backend that the configuration names now.")
@click.option(
    "--force-copy", is_flag=True, help="With --migrate-state: also replace states that are newer or of another lineage."
)
@options.lock_timeout
@options.variables
@options.input_
@click.pass_obj
def init(
    session: Session,
    example: bool,
    backend_config: tuple[str, ...],
    reconfigure: bool,
    migrate_state: bool,
    force_copy: bool,
    lock_timeout: float,
    assignments: Assignments,
    ask: bool,
) -> ExitCode:
    """Check settings, providers and backend; with --example, write a starter configuration."""
    from planner.app.terraform_files import unread_configuration
    from planner.app.unreadable_cloud import not_opened
    from planner.state.backends.refusals import not_tried

    if force_copy and not migrate_state:
        raise click.UsageError("--force-copy needs --migrate-state.")
    if migrate_state and reconfigure:
        raise click.UsageError("--migrate-state copies the states, --reconfigure copies none. Give one of them.")
    may_ask = ask and session.may_ask and sys.stdin.isatty()
    how = _How(reconfigure, migrate_state, force_copy, lock_timeout, may_ask)
    if example:
        from planner.app.starter import write_example

        for name in write_example(session.directory):
            session.say(f"Wrote {session.caller.name(name)}.")
    project = project_of(session, assignments, ask=ask)
    _initialise(session, project, backend_config, how)
    project.surroundings.report(unread_configuration(session.directory))
    with project.providers() as providers:
        names = ", ".join(providers) or "none"
        problems = not_opened(providers)
    state, place = project.prior(), project.store.place
    backend = project.workspaces.backend.fingerprint["type"]
    if holder := place.holder():
        problems = [*problems, not_tried(place.name, holder)]
    project.surroundings.report(problems)
    if any(problem.severity is Severity.ERROR for problem in problems):
        return ExitCode.ERROR
    session.write(
        f"Ready. Providers: {names}. Workspace: {project.workspace}, "
        f"with {counted(len(state.objects), 'object')} in its state.\n"
        f"Backend: {backend}, {escape(place.name)}\n\nNext:  {session.caller.call(cl('plan'))}"
    )
    return ExitCode.DONE


def _initialise(session: Session, project: Project, backend_config: tuple[str, ...], how: _How) -> None:
    """Check and record the backend. No message quotes a file of settings, which may hold a secret by mistake."""
    from planner.app.initialising import Migration, initialise

    session.value_files |= {option for option in backend_config if "=" not in option}
    migration = Migration(how.force_copy, how.lock_timeout)
    try:
        moved = initialise(
            project, backend_config, reconfigure=how.reconfigure, migration=migration if how.migrate_state else None
        )
    except StateError as error:
        if not how.may_ask or not {problem.code for problem in error.diagnostics} <= _ELSEWHERE:
            raise
        session.say(" ".join(escape(problem.detail) for problem in error.diagnostics))
        if not session.confirm("Copy the states to the new backend?"):
            raise
        moved = initialise(project, backend_config, reconfigure=False, migration=migration)
    for one in moved:
        session.say(escape(_moved(one)))
    if how.migrate_state and not moved:
        session.say("No state was copied: the backend has not changed.")


def _moved(one: Moved) -> str:
    what = f"serial {one.state.serial} is now" if one.state.serial else "it has no state yet, and is now"
    kept = f"The old files are kept: {', '.join(map(str, one.aside))}"
    if not one.aside:
        kept = f"The copy in {one.before} is kept, but cl no longer reads it."
    return f'Workspace "{one.workspace}": {what} in {one.place}. {kept}'
