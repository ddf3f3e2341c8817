"""Making a plan: what `plan`, `apply`, `destroy` and `refresh` share."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import click

from planner.cli.options import Planning
from planner.cli.project import Project, read_world
from planner.diagnostics import ExitCode
from planner.plan.make import make_plan
from planner.plan.offline import offline_world
from planner.plan.options import Mode, Options
from providers.base import Provider

Document = dict[str, Any]


def make(project: Project, planning: Planning, providers: Mapping[str, Provider]) -> Document:
    """The plan document that the options ask for."""
    mode = _mode(planning)
    world = read_world(providers) if planning.refresh else offline_world(project.prior)
    return make_plan(
        project.desired(world),
        project.prior,
        world,
        Options(
            now=project.now,
            plan_id=secrets.token_hex(8),
            mode=mode,
            refresh=planning.refresh,
            targets=planning.targets,
            excludes=planning.excludes,
            replace=planning.replace,
            accept_detach=planning.accept_detach,
            drain=planning.drain,
            include_unmanaged=planning.include_unmanaged,
            variables=project.evaluation.plain_variables(),
        ),
    )


def _mode(planning: Planning) -> Mode:
    if planning.destroy and planning.refresh_only:
        raise click.UsageError("--destroy and --refresh-only exclude each other.")
    if planning.refresh_only and not planning.refresh:
        raise click.UsageError("--refresh-only and --refresh=false exclude each other.")
    if planning.include_unmanaged and not planning.drain:
        raise click.UsageError("--include-unmanaged goes with --drain VPC_ID.")
    if planning.destroy:
        return Mode.DESTROY
    return Mode.REFRESH_ONLY if planning.refresh_only else Mode.NORMAL


def exit_code(document: Document, *, detailed: bool) -> ExitCode:
    """How `plan` ends."""
    if document["errored"]:
        return ExitCode.ERROR if document["complete"] else ExitCode.INCOMPLETE
    if not document["complete"]:
        return ExitCode.INCOMPLETE
    return ExitCode.CHANGES if detailed and document["applicable"] else ExitCode.DONE
