"""Looking at the state alone: what it holds, and whether an apply has done more than that."""

from __future__ import annotations

import contextlib

from planner.diagnostics import Diagnostic, Severity, StateError, counted
from planner.remedy import Remedy, cl
from planner.state.journal import DONE, JournalRecord
from planner.state.model import State
from planner.state.store import Store
from planner.values import replace


def glance(store: Store) -> tuple[State, list[Diagnostic]]:
    """The state as it is kept, and a warning where a journal holds what it does not. Raises StateError.

    The journal is read first: where an apply ends in between, its plan is among those that were applied to the state.
    A journal that cannot be read is reported too, because the state can be shown without it.
    """
    try:
        record = store.read_journal()
    except StateError as error:
        return store.read(), [replace(problem, severity=Severity.WARNING) for problem in error.diagnostics]
    state = store.read()
    if record is None or record.plan["plan_id"] in state.applied_plans:
        return state, []
    return state, [_not_in_the_state(store, record)]


def _not_in_the_state(store: Store, record: JournalRecord) -> Diagnostic:
    done = sum(outcome == DONE for outcome in record.facts.values())
    apply, remedy = standing(store)
    detail = (
        f"{store.journal_name} is of an apply that {apply}. What is shown is the state before it: "
        f"{done:,} of its {counted(len(record.plan['steps']), 'step')} {'is' if done == 1 else 'are'} known to be "
        "done, and not in the state yet."
    )
    remedy = Remedy.of(remedy, " Until then ", cl("plan"), " counts it in.")
    return Diagnostic("STA308", "An apply is not finished", detail, remedy, Severity.WARNING)


def standing(store: Store) -> tuple[str, Remedy]:
    """What is known of an apply that has left a journal, as the end of `an apply that …`, and what to do."""
    holder = None
    with contextlib.suppress(StateError):
        holder = store.place.holder()
    if holder is not None:
        return f"runs now: {holder.in_short} holds the lock", Remedy.of("Wait until it ends.")
    remedy = Remedy.of("Wait for it, or complete it: the next ", cl("apply"), " reads the journal first.")
    return "is running or was interrupted", remedy
