"""`cl import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.command import Command
from planner.cli.file_path import FilePath
from planner.cli.next_command import the_same
from planner.cli.session import Session
from planner.cli.surroundings import project_of
from planner.diagnostics import counted
from planner.exit_codes import ExitCode
from planner.remedy import Command as CommandLine
from planner.render.terminal import escape

if TYPE_CHECKING:
    from planner.app.bulk_import import Imported


@click.command("import", cls=Command)
@click.argument("address", metavar="[ADDR]", required=False, callback=options.plain_addresses)
@click.argument("object_id", metavar="[ID]", required=False)
@click.option("--all", "everything", is_flag=True, help="Import every declared object that exists.")
@click.option(
    "--vpc", "vpc_ids", multiple=True, metavar="VPC_ID", help="With --all: import only objects of this VPC; repeatable."
)
@click.option(
    "--write",
    type=FilePath(),
    metavar="FILE",
    help="With --all: also import objects that are not declared, and write their blocks to this new file.",
)
@options.variables
@options.input_
@options.lock_timeout
@click.pass_obj
def import_(
    session: Session,
    address: str | None,
    object_id: str | None,
    everything: bool,
    vpc_ids: tuple[str, ...],
    write: Path | None,
    assignments: Assignments,
    ask: bool,
    lock_timeout: float,
) -> ExitCode:
    """Start to manage something that exists already, at an address that the configuration declares.

    The form of ID depends on the type of ADDR: VPC_ID for an enabled VPC, INSTANCE_ID/VPC_ID for a link,
    INSTANCE_ID/CIDR for a guest route, GROUP/RULE_ID or GROUP:SOURCE:tcp:80/80:accept for a security rule.

    --all imports every declared object that exists. --all --write FILE.hcl also imports links, enabled VPCs and
    security rules that are not declared, and declares them in FILE.hcl.
    """
    from planner.app.bulk_import import import_all
    from planner.app.importing import import_object
    from planner.cli.messages import show_problems
    from planner.cli.unread import unread_warnings

    project = project_of(session, assignments, ask=ask)
    if everything:
        if address is not None:
            raise click.UsageError("--all takes no ADDR.")
        imported = import_all(project, vpc_ids, write, lock_timeout)
        command = the_same(click.get_current_context(), project.evaluation.plain_variables())
        named = session.caller.name(str(write)) if write is not None else ""
        session.say(_summary(imported, named, session.caller.call(command.adding("--write", "FILE.hcl"))))
        again = "Run it again to import the rest" + (", into another new file." if imported.written else ".")
        show_problems(session, unread_warnings(imported.unread, again))
        return ExitCode.DONE if imported.is_complete else ExitCode.INCOMPLETE
    if address is None or object_id is None or vpc_ids or write is not None:
        raise click.UsageError("Give ADDR and ID, or --all [--vpc VPC_ID] [--write FILE.hcl].")
    adopted = import_object(project, address, object_id, lock_timeout)
    session.say(escape(f"Imported {adopted.identity.id} as {adopted.address}."))
    return ExitCode.DONE


def _summary(imported: Imported, path: str, import_the_rest: CommandLine) -> str:
    """What was done, as sentences. `path` is where the blocks went; `import_the_rest` imports what is not declared."""
    count = imported.declared + imported.written
    done = f"Imported {counted(count, 'object')}." if count else "Nothing was imported."
    if not count and imported.is_complete:
        done = "Nothing was imported: everything that is declared is managed already."
    if imported.written:
        them = f"{imported.written:,} of them" if imported.declared else "it" if imported.written == 1 else "them"
        done += f" {escape(path)} declares {them}."
    if imported.left:
        exist = "exists and is" if imported.left == 1 else "exist and are"
        them = "it" if imported.left == 1 else "them"
        done += f"\n{imported.left:,} more {exist} not declared. To import {them}, too: {escape(str(import_the_rest))}"
    return done
