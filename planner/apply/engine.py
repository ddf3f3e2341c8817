"""The engine: carries a plan out, as many steps at once as allowed, each in the journal before it is made.

One thread leads: it alone knows which steps may start, writes the journal and tells the listener. Worker threads make
the calls. What is ready is written to the journal together and made durable at once (one fsync for many steps)::

    schedule ──ready──▶ journal intents ──fsync──▶ workers ──results──▶ journal facts ──▶ schedule

At the end, or at an interrupt, the state is folded from what was done and written once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from planner.apply.events import Listener, PlannedStep
from planner.apply.messages import GO_ON, out_of_time, stopped_at_once, without_link
from planner.apply.one_core import on_one_core
from planner.apply.outcome import Outcome
from planner.apply.retry import Ending, Line, RetryPolicy
from planner.apply.stop import StopSignal
from planner.apply.tally import Tally
from planner.apply.workers import Message, Started, Workers
from planner.collector import sparing_what_stands, without_collector
from planner.diagnostics import ClError, Diagnostic, ProviderError, StateError
from planner.recovery.fold import FOLDED, Document, fold
from planner.state.journal import DONE, NOT_DONE, Journal
from planner.state.model import State, StateOutput
from planner.state.store import Store
from planner.steps import Step, read_steps
from providers.base import Provider

_TICK = 0.1
_MOST_AHEAD = 256
_NO_OUTPUTS: Mapping[str, StateOutput] = {}


def apply_plan(
    document: Document,
    providers: Mapping[str, Provider],
    store: Store,
    *,
    operation: str = "apply",
    parallelism: int = 10,
    events: Listener = lambda _event: None,
    stop: StopSignal | None = None,
    outputs: Mapping[str, StateOutput] = _NO_OUTPUTS,
    policy: RetryPolicy | None = None,
    run_timeout: float | None = None,
    go_on: str = GO_ON,
) -> Outcome:
    """Carry out a plan that was checked, under the lock of the store.

    `operation` is what the state says it was written with; `outputs` are the values of sensitive outputs, which the
    document does not hold; `run_timeout` is in seconds; `go_on` is the command that goes on where this ends early.
    A step that fails stops what needs it and nothing else. Raises StateError where not even a beginning could be made;
    everything later is in the outcome.
    """
    prior = store.read()
    with without_collector():
        steps = read_steps(document)
        tally = Tally(steps, events, document.get("summary", {}), go_on)
    if steps:
        _check_providers(steps, providers)
        terms = Terms(min(parallelism, len(steps)), policy or RetryPolicy(), stop or StopSignal(), run_timeout)
        journal = store.begin_journal({key: document[key] for key in FOLDED if key in document})
        for step in steps:
            events(PlannedStep(of=step, needs=step.needs))
        with sparing_what_stands(), on_one_core():
            came_to_its_end = _Lead(tally, journal, providers, terms).work()
        if not came_to_its_end:
            return tally.outcome(prior, [stopped_at_once(store.journal_path, tally.under_way(), go_on)], folded=False)
    return _finish(document, prior, store, tally, outputs, operation)


def _finish(
    document: Document,
    prior: State,
    store: Store,
    tally: Tally,
    outputs: Mapping[str, StateOutput],
    operation: str,
) -> Outcome:
    """Fold what was done into the state and write it; the journal has served then.

    It stays where the end of a step is unknown. The plan counts as applied once the cloud has told of that.
    """
    folded = fold(prior, document, tally.done.keys(), outputs)
    if tally.unknown:
        folded = replace(folded, applied_plans=prior.applied_plans)
    try:
        written = prior if folded is prior else store.write(folded, operation=operation)
    except ClError as error:
        return tally.outcome(folded, error.diagnostics, folded=False)
    problems = without_link(tally.parked(), tally.go_on)
    if tally.unknown:
        return tally.outcome(written, problems, folded=True)
    try:
        store.remove_journal()
    except ClError as error:
        problems.extend(error.diagnostics)
    return tally.outcome(written, problems, folded=True)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms the steps are taken: how many at once, how patiently, until who says so or when (seconds)."""

    parallelism: int
    policy: RetryPolicy
    stop: StopSignal
    run_timeout: float | None


