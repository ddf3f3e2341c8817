"""An apply from the lock to the written state: what `cl apply` does once the user has agreed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from msgspec import Struct

from planner.apply.engine import NO_OUTPUTS, apply_plan
from planner.apply.events import DiagnosticEvent, Listener, ignore
from planner.apply.late import Outputs
from planner.apply.options import DEFAULTS, ApplyOptions
from planner.apply.outcome import Outcome
from planner.apply.preflight import preflight, refuse_stale, scopes_of
from planner.apply.stop import StopSignal
from planner.config.desired import Limits
from planner.diagnostics import Diagnostic, PlanError
from planner.documents.plan import PlanDocument
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.recovery.recover import recover
from planner.state.model import State
from planner.state.store import Store
from providers.base import Provider

NO_LIMITS = Limits(max_detach_percent=100)


class LockedState(Struct, frozen=True):
    """A state under its lock. A plan is applied through it, so no plan is applied without the lock."""

    state: State
    store: Store
    providers: Mapping[str, Provider]
    options: ApplyOptions
    events: Listener

    def apply(
        self,
        document: PlanDocument,
        today: date,
        limits: Limits = NO_LIMITS,
        outputs: Outputs = NO_OUTPUTS,
        stopping: Callable[[], contextlib.AbstractContextManager[StopSignal]] = StopSignal.unasked,
    ) -> Outcome:
        """Check the plan against the cloud as it is now, perform its steps and write the state.

        `limits` are those of the configuration, and `today` decides which of its waivers still hold; `outputs` are the
        values of outputs that the plan does not hold. `stopping` is entered when all is read and checked:
        before that, an interrupt ends the apply at once. Raises StateError, ProviderError or PlanError before the first
        step; every later problem is in the outcome.
        """
        refuse_stale(document, self.state)
        scopes = scopes_of(document)
        found = {key: self.providers[key].read(scope) for key, scope in scopes.items() if key in self.providers}
        worlds = Worlds({key: found.get(key, World()) for key in self.providers})
        if problems := preflight(document, worlds, today, limits, self.state):
            raise PlanError(problems)
        with stopping() as stop:
            return apply_plan(
                document,
                self.providers,
                self.store,
                self.options,
                outputs=outputs,
                events=self.events,
                stop=stop,
            )


@contextlib.contextmanager
def lock_state(
    store: Store, providers: Mapping[str, Provider], options: ApplyOptions = DEFAULTS, events: Listener = ignore
) -> Iterator[LockedState]:
    """Lock the state, complete it after an interrupted apply, and encrypt it with the present key.

    Raises StateError or ProviderError.
    """

    def report_waiting(holder: Diagnostic) -> None:
        events(DiagnosticEvent(diagnostic=holder))

    with store.locked(options.operation, options.lock_timeout, report_waiting):
        recovery = recover(store, providers)
        resealed = store.reseal()
        for diagnostic in (*recovery.diagnostics, *([resealed] if resealed else ())):
            events(DiagnosticEvent(diagnostic=diagnostic))
        yield LockedState(recovery.state, store, providers, options, events)
