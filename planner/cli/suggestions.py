"""Words that may come next on the command line. The cloud is not read for a word, and no problem is reported."""

from __future__ import annotations

import os
from collections.abc import Iterable

import click

from planner.app.states import workspaces_in
from planner.cli.session import Session
from planner.cli.surroundings import surroundings_of
from planner.diagnostics import ClError
from planner.render.formats import FORMATS
from planner.state.model import State
from planner.state.workspace import Workspaces
from planner.values import replace


def workspaces(ctx: click.Context, incomplete: str) -> list[str]:
    """The names of the workspaces."""
    try:
        return _starting(_workspaces(ctx).list(), incomplete)
    except (ClError, OSError):
        return []


def addresses(ctx: click.Context, incomplete: str) -> list[str]:
    """The addresses of what the state holds."""
    return _starting(map(str, _state(ctx).objects), incomplete)


def output_names(ctx: click.Context, incomplete: str) -> list[str]:
    """The names of the outputs in the state."""
    return _starting(_state(ctx).outputs, incomplete)


def ends(ctx: click.Context, incomplete: str) -> list[str]:
    """The instances that the state knows: of what else can be an end it knows nothing."""
    known = {found.identity.instance_id for found in _state(ctx).objects.values()}
    return _starting(sorted(filter(None, known)), incomplete)


def places(ctx: click.Context, incomplete: str) -> list[str]:
    """The same, and the VPCs."""
    return sorted({*ends(ctx, incomplete), *vpc_ids(ctx, incomplete)})


def vpc_ids(ctx: click.Context, incomplete: str) -> list[str]:
    """The VPCs that the state knows: what is drained is managed."""
    known = {found.identity.vpc_id for found in _state(ctx).objects.values()}
    return _starting(sorted(vpc_id for vpc_id in known if vpc_id), incomplete)


def drained(ctx: click.Context, incomplete: str) -> list[str]:
    """The VPCs that the state knows, each with its provider where it knows the id of several."""
    owners: dict[str, set[str]] = {}
    for found in _state(ctx).objects.values():
        if found.identity.vpc_id:
            owners.setdefault(found.identity.vpc_id, set()).add(found.provider)
    names = [
        f"{provider}/{vpc_id}" if len(providers) > 1 else vpc_id
        for vpc_id, providers in owners.items()
        for provider in providers
    ]
    return _starting(sorted(names), incomplete)


def providers(ctx: click.Context, incomplete: str) -> list[str]:
    """The keys of the providers that the state has objects of."""
    return _starting(sorted({found.provider for found in _state(ctx).objects.values()}), incomplete)


def formats(_ctx: click.Context, incomplete: str) -> list[str]:
    """The formats of reports."""
    return _starting(FORMATS, incomplete)


def _starting(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _state(ctx: click.Context) -> State:
    """The state; an empty one where it cannot be read."""
    try:
        return _workspaces(ctx).store().read()
    except (ClError, OSError):
        return State()


def _workspaces(ctx: click.Context) -> Workspaces:
    """The workspaces of the directory that the words so far name. Raises OSError where it does not exist."""
    chdir = ctx.find_root().params.get("chdir")
    if chdir:
        os.chdir(chdir)
    session: Session = ctx.obj
    return workspaces_in(replace(surroundings_of(session), report=lambda _problems: None))
