"""`cl addresses`."""

from __future__ import annotations

import click

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.cli.style import style_of
from planner.cli.surroundings import project_of


@click.command(cls=Command)
@click.option("--free", type=int, metavar="LENGTH", help="List free blocks of this prefix length.")
@click.option("--vpc", metavar="VPC_ID", help="Show only this VPC.")
@options.provider
@options.variables
@options.as_json
@click.pass_obj
def addresses(
    session: Session, free: int | None, vpc: str | None, provider: str | None, assignments: Assignments, as_json: bool
) -> None:
    """Show which VPCs and vSwitches can talk to the classic network, what is in the way, and which blocks are free.

    A block of 10.111.0.0/16 is free if no vSwitch uses it. With --vpc, the free blocks are those of that VPC's range.
    """
    from planner.app.address_survey import survey_of
    from planner.render.json import json_text
    from planner.render.network import survey_text

    try:
        document = survey_of(project_of(session, assignments), free, vpc, provider)
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None
    except KeyError:
        raise click.UsageError(f"There is no VPC {vpc}.") from None
    session.write(json_text(document) if as_json else survey_text(document, style_of(session)))
