"""Complete the state from the journal that an interrupted apply left behind.

The next command that takes the lock does this before anything else. Each step with an intent and no fact is looked up
in the cloud, and its outcome there is taken into the state. The state is written whole, then the journal is removed: if
this is interrupted too, the next command repeats it.

A command that only reads takes no lock and writes nothing, but sees the same state: `read_prior` returns what `recover`
would write.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from planner.diagnostics import Diagnostic, ProviderError, Severity, StateError, counted, first_of
from planner.documents.plan_loading import folded_plan
from planner.documents.plan_steps import read_steps
from planner.network.worlds import Worlds
from planner.recovery.fold import fold
from planner.recovery.verify_outcome import took_effect
from planner.remedy import Remedy, cl, shell
from planner.state.journal import DONE, JournalRecord, no_beginning
from planner.state.model import State
from planner.state.store import Store
from planner.steps import Step
from providers.base import Provider


@dataclass(frozen=True, slots=True)
class Recovery:
    """The prior state, and what to report about it: nothing unless an apply was interrupted."""

    state: State
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the cloud says of a step with an intent and no fact; `done` is None if it could not be read."""

    step: Step
    done: bool | None

    def __str__(self) -> str:
        words = {True: "done", False: "not done", None: "not known yet, counted as not done"}
        return f"{self.step}: {words[self.done]}"


def recover(store: Store, providers: Mapping[str, Provider]) -> Recovery:
    """Write what an interrupted apply did into the state. The caller holds the lock of the store.

    Raises StateError if the journal or the state cannot be used, or the outcome of a step cannot be read in the cloud;
    ProviderError if the cloud does not answer. The journal stays then.
    """
    record = store.read_journal()
    state = store.read()
    if record is None:
        return Recovery(state)
    _check(record, state, store)
    if record.plan["plan_id"] in state.applied_plans:
        store.remove_journal()
        return Recovery(state)
    outcomes = _look_up(record, providers)
    if any(outcome.done is None for outcome in outcomes):
        raise StateError(_outcome_unknown(store, outcomes))
    done = _done(record, outcomes)
    completed = _completed(state, record, done)
    written = state if completed is state else store.write(completed, operation="apply (completed after a crash)")
    store.remove_journal()
    return Recovery(written, (_recovered(record, done, outcomes),))


def read_prior(store: Store, worlds: Worlds | None) -> Recovery:
    """The state as `recover` would write it, with its next serial. Takes no lock and writes nothing.

    Steps with an intent and no fact are looked up in their providers' worlds; without any they count as not done. The
    journal is read before the state: if the apply ends in between, its plan is among those applied to the state.
    Raises StateError if the journal or the state cannot be used.
    """
    record = store.read_journal()
    state = store.read()
    if record is None or record.plan["plan_id"] in state.applied_plans:
        return Recovery(state)
    _check(record, state, store)
    outcomes = [
        _Outcome(step, took_effect(step.action, step.target, worlds.of(step.provider)) if worlds else None)
        for step in _steps_without_fact(record)
    ]
    done = _done(record, outcomes)
    completed = _completed(state, record, done)
    if completed is not state:
        completed = replace(completed, serial=state.serial + 1)
    return Recovery(completed, (_unfinished(store, record, done, outcomes),))


def _done(record: JournalRecord, outcomes: Sequence[_Outcome]) -> set[int]:
    done = {step_id for step_id, outcome in record.facts.items() if outcome == DONE}
    return done | {outcome.step.id for outcome in outcomes if outcome.done}


def _completed(state: State, record: JournalRecord, done: set[int]) -> State:
    """The state with those steps in it. A first state takes its lineage from the plan, the same one every time."""
    folded = fold(state, record.plan, done, {})
    if folded is state or folded.lineage:
        return folded
    return replace(folded, lineage=str(uuid.uuid5(uuid.NAMESPACE_OID, record.plan["plan_id"])))


