"""`cl import`."""

from __future__ import annotations

import click

from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session


@click.command("import", cls=Command)
@click.argument("address", metavar="ADDR")
@click.argument("object_id", metavar="ID")
@options.variables
@options.input_
@options.lock_timeout
@click.pass_obj
def import_(
    session: Session, address: str, object_id: str, assignments: options.Assignments, ask: bool, lock_timeout: float
) -> None:
    """Manage something that exists already, at an address that the configuration declares.

    ID is VPC_ID, INSTANCE_ID/VPC_ID or INSTANCE_ID/CIDR, as the type of the address asks.
    """
    from planner.cli.importing import import_object

    adopted = import_object(session, address, object_id, assignments, ask=ask, lock_timeout=lock_timeout)
    session.say(f"Imported {adopted.identity.id}; the state has it at {adopted.address} now.")
