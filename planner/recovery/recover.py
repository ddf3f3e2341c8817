"""Complete the state from the journal that an interrupted apply left behind.

The next command that takes the lock does this before anything else. Each step with an intent and no fact is looked up
in the cloud, and its outcome there is taken into the state. The state is written whole, then the journal is removed: if
this is interrupted too, the next command repeats it.

A step that the cloud shows nothing of is settled such that the next plan corrects the state if that was wrong:

* a step that is harmless when repeated counts as not done: the next plan has it again;
* an attach counts as done: the link may stand, so it is managed until a plan reads that it does not;
* a detach counts as not done: the link may stand still.

A command that only reads takes no lock and writes nothing, but sees the same state: `read_prior` returns what `recover`
would write.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct

from planner.diagnostics import Diagnostic, ProviderError, Severity, StateError, counted, first_of
from planner.documents.plan_steps import read_steps
from planner.network.identity import Action, Authorization, Link
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.recovery.fold import fold
from planner.recovery.rule_ids import Look, looking_at, with_rule_ids
from planner.recovery.verify_outcome import took_effect
from planner.remedy import Remedy, cl
from planner.state.glance import standing
from planner.state.journal import DONE, JournalRecord, no_beginning
from planner.state.model import State
from planner.state.store import Store
from planner.steps import Step
from planner.values import replace
from providers.base import Provider

_NONE: Mapping[str, Provider] = MappingProxyType({})
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 2.0
"""Seconds between looks for steps that the cloud may not show yet."""


class Recovery(Struct, frozen=True):
    """The prior state, and what to report about it: nothing unless an apply was interrupted."""

    state: State
    diagnostics: tuple[Diagnostic, ...] = ()


class _Outcome(Struct, frozen=True):
    """What the cloud says of a step with an intent and no fact; `done` is None if it shows nothing of it.

    `was_read` is False if the cloud was not read at all; `several` says that there are several providers.
    """

    step: Step
    done: bool | None
    was_read: bool = True
    several: bool = False

    @property
    def counts_as_done(self) -> bool:
        if self.done is None:
            return self.was_read and self.step.action is Action.ATTACH
        return self.done

    def __str__(self) -> str:
        counted_as = "done" if self.counts_as_done else "not done"
        words = self.step.words(several=self.several)
        if self.done is not None:
            return f"{words}: {counted_as}"
        unknown = "cannot be read" if self.was_read else "not known yet"
        return f"{words}: {unknown}, counted as {counted_as}"


def recover(store: Store, providers: Mapping[str, Provider]) -> Recovery:
    """Write what an interrupted apply did into the state. The caller holds the lock of the store.

    Raises StateError if the journal or the state cannot be used; ProviderError if the cloud does not answer. The
    journal stays then.
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
    done = _done(record, outcomes)
    completed = _completed(state, record, done, looking_at(providers))
    written = state
    if completed is not state:
        operation = "apply (completed after a crash)"
        written = store.write(completed, operation=operation, plan_id=record.plan["plan_id"], steps=len(done))
    store.remove_journal()
    return Recovery(written, (_recovered(record, done, outcomes), *_not_readable(outcomes)))


def read_prior(store: Store, worlds: Worlds | None, providers: Mapping[str, Provider] = _NONE) -> Recovery:
    """The state as `recover` would write it, with its next serial. Takes no lock and writes nothing.

    Steps with an intent and no fact are looked up in their providers' worlds, and rules of groups that these leave out
    by the providers; without any they count as not done. The journal is read before the state: if the apply ends in
    between, its plan is among those applied to the state. Raises StateError if the journal or the state cannot be used.
    """
    record = store.read_journal()
    state = store.read()
    if record is None or record.plan["plan_id"] in state.applied_plans:
        return Recovery(state)
    _check(record, state, store)
    steps = _steps_without_fact(record)
    rules = _rules_left_out(steps, worlds, looking_at(providers)) if worlds else {}
    outcomes = [
        _Outcome(
            step,
            took_effect(step.action, step.target, rules.get(step.id) or worlds.of(step.provider), step.settings),
            several=worlds.are_several,
        )
        if worlds
        else _Outcome(step, None, was_read=False)
        for step in steps
    ]
    done = _done(record, outcomes)
    completed = _completed(state, record, done, lambda provider, _: worlds.of(provider) if worlds else World())
    if completed is not state:
        completed = replace(completed, serial=state.serial + 1)
    return Recovery(completed, (_unfinished(store, record, done, outcomes),))