def _check(record: JournalRecord, state: State, store: Store) -> None:
    """Raises StateError if the journal belongs to another state, or its plan has not the shape that folding needs."""
    if folded_plan(record.plan) is None:
        raise StateError(no_beginning(store.journal_path))
    lineage = record.plan["lineage"]
    if lineage and state.lineage and lineage != state.lineage:
        detail = f"{store.journal_path} is of lineage {lineage}; {store.path} is of lineage {state.lineage}."
        away = shell("mv", str(store.journal_path), "elsewhere")
        remedy = Remedy.of("Put the state back that belongs to it, or move it away: ", away)
        raise StateError(Diagnostic("STA309", "Journal is of another state", detail, remedy))


def _look_up(record: JournalRecord, providers: Mapping[str, Provider]) -> list[_Outcome]:
    steps = _steps_without_fact(record)
    missing = sorted({step.provider for step in steps} - providers.keys())
    if missing:
        detail = f"The journal has steps of {', '.join(missing)}, whose outcome must be read in the cloud."
        remedy = f'Put it back into the configuration: provider "{missing[0].partition(".")[0]}" {{ … }}'
        raise ProviderError(Diagnostic("PRV306", "Provider is not configured", detail, remedy))
    worlds = Worlds({name: providers[name].read() for name in sorted({step.provider for step in steps})})
    return [_Outcome(step, took_effect(step.action, step.target, worlds.of(step.provider))) for step in steps]


def _steps_without_fact(record: JournalRecord) -> list[Step]:
    unsure = set(record.unsure)
    return [step for step in read_steps(record.plan) if step.id in unsure]


def _recovered(record: JournalRecord, done: set[int], outcomes: Sequence[_Outcome]) -> Diagnostic:
    them = "it" if len(done) == 1 else "them"
    detail = f"{_count(record, done)}; the state holds {them} now.{''.join(_looked_up(record, outcomes))}"
    remedy = "Nothing needs to be done: a new plan goes on from here."
    return Diagnostic("STA310", "Completed the state after a crash", detail, remedy, Severity.WARNING)


def _outcome_unknown(store: Store, outcomes: Sequence[_Outcome]) -> Diagnostic:
    unknown = first_of([str(outcome.step) for outcome in outcomes if outcome.done is None])
    journal = str(store.journal_path)
    return Diagnostic(
        "STA311",
        "Outcome of an interrupted apply is unknown",
        f"It ended before it knew the outcome of: {unknown}. What they change cannot be read in the cloud now (cl plan "
        f"says why), so {store.journal_path} is kept and nothing is begun.",
        Remedy.of(
            "Run the command again when it can be read, or with permission to read it. To go on without knowing it, "
            "and see then what is not managed:\n  ",
            shell("mv", journal, f"{journal}.unknown"),
            "\n  ",
            cl("drift"),
        ),
    )


def _unfinished(store: Store, record: JournalRecord, done: set[int], outcomes: Sequence[_Outcome]) -> Diagnostic:
    detail = (
        f"{store.journal_path} is of an apply that is running or was interrupted. {_count(record, done)}; what was "
        f"done is counted here, although the state does not hold it yet.{''.join(_looked_up(record, outcomes))}"
    )
    remedy = Remedy.of("Wait for it, or complete it: the next ", cl("apply"), " reads the journal first.")
    return Diagnostic("STA308", "An apply is not finished", detail, remedy, Severity.WARNING)


def _count(record: JournalRecord, done: set[int]) -> str:
    steps = f"the {counted(len(record.plan['steps']), 'step')} of plan {record.plan['plan_id']}"
    return f"{len(done):,} of {steps} {'was' if len(done) == 1 else 'were'} done"


def _looked_up(record: JournalRecord, outcomes: Sequence[_Outcome]) -> Iterator[str]:
    """Sentences on what the cloud said of the steps without a fact."""
    if outcomes:
        yield f" The cloud was asked about those under way: {first_of(list(map(str, outcomes)))}."
    if record.damaged:
        damaged = counted(record.damaged, "record of the journal was", "records of the journal were")
        yield f" {damaged} damaged, so it was asked about every step."
