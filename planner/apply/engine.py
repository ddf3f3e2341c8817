"""The engine: performs the steps of a plan, as many at once as allowed, each in the journal before its call.

The leading thread alone knows which steps may start, writes the journal and emits the events; worker threads make the
calls. All steps that are ready go into the journal together, so that one fsync makes many intents durable::

    schedule ──ready──▶ journal intents ──fsync──▶ workers ──results──▶ journal facts ──▶ schedule

At the end, or at an interrupt, what was done is folded into the state, which is written once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import chain

from planner.apply.events import Listener, PlannedStep, ignore
from planner.apply.late import LateValues, Outputs, read_late
from planner.apply.messages import not_removed, out_of_time, stopped_at_once, without_link
from planner.apply.one_core import on_one_core
from planner.apply.options import DEFAULTS, ApplyOptions
from planner.apply.outcome import Outcome
from planner.apply.retry import Ending, Line
from planner.apply.stop import StopSignal
from planner.apply.tally import Tally
from planner.apply.workers import Accepted, Message, Started, Workers
from planner.collector import sparing_what_stands, without_collector
from planner.diagnostics import ClError, Diagnostic, ProviderError, StateError
from planner.documents.plan import PlanDocument, folded_part
from planner.documents.plan_steps import read_steps
from planner.recovery.fold import fold, standing_twice
from planner.recovery.rule_ids import looking_at, with_rule_ids
from planner.remedy import Remedy
from planner.state.backends.patience import Away
from planner.state.journal import DONE, NOT_DONE, Journal
from planner.state.model import State
from planner.state.store import Store
from planner.steps import Step
from planner.values import replace
from providers.base import Provider

_TICK = 0.1
"""Seconds after which the leading thread looks at the clock and the journal, even if no step has ended."""
_MOST_AHEAD = 256
"""Steps that are journalled ahead of the workers at most."""
NO_OUTPUTS = Outputs()


def apply_plan(
    document: PlanDocument,
    providers: Mapping[str, Provider],
    store: Store,
    options: ApplyOptions = DEFAULTS,
    *,
    outputs: Outputs = NO_OUTPUTS,
    events: Listener = ignore,
    stop: StopSignal | None = None,
) -> Outcome:
    """Perform the steps of a plan that passed its checks. The caller holds the lock of the store.

    `outputs` are the values of outputs that the document does not hold. A failed step stops the steps that
    need it and no others. Raises StateError or ProviderError before the first step; every later problem is in the
    outcome.
    """
    prior = store.read()
    stop = stop or StopSignal()
    with without_collector():
        steps = read_steps(document)
        tally = Tally(steps, events, document["summary"], several=len(providers) > 1)
    if steps:
        _refuse_missing_providers(steps, providers)
        with stop.ending(_given_up(store)):
            journal = store.begin_journal(folded_part(document))
        for step in steps:
            events(PlannedStep(of=step, several=tally.several, needs=step.needs))
        lines = {name: Line(provider) for name, provider in providers.items()}
        count = min(options.parallelism, len(steps))
        with sparing_what_stands(), on_one_core(providers.values()):
            workers = Workers(count, lines, options.retry, stop, tally.schedule.awaited, store)
            stopped_now = _Engine(tally, journal, workers, options, stop, _given_up(store)).run()
        if stopped_now:
            stopped = stopped_at_once(store.journal_name, tally.under_way(), several=tally.several)
            return tally.outcome(prior, [stopped], folded=False)
    return _finish(document, prior, store, tally, outputs, options.operation, stop, providers)


def _finish(
    document: PlanDocument,
    prior: State,
    store: Store,
    tally: Tally,
    outputs: Outputs,
    operation: str,
    stop: StopSignal,
    providers: Mapping[str, Provider],
) -> Outcome:
    """Fold what was done into the state, read what is known only now, write the state and remove the journal.

    If the outcome of a step is unknown, the journal stays, and the plan does not count as applied yet.
    """
    folded = fold(prior, document, tally.done.keys(), outputs.hidden)
    folded = with_rule_ids(folded, [tally.schedule.steps[done] for done in tally.done], looking_at(providers))
    late = LateValues(folded)
    if outputs.late is not None and tally.is_complete and not tally.interrupted:
        found = read_late(outputs.late, folded, stop)
        tally.interrupted = found is None
        folded = late.state if found is None else found.state
        late = found or late
    if tally.unknown:
        folded = replace(folded, applied_plans=prior.applied_plans)
    written, plan_id = prior, document["plan_id"]
    try:
        if folded is not prior:
            with stop.ending(_given_up(store)):
                written = store.write(folded, operation=operation, plan_id=plan_id, steps=len(tally.done))
    except ClError as error:
        return tally.outcome(folded, error.diagnostics, folded=False)
    problems = [*without_link(tally.parked(), several=tally.several), *late.diagnostics]
    if not tally.unknown:
        problems += not_removed(standing_twice(written, document, tally.done.keys()))
        try:
            with stop.ending(_given_up(store)):
                store.remove_journal()
        except ClError as error:
            problems.extend(error.diagnostics)
    return replace(tally.outcome(written, problems, folded=True), complete=late.complete)


class _Engine:
    """The work of the leading thread."""

    def __init__(
        self,
        tally: Tally,
        journal: Journal,
        workers: Workers,
        options: ApplyOptions,
        stop: StopSignal,
        given_up: StateError | None,
    ) -> None:
        """`given_up` is what a journal that is waited for raises where the user stops everything at once."""
        self._given_up = given_up
        self._tally, self._journal, self._workers, self._stop = tally, journal, workers, stop
        self._parallelism = min(options.parallelism, tally.total)
        self._run_timeout = options.run_timeout
        self._began = time.monotonic()
        self._is_failing = self._is_late = False
        self._accepted: set[int] = set()
        self._riding: set[int] = set()  # steps that are done by the call of another one

    def run(self) -> bool:
        """Perform steps until none may start and none is running. True if the user stopped everything at once."""
        try:
            self._start(self._parallelism)
            while self._tally.given:
                messages = self._workers.receive(_TICK)
                self._note(messages)
                self._watch()
                if self._stop.now:
                    self._note(self._workers.receive(0))  # what began or ended just before
                    self._tally.interrupted = True
                    return True
                self._start(max(self._parallelism, min(_MOST_AHEAD, 2 * len(messages))))
        finally:
            self._workers.close()
            with self._stop.ending(self._given_up):
                self._journal.close()
        if not self._tally.is_complete:  # otherwise the stop came too late to interrupt anything
            self._tally.interrupted = self._stop.gently and not self._is_failing
            if self._is_late:
                self._tally.problems.append(out_of_time(self._run_timeout or 0))
        return False

    def _start(self, ahead: int) -> None:
        """Give the workers the steps that may start, up to `ahead` more than they can perform at once."""
        urgent: list[Step] = []
        others: list[tuple[Step, ...]] = []
        if not self._stop.gently:
            urgent = self._tally.schedule.take_urgent()
            idle = len(self._accepted) + len(self._riding) + self._workers.set_aside  # no worker is busy with these
            room = self._parallelism + ahead - len(self._tally.given) + idle - len(urgent)
            others = self._tally.schedule.take(max(0, room))
        try:
            for step in (*urgent, *chain.from_iterable(others)):
                self._journal.intent(step.id)
            with self._stop.ending(self._given_up):
                self._journal.commit() if urgent or others else self._journal.flush()
        except StateError as error:
            self._fail(error.diagnostics)
            return
        self._tally.given.update(step.id for step in (*urgent, *chain.from_iterable(others)))
        self._workers.nothing_else_to_do(is_so=len(self._accepted) == len(self._tally.given))
        for step in urgent:
            self._workers.give((step,), urgent=True)
        for steps in others:
            self._riding.update(step.id for step in steps[1:])
            self._workers.give(steps)

    def _note(self, messages: Sequence[Message]) -> None:
        """Take up what the workers report."""
        for message in messages:
            if message.step not in self._tally.given:
                continue  # an abandoned call has returned after all, or a step was seen before it was noted as accepted
            if isinstance(message, Started):
                self._tally.start(message.step)
                continue
            self._riding.discard(message.step)
            if isinstance(message, Accepted):
                self._accepted.add(message.step)
                continue
            self._accepted.discard(message.step)
            if message.ending is not Ending.UNKNOWN:
                self._journal.fact(message.step, DONE if message.ending is Ending.DONE else NOT_DONE)
            self._tally.end(message)

    def _watch(self) -> None:
        """Check the journal, the calls that hang and the clock, and report the progress."""
        try:
            self._journal.check()
        except StateError as error:
            self._fail(error.diagnostics)
        self._workers.call_up()
        for step_id in self._workers.hanging():
            self._workers.give_up(self._tally.schedule.steps[step_id])
        timeout = self._run_timeout
        if timeout is not None and time.monotonic() - self._began > timeout and not self._stop.gently:
            self._is_late = True
            self._fail(())
        self._tally.report_progress()

    def _fail(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Start no more steps: the apply itself cannot continue."""
        if not self._is_failing and not self._stop.gently:
            self._stop.ask()
            self._is_failing = True
            self._tally.problems.extend(diagnostics)


def _given_up(store: Store) -> StateError | None:
    """What a wait for the backend raises where the user stops at once; None where it is this machine."""
    return None if store.place.files else Away(store.name, "it had not answered when the apply was interrupted")


def _refuse_missing_providers(steps: Sequence[Step], providers: Mapping[str, Provider]) -> None:
    missing = sorted({step.provider for step in steps} - providers.keys())
    if missing:
        detail = (
            f"The plan has steps for {', '.join(missing)}; configured are {', '.join(sorted(providers)) or 'none'}."
        )
        remedy = f'Add it to the configuration: provider "{missing[0].partition(".")[0]}" {{ … }}'
        raise ProviderError(Diagnostic("PRV306", "Provider is not configured", detail, Remedy.of(remedy)))
