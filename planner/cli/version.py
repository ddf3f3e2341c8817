"""`cl version`."""

from __future__ import annotations

import click

from planner import VERSION_LINE, __version__
from planner.cli.command import Command
from planner.cli.session import Session


@click.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def version(session: Session, as_json: bool) -> None:
    """Show the version."""
    if as_json:
        import json

        session.write(json.dumps({"cl_version": __version__}))
    else:
        session.write(VERSION_LINE)
