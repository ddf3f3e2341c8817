"""`cl providers`."""

from __future__ import annotations

import click

from planner.app.assignments import Assignments
from planner.app.project import Project
from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.cli.surroundings import surroundings_of
from planner.render.json import json_text
from planner.render.terminal import columns, escape


@click.command(cls=Command)
@options.variables
@options.as_json
@click.pass_obj
def providers(session: Session, assignments: Assignments, as_json: bool) -> None:
    """List the providers that the configuration uses, and where each is declared."""
    found = Project(surroundings_of(session, assignments)).evaluation.providers()
    if as_json:
        session.write(json_text([{"provider": one.key, "range": one.place.block.to_json()} for one in found]))
        return
    rows = ((escape(one.key), f"{one.place.block.filename}:{one.place.block.start.line}") for one in found)
    session.write("\n".join(columns(rows)) or "The configuration declares no provider.")
