"""`cl init`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.cli.surroundings import project_of
from planner.diagnostics import ExitCode, counted
from planner.remedy import cl

if TYPE_CHECKING:
    from planner.app.project import Project


@click.command(cls=Command)
@click.option("--example", is_flag=True, help="Write a starter configuration with a simulated cloud.")
@click.option(
    "--backend-config",
    multiple=True,
    metavar="FILE|NAME=VALUE",
    help="Store a setting of the backend, or those in a file, in .cl/backend.json; no secrets; repeatable.",
)
@click.option("--reconfigure", is_flag=True, help="Record the backend as it is now, and copy no state.")
@options.variables
@options.input_
@click.pass_obj
def init(
    session: Session,
    example: bool,
    backend_config: tuple[str, ...],
    reconfigure: bool,
    assignments: Assignments,
    ask: bool,
) -> ExitCode:
    """Check settings, providers and the state's place; write a starter configuration with --example."""
    from planner.app.unreadable_cloud import not_opened

    if example:
        from planner.app.starter import write_example

        for name in write_example(session.directory):
            session.say(f"Wrote {name}.")
    project = project_of(session, assignments, ask=ask)
    _initialise(session, project, backend_config, reconfigure=reconfigure)
    with project.providers() as providers:
        names = ", ".join(providers) or "none"
        problems = not_opened(providers)
    state = project.prior()
    if problems:
        project.surroundings.report(problems)
        return ExitCode.ERROR
    session.write(
        f"Ready. Providers: {names}. Workspace: {project.workspace}, "
        f"with {counted(len(state.objects), 'object')} in its state.\n\nNext:  {session.caller.call(cl('plan'))}"
    )
    return ExitCode.DONE


def _initialise(session: Session, project: Project, backend_config: tuple[str, ...], *, reconfigure: bool) -> None:
    """Check and record the backend. No message quotes a file of settings, which may hold a secret by mistake."""
    from planner.app.initialising import initialise

    session.value_files |= {option for option in backend_config if "=" not in option}
    initialise(project, backend_config, reconfigure=reconfigure)
