"""`cl providers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.cli.surroundings import project_of
from planner.exit_codes import ExitCode
from planner.render.json import json_text
from planner.render.terminal import columns, escape

if TYPE_CHECKING:
    from planner.app.provider_list import Listed
    from planner.remedy import Caller


@click.command(cls=Command)
@options.variables
@options.as_json
@click.option("--ram-policy", is_flag=True, help="Print only the smallest RAM policy that cl works with.")
@click.option(
    "--read-only", is_flag=True, help="With --ram-policy: include only the rights that plans and drift reports need."
)
@click.option(
    "--security-groups",
    is_flag=True,
    help="With --ram-policy: include the rights for security groups. Implied if the configuration has any.",
)
@click.pass_obj
def providers(
    session: Session, assignments: Assignments, as_json: bool, ram_policy: bool, read_only: bool, security_groups: bool
) -> ExitCode:
    """List the providers: where each is declared, its account, and where its credentials come from."""
    for name, is_given in (("read-only", read_only), ("security-groups", security_groups)):
        if is_given and not ram_policy:
            raise click.UsageError(f"--{name} needs --ram-policy.")
    project = project_of(session, assignments)
    if ram_policy:
        from planner.app.ram_policy import ram_policy_text

        session.write(ram_policy_text(project, read_only=read_only, security_groups=security_groups))
        return ExitCode.DONE
    from planner.app.provider_list import list_providers

    found = list_providers(project)
    if as_json:
        session.write(json_text([_entry(one) for one in found]))
    else:
        session.write(
            "\n".join(columns(_row(one, session.caller) for one in found)) or "The configuration declares no provider."
        )
    problems = [problem for one in found for problem in one.problems]
    project.surroundings.report([*(warning for one in found for warning in one.warnings), *problems])
    return ExitCode.ERROR if problems else ExitCode.DONE


def _entry(one: Listed) -> dict[str, object]:
    known = {"account_id": one.account_id, "region_id": one.region_id, "credentials": one.credentials}
    found = {name: value for name, value in known.items() if value}
    return {"provider": one.config.key, "range": one.config.place.block.to_json(), **found}


def _row(one: Listed, caller: Caller) -> tuple[str, ...]:
    block = one.config.place.block
    cloud = " ".join(filter(None, (one.account_id and f"account {one.account_id}", one.region_id)))
    credentials = f"credentials: {one.credentials}" if one.credentials else ""
    return (
        escape(one.config.key),
        f"{caller.name(block.filename)}:{block.start.line}",
        escape(cloud),
        escape(credentials),
    )
