"""`cl reach`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.app.assignments import Assignments
from planner.cli import options, traffic_options
from planner.cli.command import Command
from planner.cli.file_path import FilePath
from planner.cli.lazy import suggesting
from planner.cli.session import Session
from planner.cli.style import style_of
from planner.cli.surroundings import project_of
from planner.exit_codes import ExitCode

if TYPE_CHECKING:
    from planner.network.traffic import Traffic


@click.command(cls=Command)
@click.argument("origin", metavar="[FROM]", required=False, shell_complete=suggesting("ends"))
@click.argument("target", metavar="[TO]", required=False, shell_complete=suggesting("ends"))
@click.option(
    "--plan",
    type=FilePath(),
    metavar="PLAN",
    help="Answer for the network as it will be after this saved plan.",
)
@click.option(
    "--all-from",
    metavar="FROM",
    shell_complete=suggesting("ends"),
    help="List everything that FROM can or cannot reach.",
)
@click.option(
    "--all-to", metavar="TO", shell_complete=suggesting("ends"), help="List everything that can or cannot reach TO."
)
@traffic_options.traffic
@options.provider
@options.variables
@options.as_json
@click.pass_obj
def reach(
    session: Session,
    origin: str | None,
    target: str | None,
    plan: Path | None,
    all_from: str | None,
    all_to: str | None,
    traffic: Traffic,
    provider: str | None,
    assignments: Assignments,
    as_json: bool,
) -> ExitCode:
    """Show whether FROM can reach TO, and why. Both are instance ids, resource ids or IP addresses.

    If the security groups of TO are known, they decide which traffic passes. The answer shows all that passes, or the
    traffic that --protocol and --port name, with the rule that decides.

    Exits with 0 if the answer is known, whatever it is, and with 3 if it is not.
    """
    chosen = [bool(origin and target), bool(all_from), bool(all_to)]
    if sum(chosen) != 1 or bool(origin) != bool(target):
        raise click.UsageError("Give FROM and TO, or --all-from FROM, or --all-to TO.")
    from planner.app.forecast import worlds_after
    from planner.app.plan_file import read_saved_plan
    from planner.network.reach_worlds import reach_between, reach_everything
    from planner.render.json import json_text
    from planner.render.network import trace_text, traces_text

    saved = read_saved_plan(plan, session.environment, session.called_in) if plan else None
    asked = [end for end in (origin, target, all_from, all_to) if end]
    worlds = worlds_after(project_of(session, assignments), saved, asked)
    if origin and target:
        document = reach_between(worlds, origin, target, provider, traffic).to_json()
        session.write(json_text(document) if as_json else trace_text(document, style_of(session)))
        return ExitCode.INCOMPLETE if document["reachable"] is None else ExitCode.DONE
    traces = reach_everything(worlds, origin=all_from, target=all_to, provider=provider, traffic=traffic)
    documents = [found.to_json() for found in traces]
    session.write(json_text(documents) if as_json else traces_text(documents, style_of(session)))
    return ExitCode.DONE
