"""Problems, on stderr."""

from __future__ import annotations

from collections.abc import Iterable

from planner.cli.session import Session
from planner.cli.style import style_of
from planner.diagnostics import Diagnostic
from planner.render.diagnostics import diagnostics_text, errors_among, pages_hint
from planner.render.remedy import diagnostic_called_from
from planner.writing import how_to_write


def output_lost(problem: OSError) -> str:
    """What to tell the user where standard output takes no more."""
    remedy = how_to_write(problem, "Write standard output to a place with enough space and permission.")
    return f"Error: standard output cannot be written: {problem.strerror}.\n  To fix: {remedy}"


def show_problems(session: Session, diagnostics: Iterable[Diagnostic]) -> None:
    """Show the user problems in full."""
    entries = [diagnostic_called_from(one.to_json(), session.caller) for one in diagnostics]
    session.mention(diagnostics_text(entries, session.source, style_of(session, stderr=True)))


def show_errors(session: Session, diagnostics: Iterable[Diagnostic]) -> None:
    """The same for what ends a command, and the command that explains its codes."""
    shown = list(diagnostics)
    show_problems(session, shown)
    if hint := pages_hint(errors_among(shown), style_of(session, stderr=True)):
        session.mention(f"\n{hint}")
