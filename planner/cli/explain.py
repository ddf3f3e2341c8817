"""`cl explain`."""

from __future__ import annotations

import click

from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.cli.style import style_of
from planner.diagnostics import did_you_mean


def _codes(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """The codes that a shell may complete to, in any case."""
    from planner.explain.library import pages

    return [code for code in pages() if code.startswith(incomplete.upper())]


@click.command(cls=Command)
@click.argument("code", metavar="[CODE]", required=False, shell_complete=_codes)
@options.as_json
@click.pass_obj
def explain(session: Session, code: str | None, as_json: bool) -> None:
    """Show what a code means, with an example, and what to do. With only the beginning of a code, list its codes."""
    show_page(session, code or "", as_json=as_json)


def show_page(session: Session, code: str, *, as_json: bool) -> None:
    """Show the page of a code, or a list where this is the beginning of several or nothing."""
    from planner.explain.library import families, pages
    from planner.render import explain as render
    from planner.render.json import json_text

    known, style = pages(), style_of(session)
    if not code and not as_json:
        session.write(render.families_text(families(), style))
        return
    if page := known.get(code.upper()):
        session.write(json_text(render.page_document(page)) if as_json else render.page_text(page, style))
        return
    found = [page for each, page in known.items() if each.startswith(code.upper())]
    if not found:
        hint = did_you_mean(code.upper(), known) or " cl explain lists the codes."
        raise click.BadParameter(f"There is no code {code!r}.{hint}")
    session.write(json_text(render.pages_document(found)) if as_json else render.pages_text(found, style))
