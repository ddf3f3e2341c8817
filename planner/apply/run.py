"""An apply from the lock to the written state: what `cl apply` does once the user has agreed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from planner.apply.engine import apply_plan
from planner.apply.events import DiagnosticEvent, Listener
from planner.apply.fold import Document
from planner.apply.outcome import Outcome
from planner.apply.preflight import preflight, refuse_stale
from planner.apply.recovery import Recovery, recover
from planner.apply.retry import RetryPolicy
from planner.apply.stop import StopSignal
from planner.diagnostics import PlanError
from planner.network.merge import merge
from planner.state.lock import lock
from planner.state.model import StateOutput
from planner.state.store import Store
from providers.base import Provider


def complete_crashed(store: Store, providers: Mapping[str, Provider], *, lock_timeout: float = 0.0) -> Recovery:
    """Fold the journal of an apply that was cut short, if there is one; takes the lock only then.

    For commands that are about to plan and apply. Raises StateError, ProviderError.
    """
    if not store.journal_path.exists():
        return Recovery(store.read())
    with lock(store.lock_path, "apply", lock_timeout):
        return recover(store, providers)


def carry_out(
    document: Document,
    providers: Mapping[str, Provider],
    store: Store,
    *,
    today: date,
    operation: str = "apply",
    lock_timeout: float = 0.0,
    parallelism: int = 10,
    events: Listener = lambda _event: None,
    stop: StopSignal | None = None,
    outputs: Mapping[str, StateOutput] | None = None,
    policy: RetryPolicy | None = None,
    run_timeout: float | None = None,
) -> Outcome:
    """Apply a plan: lock, complete what a crash left, look once more, carry the steps out, write the state.

    `today` decides which waivers still hold; `lock_timeout` and `run_timeout` are in seconds. Raises StateError,
    ProviderError or PlanError where nothing was begun; everything later is in the outcome.
    """
    with lock(store.lock_path, operation, lock_timeout):
        recovery = recover(store, providers)
        for diagnostic in recovery.diagnostics:
            events(DiagnosticEvent(diagnostic=diagnostic))
        refuse_stale(document, recovery.state)
        world = merge(provider.read() for provider in providers.values())
        if problems := preflight(document, world, today):
            raise PlanError(problems)
        return apply_plan(
            document,
            providers,
            store,
            operation=operation,
            parallelism=parallelism,
            events=events,
            stop=stop,
            outputs=outputs or {},
            policy=policy,
            run_timeout=run_timeout,
        )
