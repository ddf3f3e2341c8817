"""The progress of an apply: plain lines for a log, events as JSON lines for programs, and what a live line says.

Each of these is a listener of `planner.apply.events`; an event costs the same in a small and a large plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from msgspec import Struct

from planner.apply.events import (
    ApplyComplete,
    ApplyErrored,
    ApplyProgress,
    ApplyStart,
    ChangeSummary,
    DiagnosticEvent,
    Event,
    Listener,
    PlannedStep,
    StepEvent,
)
from planner.diagnostics import Diagnostic, counted
from planner.network.identity import Authorization
from planner.remedy import HERE, Caller
from planner.render.diagnostics import diagnostic_text
from planner.render.json import json_line
from planner.render.remedy import diagnostic_called_from
from planner.render.setting import no_sources
from planner.render.terminal import Style, name
from planner.render.waiting import SILENT_SECONDS, duration
from planner.steps import call_words, rule_words

Write = Callable[[str], object]

HANGS_SECONDS = 5.0
"""A step that runs for so long is shown with its age."""
FEW_STEPS = 50
"""Up to so many steps each one has a line of its own; above, lines tell how far it is."""


def json_events(write: Write) -> Listener:
    """Events as JSON, one a line."""

    def report(event: Event) -> None:
        write(json_line(event.to_json()))

    return report


def for_caller(events: Listener, caller: Caller) -> Listener:
    """The same listener, for a reader who calls `cl` so."""

    def report(event: Event) -> None:
        if isinstance(event, DiagnosticEvent):
            found = event.diagnostic
            entry = found.to_json() if isinstance(found, Diagnostic) else found
            event = replace(event, diagnostic=diagnostic_called_from(entry, caller))
        events(event)

    return events if caller == HERE else report


class Longest(Struct, frozen=True):
    """What runs longest, in words, since so many seconds; and how many others run."""

    words: str
    seconds: float
    others: int

    @property
    def hangs(self) -> bool:
        return self.seconds >= HANGS_SECONDS

    @property
    def ending(self) -> str:
        """` for 8 s and 3 more`; the age is left out of a step that does not hang."""
        age = f" for {duration(self.seconds)}" if self.hangs else ""
        return f"{age} and {self.others:,} more" if self.others else age


class StepsHeard:
    """The steps of an apply: how many there are, whether each has a line, and which run since when."""

    def __init__(self, clock: Callable[[], float], *, every_step: bool) -> None:
        self._clock = clock
        self._every_step = every_step
        self._begun: dict[int, tuple[str, float]] = {}
        self.total = 0

    @property
    def has_lines(self) -> bool:
        """Whether each step has a line of its own: they are few, or it is asked for."""
        return self._every_step or self.total <= FEW_STEPS

    @property
    def running(self) -> int:
        return len(self._begun)

    def hear(self, event: Event) -> None:
        """Note a step that is planned, starts or ends."""
        if isinstance(event, PlannedStep):
            self.total += 1
        elif isinstance(event, ApplyStart):
            self._begun[event.step] = step_words(event), self._clock()
        elif isinstance(event, ApplyComplete | ApplyErrored):
            self._begun.pop(event.step, None)

    @property
    def longest(self) -> Longest | None:
        """None where nothing runs."""
        if not self._begun:
            return None
        words, since = next(iter(self._begun.values()))
        return Longest(words, self._clock() - since, self.running - 1)


class PlainProgress:
    """Lines for a log: each step where they are few or `every_step` is wanted, otherwise one line for each twentieth of
    the way. Each failure has a line in any case; and one tells how far it is where none was written for a while.
    """

    def __init__(
        self, write: Write, style: Style, *, every_step: bool = False, clock: Callable[[], float] = monotonic
    ) -> None:
        self._write = write
        self._style = style
        self._clock = clock
        self._steps = StepsHeard(clock, every_step=every_step)
        self._twentieth = 0
        self._written_at: float | None = None

    def __call__(self, event: Event) -> None:
        self._steps.hear(event)
        match event:
            case ApplyStart() if self._written_at is None:
                self._written_at = self._clock()
                if not self._steps.has_lines:
                    self._line(f"{self._steps.total:,} steps; with --every-step each has a line.")
            case ApplyComplete() if self._steps.has_lines:
                self._line(done_words(event))
            case ApplyProgress():
                self._progress(event)
            case ApplyErrored() if event.because_of is None or self._steps.has_lines:
                self._line(errored_words(event, self._style))
            case DiagnosticEvent():
                self._line(diagnostic_text(event.diagnostic, no_sources, self._style))
            case ChangeSummary():
                self._line(summary_words(event, self._style))

    def _progress(self, event: ApplyProgress) -> None:
        twentieth = event.done * 20 // max(1, event.total)
        is_far = not self._steps.has_lines and twentieth > self._twentieth
        is_silent = self._written_at is not None and self._clock() - self._written_at >= SILENT_SECONDS
        if is_far or is_silent:
            self._twentieth = max(twentieth, self._twentieth)
            longest = self._steps.longest
            hanging = f"; {longest.words}{longest.ending}" if longest and longest.hangs else ""
            self._line(progress_words(event) + hanging)

    def _line(self, text: str) -> None:
        self._written_at = self._clock()
        self._write(text + "\n")


def step_words(event: StepEvent) -> str:
    """`attach i-1 to vpc-a`."""
    step = event.of
    if isinstance(step.target, Authorization):
        words = rule_words(step.action, step.target)
    else:
        words = call_words(step.action, step.instance_id, step.vpc_id)
    return name(f"{words}, by {event.of.provider}" if event.several else words)


def done_words(event: ApplyComplete) -> str:
    throttled = f", throttled {counted(event.throttles, 'time')}" if event.throttles else ""
    return f"  {event.step}  {step_words(event)}: done ({event.seconds:.1f} s{throttled})"


def errored_words(event: ApplyErrored, style: Style) -> str:
    if event.because_of is not None:
        return f"  {event.step}  {step_words(event)}: skipped, because step {event.because_of} failed"
    why = f": {name(event.diagnostic.summary)}" if event.diagnostic else ""
    why += f" ({name(event.cloud_code)})" if event.cloud_code else ""
    return f"  {event.step}  {step_words(event)}: {style.red('failed')}{why}"


def progress_words(event: ApplyProgress) -> str:
    """`412 of 1,000, 8 running, 12.0/s, about 50 s left, 3 throttled`."""
    parts = [f"{event.done:,} of {event.total:,}"]
    parts += [f"{event.running:,} running"] if event.running else []
    parts += [f"{event.failed:,} failed"] if event.failed else []
    parts += [f"{event.skipped:,} skipped"] if event.skipped else []
    parts += [f"{event.rate:.1f}/s"] if event.rate else []
    left = event.seconds_left or 0.0
    parts += [f"about {duration(left)} left"] if left >= 1 else []
    parts += [f"{event.throttles:,} throttled"] if event.throttles else []
    return ", ".join(parts)


def summary_words(event: ChangeSummary, style: Style) -> str:
    """The last line of an apply."""
    steps = [(event.failed, "failed"), (event.skipped, "skipped")]
    steps += [(event.under_way, "under way with an unknown outcome"), (event.left, "not begun")]
    rest = "".join(f", {number:,} {word}" for number, word in steps if number)
    objects = [(event.adopted, "adopted"), (event.readdressed, "re-addressed"), (event.forgotten, "forgotten")]
    counts = ", ".join(f"{number:,} {word}" for number, word in objects if number)
    done = counted(event.done, "step") + " done" if event.done or rest else "no step was needed"
    if event.folded and not rest:
        counts = counts or ("" if event.done else "the state is up to date")
        return style.green(f"Apply complete: {done}{counts and f'; {counts}'}.")
    verdict = "Apply was interrupted" if event.interrupted else "Apply did not complete"
    kept = "What was done is in the state." if event.folded else "The state does not yet include what was done."
    return style.red(f"{verdict}: {done}{rest}{counts and f'; {counts}'}. {kept}")
