"""Agreement to what cannot be taken back, by a question or by an option."""

from __future__ import annotations

from planner.cli.session import Session
from planner.diagnostics import ClError, Diagnostic
from planner.remedy import Remedy


def agreed(session: Session, question: str, option: str) -> bool:
    """Whether the user says yes. Raises ClError where none may be asked; the option makes the question needless."""
    if session.may_ask:
        return session.confirm(question)
    detail = "This needs a confirmation, but CL_INPUT forbids questions."
    remedy = Remedy.of(f"To go on without a question: {option}.")
    raise ClError(Diagnostic("STA411", "Confirmation is not possible", detail, remedy))