def _rules_left_out(steps: Sequence[Step], worlds: Worlds, look: Look) -> dict[int, World]:
    """For each step about a rule of a group that its world leaves out, another one that has it; one look a provider."""
    targets: dict[str, dict[int, Authorization]] = {}
    for step in steps:
        target, world = step.target, worlds.of(step.provider)
        if isinstance(target, Authorization) and world.security_group(target.security_group_id) is None:
            targets.setdefault(step.provider, {})[step.id] = target
    found: dict[int, World] = {}
    for provider, rules in targets.items():
        found |= dict.fromkeys(rules, look(provider, rules.values()))
    return found


def _done(record: JournalRecord, outcomes: Sequence[_Outcome]) -> set[int]:
    done = {step_id for step_id, outcome in record.facts.items() if outcome == DONE}
    return done | {outcome.step.id for outcome in outcomes if outcome.counts_as_done}


def _completed(state: State, record: JournalRecord, done: set[int], look: Look) -> State:
    """The state with those steps in it. A first state takes its lineage from the plan, the same one every time."""
    folded = fold(state, record.plan, done, {})
    if folded is state:
        return state
    folded = with_rule_ids(folded, [step for step in read_steps(record.plan) if step.id in done], look)
    if folded.lineage:
        return folded
    return replace(folded, lineage=str(uuid.uuid5(uuid.NAMESPACE_OID, record.plan["plan_id"])))


def _check(record: JournalRecord, state: State, store: Store) -> None:
    """Raises StateError if the journal belongs to another state, or its plan has not the shape that folding needs."""
    from planner.documents.plan_loading import folded_plan

    if folded_plan(record.plan) is None:
        raise StateError(no_beginning(store.place))
    lineage = record.plan["lineage"]
    if lineage and state.lineage and lineage != state.lineage:
        detail = f"{store.journal_name} has lineage {lineage}; {store.name} has lineage {state.lineage}."
        remedy = Remedy.of(
            "Restore the state that the journal belongs to, or move the journal away: ", store.place.journal_away
        )
        raise StateError(Diagnostic("STA309", "Journal belongs to another state", detail, remedy))


def _look_up(record: JournalRecord, providers: Mapping[str, Provider]) -> list[_Outcome]:
    steps = _steps_without_fact(record)
    missing = sorted({step.provider for step in steps} - providers.keys())
    if missing:
        detail = f"The journal has steps of {', '.join(missing)}, whose outcome must be read in the cloud."
        remedy = f'Add it to the configuration again: provider "{missing[0].partition(".")[0]}" {{ … }}'
        raise ProviderError(Diagnostic("PRV306", "Provider is not configured", detail, Remedy.of(remedy)))
    by_provider: dict[str, list[Step]] = {}
    for step in steps:
        by_provider.setdefault(step.provider, []).append(step)
    outcomes: list[_Outcome] = []
    for name, found in sorted(by_provider.items()):
        outcomes += _settled(found, providers[name], record.changed_at)
    return [replace(outcome, several=len(providers) > 1) for outcome in outcomes]