class _Lead:
    """The leading thread's work."""

    def __init__(self, tally: Tally, journal: Journal, providers: Mapping[str, Provider], terms: Terms) -> None:
        self._tally, self._journal, self._terms, self._stop = tally, journal, terms, terms.stop
        self._began = time.monotonic()
        self._failing = self._late = False
        lines = {name: Line(provider) for name, provider in providers.items()}
        self._workers = Workers(terms.parallelism, lines, terms.policy, terms.stop, tally.schedule.awaited)

    def work(self) -> bool:
        """Take the steps until none is left that may start, and none runs. False where it was stopped at once."""
        try:
            self._start(self._terms.parallelism)
            while self._tally.given:
                messages = self._workers.receive(_TICK)
                for message in messages:
                    self._heed(message)
                self._watch()
                if self._stop.now:
                    for message in self._workers.receive(0):
                        self._heed(message)  # what was begun, or has ended, just before
                    self._tally.interrupted = True
                    return False
                self._start(max(self._terms.parallelism, min(_MOST_AHEAD, 2 * len(messages))))
        finally:
            self._workers.close()
            self._journal.close()
        if not self._tally.is_complete:  # what ends the last of the steps comes too late to cut anything short
            self._tally.interrupted = self._stop.gently and not self._failing
            if self._late:
                self._tally.problems.append(out_of_time(self._terms.run_timeout or 0, self._tally.go_on))
        return True

    def _start(self, ahead: int) -> None:
        """Give the workers what may start, `ahead` steps more than they can take at once."""
        urgent: list[Step] = []
        others: list[Step] = []
        if not self._stop.gently:
            urgent = self._tally.schedule.take_urgent()
            room = self._terms.parallelism + ahead - len(self._tally.given) - len(urgent)
            others = self._tally.schedule.take(max(0, room))
        try:
            for step in (*urgent, *others):
                self._journal.intent(step.id)
            self._journal.commit() if urgent or others else self._journal.flush()
        except StateError as error:
            self._fail(error.diagnostics)
            return
        self._tally.given.update(step.id for step in (*urgent, *others))
        for step in urgent:
            self._workers.give(step, urgent=True)
        for step in others:
            self._workers.give(step)

    def _heed(self, message: Message) -> None:
        if message.step not in self._tally.given:
            return  # a call that was given up has come back after all
        if isinstance(message, Started):
            self._tally.start(message.step)
            return
        if message.ending is not Ending.UNKNOWN:
            self._journal.fact(message.step, DONE if message.ending is Ending.DONE else NOT_DONE)
        self._tally.end(message)

    def _watch(self) -> None:
        """Look at the clock, and whether the journal is still there."""
        try:
            self._journal.check()
        except StateError as error:
            self._fail(error.diagnostics)
        for step_id in self._workers.hanging():
            self._workers.give_up(self._tally.schedule.steps[step_id])
        timeout = self._terms.run_timeout
        if timeout is not None and time.monotonic() - self._began > timeout and not self._stop.gently:
            self._late = True
            self._fail(())
        self._tally.tell_progress()

    def _fail(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Start nothing more: the apply itself cannot go on."""
        if not self._failing and not self._stop.gently:
            self._stop.ask()
            self._failing = True
            self._tally.problems.extend(diagnostics)


def _check_providers(steps: Sequence[Step], providers: Mapping[str, Provider]) -> None:
    missing = sorted({step.provider for step in steps} - providers.keys())
    if missing:
        detail = (
            f"The plan has steps for {', '.join(missing)}; configured are {', '.join(sorted(providers)) or 'none'}."
        )
        remedy = f'Add it to the configuration: provider "{missing[0].partition(".")[0]}" {{ … }}'
        raise ProviderError(Diagnostic("PRV306", "Provider is not configured", detail, remedy))
