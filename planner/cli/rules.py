"""`cl rules`."""

from __future__ import annotations

import click

from planner.cli import options
from planner.cli.command import Command
from planner.cli.lazy import load
from planner.cli.session import Session
from planner.cli.style import style_of
from planner.diagnostics import did_you_mean
from planner.render.json import json_text
from planner.render.rules import rule_text, rules_document, rules_text


def _rule_ids(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """The ids of the rules that a shell may complete to, in any case."""
    from planner.rules.catalogue import pages

    return [page.id for page in pages() if page.id.startswith(incomplete.upper())]


@click.command(cls=Command)
@click.argument("rule_id", metavar="[ID]", required=False, shell_complete=_rule_ids)
@options.as_json
@click.pass_obj
def rules(session: Session, rule_id: str | None, as_json: bool) -> None:
    """List the precondition rules and the limits of a plan, or show the page of the rule or code ID."""
    from planner.rules.catalogue import catalogue, pages

    manual = pages()
    if rule_id is None:
        # For programs, a rule is what a plan's `rules` can name: the other codes are those of its diagnostics.
        session.write(json_text(rules_document(catalogue())) if as_json else rules_text(manual, style_of(session)))
        return
    known = {key.lower(): page for page in manual for key in (page.id, page.name)}
    if page := known.get(rule_id.lower()):
        session.write(json_text(rules_document([page])[0]) if as_json else rule_text(page, style_of(session)))
    elif "-" in rule_id:
        hint = did_you_mean(rule_id.lower(), known) or " cl rules lists the names."
        raise click.BadParameter(f"There is no rule {rule_id!r}.{hint}")
    else:
        load("explain:show_page")(session, rule_id, as_json=as_json)
