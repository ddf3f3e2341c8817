"""An apply from the lock to the written state: what `cl apply` does once the user has agreed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import date

from planner.apply.engine import apply_plan
from planner.apply.events import DiagnosticEvent, Listener
from planner.apply.messages import GO_ON
from planner.apply.outcome import Outcome
from planner.apply.preflight import preflight, refuse_stale
from planner.apply.retry import RetryPolicy
from planner.apply.stop import StopSignal
from planner.diagnostics import PlanError
from planner.network.merge import merge
from planner.recovery.fold import Document
from planner.recovery.recover import recover
from planner.state.lock import lock
from planner.state.model import State, StateOutput
from planner.state.store import Store
from providers.base import Provider


@contextlib.contextmanager
def at_work(
    store: Store,
    providers: Mapping[str, Provider],
    *,
    operation: str = "apply",
    lock_timeout: float = 0.0,
    events: Listener = lambda _event: None,
) -> Iterator[State]:
    """Hold the lock of the state, with what a crash left completed, under the present key; gives the state then.

    `lock_timeout` is in seconds. Raises StateError, ProviderError.
    """
    with lock(store.lock_path, operation, lock_timeout, lambda waiting: events(DiagnosticEvent(diagnostic=waiting))):
        recovery = recover(store, providers)
        resealed = store.reseal()
        for diagnostic in (*recovery.diagnostics, *([resealed] if resealed else ())):
            events(DiagnosticEvent(diagnostic=diagnostic))
        yield recovery.state


def carry_out(
    document: Document,
    providers: Mapping[str, Provider],
    store: Store,
    state: State,
    *,
    today: date,
    operation: str = "apply",
    parallelism: int = 10,
    events: Listener = lambda _event: None,
    stop: StopSignal | None = None,
    outputs: Mapping[str, StateOutput] | None = None,
    policy: RetryPolicy | None = None,
    run_timeout: float | None = None,
    go_on: str = GO_ON,
) -> Outcome:
    """Apply a plan while `at_work`: look once more, carry the steps out, write the state.

    `today` decides which waivers still hold; `run_timeout` is in seconds; `go_on` is the command that goes on where
    this ends early. Raises StateError, ProviderError or PlanError where nothing was begun; everything later is in the
    outcome.
    """
    refuse_stale(document, state, go_on)
    world = merge(provider.read() for provider in providers.values())
    if problems := preflight(document, world, today, go_on):
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
        go_on=go_on,
    )
