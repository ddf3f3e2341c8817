"""The outcome of the steps so far, and how fast it goes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from planner.apply.events import ApplyComplete, ApplyErrored, ApplyProgress, ApplyStart, ChangeSummary, Listener
from planner.apply.messages import step_failed
from planner.apply.outcome import Outcome
from planner.apply.pace import Pace
from planner.apply.retry import Ending, Result
from planner.apply.schedule import Schedule
from planner.diagnostics import Diagnostic
from planner.documents.plan import SummaryEntry
from planner.network.identity import Action, Subject
from planner.state.model import State
from planner.steps import Step

_PROGRESS_SECONDS = 0.25


class Tally:
    """Counts the steps and reports each to the listener. For the leading thread.

    `given` holds the steps that the workers have and that have not ended, whether taken up yet or not; `unknown` those
    that failed, but may have been done.
    """

    def __init__(
        self, steps: Sequence[Step], report: Listener, planned: SummaryEntry | None = None, *, several: bool = False
    ) -> None:
        """`planned` is the summary of the plan: how many objects of each kind of change it has.

        `several` says that there are several providers.
        """
        self.several = several
        self.schedule = Schedule(steps)
        self._planned = planned
        self.problems: list[Diagnostic] = []
        self.interrupted = False
        self.done: dict[int, None] = {}
        self.given: set[int] = set()
        self.unknown: set[int] = set()
        self._running: set[int] = set()
        self._report = report
        self._failed: dict[int, Diagnostic] = {}
        self._skipped: dict[int, int] = {}
        self._throttles = 0
        self._began = self._reported_at = time.monotonic()
        self._pace = Pace(self._began)

    @property
    def total(self) -> int:
        return len(self.schedule.steps)

    @property
    def is_complete(self) -> bool:
        """Whether every step is done."""
        return len(self.done) == self.total

    def start(self, step_id: int) -> None:
        """A worker has taken up this step."""
        self._running.add(step_id)
        self._report(ApplyStart(of=self.schedule.steps[step_id], several=self.several))

    def end(self, result: Result) -> None:
        """A step has ended, one way or another."""
        step = self.schedule.steps[result.step]
        self.given.discard(step.id)
        self._running.discard(step.id)
        self._throttles += result.throttles
        if result.ending is Ending.DONE:
            self.done[step.id] = None
            self.schedule.done(step.id)
            self._pace.step_done(time.monotonic(), result.seconds)
            seconds = round(result.seconds, 3)
            self._report(
                ApplyComplete(
                    of=step, several=self.several, seconds=seconds, tries=result.tries, throttles=result.throttles
                )
            )
        elif result.ending is not Ending.NOT_STARTED:
            if result.ending is Ending.UNKNOWN:
                self.unknown.add(step.id)
            self._fail(step, step_failed(step, result, several=self.several), result.code)

    def _fail(self, step: Step, diagnostic: Diagnostic, cloud_code: str = "") -> None:
        self._failed[step.id] = diagnostic
        self._report(ApplyErrored(of=step, several=self.several, diagnostic=diagnostic, cloud_code=cloud_code))
        for skipped in self.schedule.block(step.id):
            self._skipped[skipped] = step.id
            self._report(ApplyErrored(of=self.schedule.steps[skipped], several=self.several, because_of=step.id))

    def report_progress(self) -> None:
        """Say how far it is, a few times a second."""
        now = time.monotonic()
        if now - self._reported_at < _PROGRESS_SECONDS:
            return
        self._reported_at = now
        remaining = self.total - len(self.done) - len(self._failed) - len(self._skipped)
        left = self._pace.seconds_left(now, remaining, len(self._running))
        self._report(
            ApplyProgress(
                done=len(self.done),
                total=self.total,
                failed=len(self._failed),
                skipped=len(self._skipped),
                running=len(self._running),
                throttles=self._throttles,
                rate=round(self._pace.rate(now), 1),
                seconds_left=None if left is None else round(left, 1),
            )
        )

    def parked(self) -> list[Step]:
        """The attaches that were not done although the detach of the same instance was."""
        steps = self.schedule.steps
        detached = {_instance(steps[done]) for done in self.done if steps[done].action is Action.DETACH}
        return [
            step
            for step in steps.values()
            if step.action is Action.ATTACH and _instance(step) in detached and step.id not in self.done
        ]

    def under_way(self) -> list[Step]:
        """The steps whose calls were begun and have not ended."""
        return [step for step_id, step in self.schedule.steps.items() if step_id in self._running]

    def outcome(self, state: State, diagnostics: Iterable[Diagnostic], *, folded: bool) -> Outcome:
        """Emit the summary and return the outcome. Of two diagnostics with the same code, the last one knows more."""
        last = tuple(diagnostics)
        said = {problem.code for problem in last}
        begun = self.done.keys() | self._failed.keys() | self._skipped.keys() | self._running
        left = tuple(step_id for step_id in self.schedule.steps if step_id not in begun)
        planned = self._planned if folded else None
        self._report(
            ChangeSummary(
                done=len(self.done),
                failed=len(self._failed),
                skipped=len(self._skipped),
                under_way=len(self._running),
                left=len(left),
                adopted=planned["import"] if planned else 0,
                readdressed=planned["readdress"] if planned else 0,
                forgotten=planned["forget"] if planned else 0,
                interrupted=self.interrupted,
                folded=folded,
            )
        )
        return Outcome(
            state=state,
            done=tuple(self.done),
            failed=self._failed,
            skipped=self._skipped,
            under_way=tuple(step.id for step in self.under_way()),
            left=left,
            diagnostics=(*(problem for problem in self.problems if problem.code not in said), *last),
            interrupted=self.interrupted,
            folded=folded,
            seconds=time.monotonic() - self._began,
            throttles=self._throttles,
        )


def _instance(step: Step) -> Subject:
    return step.provider, step.instance_id or ""
