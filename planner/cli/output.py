"""`cl output`."""

from __future__ import annotations

import click

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.command import Command
from planner.cli.lazy import suggesting
from planner.cli.session import Session
from planner.cli.surroundings import surroundings_of
from planner.diagnostics import Diagnostic, StateError, did_you_mean
from planner.remedy import Remedy, cl


@click.command(cls=Command)
@click.argument("name", required=False, shell_complete=suggesting("output_names"))
@click.option("--raw", is_flag=True, help="Print one output as plain text: a string, a number or true or false.")
@options.as_json
@options.variables
@click.pass_obj
def output(session: Session, name: str | None, raw: bool, as_json: bool, assignments: Assignments) -> None:
    """Show all outputs, or the output NAME. With NAME or --json, sensitive values are shown too."""
    from planner.app.states import state_in_use
    from planner.render.json import json_text
    from planner.render.state import outputs_text
    from planner.render.values import block_text

    if raw and (name is None or as_json):
        raise click.UsageError("--raw needs the name of one output, and excludes --json.")
    found = state_in_use(surroundings_of(session, assignments)).outputs
    if name is None:
        whole = {key: {"sensitive": one.sensitive, "type": one.type, "value": one.value} for key, one in found.items()}
        session.write(json_text(whole) if as_json else outputs_text(found) if found else "The state has no outputs.")
        return
    if name not in found:
        hint = did_you_mean(name, found)
        raise StateError(
            Diagnostic(
                "STA130",
                "No such output",
                f'The state has no output "{name}".{hint}',
                Remedy.of(cl("output"), " lists them."),
            )
        )
    value = found[name].value
    if raw:
        session.raw(_raw_text(name, value))
    else:
        session.write(json_text(value) if as_json else block_text(value))


def _raw_text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    kind = "null" if value is None else "a list" if isinstance(value, list) else "a map"
    raise StateError(
        Diagnostic(
            "STA131",
            "Output has no raw form",
            f'The output "{name}" is {kind}.',
            Remedy.of(cl("output", "--json", name)),
        )
    )
