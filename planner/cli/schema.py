"""`cl schema`."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module

import click

from planner.cli.command import Command
from planner.cli.session import Session
from planner.schema.keywords import Schema

SCHEMAS = {
    "plan": "planner.documents.plan:plan_schema",
    "drift": "planner.documents.drift:drift_schema",
    "state": "planner.documents.state:state_schema",
    "history": "planner.documents.history:history_schema",
    "world": "providers.mock.world_document:world_schema",
    "events": "planner.documents.events:events_schema",
}
"""Where the schema of each kind of document is made; its module is imported when it is asked for."""


@click.command(cls=Command)
@click.argument("name", type=click.Choice(list(SCHEMAS)))
@click.pass_obj
def schema(session: Session, name: str) -> None:
    """Print the JSON Schema of a document.

    The documents are a plan, a drift report, a state, its history, a world file, and the events of an apply.
    """
    session.write(json.dumps(schema_named(name), indent=2))


def schema_named(name: str) -> Schema:
    """The published schema of this name."""
    module, function = SCHEMAS[name].split(":")
    make: Callable[[], Schema] = getattr(import_module(module), function)
    return make()