def _settled(steps: Sequence[Step], provider: Provider, changed_at: float) -> list[_Outcome]:
    """The outcome of these steps of one provider, whose journal was last changed then, in seconds of the epoch.

    Where the cloud may take a while to show what it has accepted, "not done" is believed only after that. A journal of
    the future was written by a machine whose clock is ahead.
    """
    pause = _FIRST_PAUSE
    changed_at = min(time.time(), changed_at)
    while True:
        world = provider.look([step.target for step in steps])
        outcomes = [_Outcome(step, took_effect(step.action, step.target, world, step.settings)) for step in steps]
        left = changed_at + provider.settle_seconds - time.time()
        if left <= 0 or all(outcome.done is not False for outcome in outcomes):
            return outcomes
        time.sleep(min(pause, left))
        pause = min(_LONGEST_PAUSE, 1.5 * pause)


def _steps_without_fact(record: JournalRecord) -> list[Step]:
    unsure = set(record.unsure)
    return [step for step in read_steps(record.plan) if step.id in unsure]


def _recovered(record: JournalRecord, done: set[int], outcomes: Sequence[_Outcome]) -> Diagnostic:
    them = "it" if len(done) == 1 else "them"
    detail = f"{_count(record, done)}; the state holds {them} now.{''.join(_looked_up(record, outcomes))}"
    remedy = "The next plan has the rest; a saved plan can be applied only once."
    return Diagnostic("STA310", "State was completed after a crash", detail, Remedy.of(remedy), Severity.WARNING)


def _not_readable(outcomes: Sequence[_Outcome]) -> Iterator[Diagnostic]:
    """A warning about the steps of which the cloud shows nothing, if there are any."""
    unknown = [outcome for outcome in outcomes if outcome.done is None]
    if not unknown:
        return
    links = [outcome.step for outcome in unknown if isinstance(outcome.step.target, Link)]
    steps = [outcome.step.words(several=outcome.several) for outcome in unknown]
    detail = f"The apply ended before it knew the outcome of: {first_of(steps)}."
    if len(links) < len(unknown):
        detail += " Steps that are harmless when repeated count as not done; the next plan has them again."
    remedy = Remedy.of("Nothing needs to be done: ", cl("apply"), " goes on from here.")
    if links:
        detail += " Links that cannot be read stay in the state until a plan reads that they are gone."
        known = next((step.address for step in links if step.address is not None), None)
        remedy = Remedy.of("Run ", cl("plan"), " when they can be read, or give the provider permission to read them.")
        if known is not None:
            forget = cl("state", "rm", str(known))
            remedy = Remedy.of(remedy, " To resolve one by hand, if you know that its link is gone: ", forget)
    yield Diagnostic("STA311", "Outcome of an interrupted step is unknown", detail, remedy, Severity.WARNING)


def _unfinished(store: Store, record: JournalRecord, done: set[int], outcomes: Sequence[_Outcome]) -> Diagnostic:
    apply, remedy = standing(store)
    detail = (
        f"{store.journal_name} is of an apply that {apply}. {_count(record, done)}; what was "
        f"done is counted here, although the state does not hold it yet.{''.join(_looked_up(record, outcomes))}"
    )
    return Diagnostic("STA308", "An apply is not finished", detail, remedy, Severity.WARNING)


def _count(record: JournalRecord, done: set[int]) -> str:
    steps = f"the {counted(len(record.plan['steps']), 'step')} of plan {record.plan['plan_id']}"
    return f"{len(done):,} of {steps} {'was' if len(done) == 1 else 'were'} done"


def _looked_up(record: JournalRecord, outcomes: Sequence[_Outcome]) -> Iterator[str]:
    """Sentences on what the cloud said of the steps without a fact."""
    if outcomes:
        yield f" The cloud was asked about those under way: {first_of(list(map(str, outcomes)))}."
    if not record.is_whole:
        yield " The journal may lack its last records, so the cloud was asked about every step."
    elif record.damaged:
        damaged = counted(record.damaged, "record of the journal was", "records of the journal were")
        yield f" {damaged} damaged, so it was asked about every step."
