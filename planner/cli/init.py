"""`cl init`."""

from __future__ import annotations

import click

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.cli.surroundings import project_of
from planner.diagnostics import ExitCode, counted
from planner.remedy import cl


@click.command(cls=Command)
@click.option("--example", is_flag=True, help="Write a starter configuration with a simulated cloud.")
@options.variables
@options.input_
@click.pass_obj
def init(session: Session, example: bool, assignments: Assignments, ask: bool) -> ExitCode:
    """Check settings, providers and the state's place; write a starter configuration with --example."""
    from planner.app.unreadable_cloud import not_opened

    if example:
        from planner.app.starter import write_example

        for name in write_example(session.directory):
            session.say(f"Wrote {name}.")
    project = project_of(session, assignments, ask=ask)
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
