"""After a crash: the journal that an apply left behind, folded into the state.

Whoever holds the lock next does this before anything else. Each step that was about to be taken and has no known end
is looked up in the cloud; what is true there is adopted. Only the state is written, whole, and then the journal goes:
cut short at any point, the next one does it again.

Who only reads holds no lock and writes nothing, but sees the same: `look` gives the state that `recover` would write.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from shlex import quote

from planner.apply.fold import FOLDED, fold
from planner.apply.told import describe, first_of
from planner.apply.truth import happened
from planner.diagnostics import Diagnostic, ProviderError, Severity, StateError, counted
from planner.network.world import World
from planner.plan.document import steps_of
from planner.plan.format import misshapen_parts
from planner.state.journal import DONE, JournalRecord, no_beginning
from planner.state.model import State
from planner.state.store import Store
from planner.steps import Step
from providers.base import Provider


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was found: the state now, and what is to be told of it. Nothing to tell where nothing was cut short."""

    state: State
    diagnostics: tuple[Diagnostic, ...] = ()


def recover(store: Store, providers: Mapping[str, Provider]) -> Recovery:
    """Fold the journal that an apply left behind, if any, under the lock of the store.

    Raises StateError where the journal or the state cannot be used, or the cloud does not tell of a step whose end is
    unknown, ProviderError where it cannot be asked; the journal stays then.
    """
    record = store.read_journal()
    state = store.read()
    if record is None:
        return Recovery(state)
    _check(record, state, store)
    if record.plan["plan_id"] in state.applied_plans:
        store.remove_journal()
        return Recovery(state)
    found = _look_up(record, providers)
    if any(truth is None for _, truth in found):
        raise StateError(_not_told(store, found))
    done = _done(record, found)
    completed = _completed(state, record, done)
    written = state if completed is state else store.write(completed, operation="apply (completed after a crash)")
    store.remove_journal()
    return Recovery(written, (_told(record, done, found),))


def look(store: Store, world: World | None) -> Recovery:
    """The state as `recover` would write it, its serial too: for those who only read. Writes nothing, takes no lock.

    `world` tells of the steps whose end the journal does not know; without one they count as not done. The journal is
    read before the state: where an apply ends in between, its plan is among those that were applied to the state.
    Raises StateError where the journal or the state cannot be used.
    """
    record = store.read_journal()
    state = store.read()
    if record is None or record.plan["plan_id"] in state.applied_plans:
        return Recovery(state)
    _check(record, state, store)
    found = [
        (step, happened(step.action, step.target, world) if world else None) for step in _steps_without_fact(record)
    ]
    done = _done(record, found)
    completed = _completed(state, record, done)
    if completed is not state:
        completed = replace(completed, serial=state.serial + 1)
    return Recovery(completed, (_pending(store, record, done, found),))


def _done(record: JournalRecord, found: Sequence[tuple[Step, bool | None]]) -> set[int]:
    done = {step_id for step_id, outcome in record.facts.items() if outcome == DONE}
    return done | {step.id for step, truth in found if truth}


def _completed(state: State, record: JournalRecord, done: set[int]) -> State:
    """The state with those steps in it. A first one has its lineage from the plan, so that everybody finds the same."""
    folded = fold(state, record.plan, done, {})
    if folded is state or folded.lineage:
        return folded
    return replace(folded, lineage=str(uuid.uuid5(uuid.NAMESPACE_OID, record.plan["plan_id"])))


def _check(record: JournalRecord, state: State, store: Store) -> None:
    """Raises StateError where the journal is of another state, or its plan is none that can be folded."""
    if misshapen_parts(record.plan, FOLDED):
        raise StateError(no_beginning(store.journal_path))
    lineage = record.plan["lineage"]
    if lineage and state.lineage and lineage != state.lineage:
        detail = f"{store.journal_path} is of lineage {lineage}; {store.path} is of lineage {state.lineage}."
        remedy = (
            f"Put the state back that belongs to it, or move it away: mv {quote(str(store.journal_path))} elsewhere"
        )
        raise StateError(Diagnostic("STA309", "Journal is of another state", detail, remedy))


def _look_up(record: JournalRecord, providers: Mapping[str, Provider]) -> list[tuple[Step, bool | None]]:
    """What the cloud says of each step whose end the journal does not know."""
    steps = _steps_without_fact(record)
    missing = sorted({step.provider for step in steps} - providers.keys())
    if missing:
        detail = f"The journal has steps of {', '.join(missing)}, whose end only the cloud knows."
        remedy = f'Put it back into the configuration: provider "{missing[0].partition(".")[0]}" {{ … }}'
        raise ProviderError(Diagnostic("PRV306", "Provider is not configured", detail, remedy))
    worlds: dict[str, World] = {name: providers[name].read() for name in sorted({step.provider for step in steps})}
    return [(step, happened(step.action, step.target, worlds[step.provider])) for step in steps]


def _steps_without_fact(record: JournalRecord) -> list[Step]:
    unsure = set(record.unsure)
    return [step for step in steps_of(record.plan) if step.id in unsure]


def _told(record: JournalRecord, done: set[int], found: Sequence[tuple[Step, bool | None]]) -> Diagnostic:
    held = "it" if len(done) == 1 else "them"
    detail = f"{_count(record, done)}; the state holds {held} now.{''.join(_asked(record, found))}"
    remedy = "Nothing needs to be done: a new plan goes on from here."
    return Diagnostic("STA310", "Completed the state after a crash", detail, remedy, Severity.WARNING)


def _not_told(store: Store, found: Sequence[tuple[Step, bool | None]]) -> Diagnostic:
    told = first_of([describe(step) for step, truth in found if truth is None])
    journal = quote(str(store.journal_path))
    return Diagnostic(
        "STA311",
        "Nobody can tell what an apply did",
        f"It ended before it knew what became of: {told}. What they are about cannot be read in the cloud now (cl plan "
        f"says why), so {store.journal_path} is kept and nothing is begun.",
        "Run the command again when it can be read, or with permission to read it. To go on without ever knowing, and "
        f"see then what nobody manages:\n  mv {journal} {quote(f'{store.journal_path}.unknown')}\n  cl drift",
    )


def _pending(
    store: Store, record: JournalRecord, done: set[int], found: Sequence[tuple[Step, bool | None]]
) -> Diagnostic:
    detail = (
        f"{store.journal_path} is of an apply that runs now or was cut short. {_count(record, done)}; what was done "
        f"is counted in here, although the state does not hold it yet.{''.join(_asked(record, found))}"
    )
    remedy = "Wait for it, or complete it: the next cl apply reads the journal first."
    return Diagnostic("STA308", "An apply is not finished", detail, remedy, Severity.WARNING)


def _count(record: JournalRecord, done: set[int]) -> str:
    steps = f"the {counted(len(record.plan['steps']), 'step')} of plan {record.plan['plan_id']}"
    return f"{len(done):,} of {steps} {'was' if len(done) == 1 else 'were'} done"


def _asked(record: JournalRecord, found: Sequence[tuple[Step, bool | None]]) -> Iterator[str]:
    """What the cloud said of the steps that were under way, as sentences."""
    if found:
        told = first_of([f"{describe(step)}: {_TRUTHS[truth]}" for step, truth in found])
        yield f" The cloud was asked about those that were under way: {told}."
    if record.damaged:
        lost = counted(record.damaged, "record of the journal was", "records of the journal were")
        yield f" {lost} damaged, so it was asked about every step."


_TRUTHS = {True: "done", False: "not done", None: "cannot be told yet, counted as not done"}
