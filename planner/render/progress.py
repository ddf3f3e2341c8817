"""The progress of an apply: a live line on a terminal, plain lines elsewhere, events as JSON lines for programs.

Each of these is a listener of `planner.apply.events`; an event costs the same in a small and a large plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

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
from planner.render.excerpt import no_sources
from planner.render.json import json_line
from planner.render.remedy import entry_called_from
from planner.render.terminal import Style, name
from planner.render.waiting import duration
from planner.steps import call_words, rule_words

Write = Callable[[str], object]

REDRAW_SECONDS = 0.1
HANGS_SECONDS = 5.0
"""A step that runs for so long is shown with its age."""
FEW_STEPS = 50
"""Up to so many steps each one has a line of its own; above, lines tell how far it is."""
_BAR = 24


def json_events(write: Write) -> Listener:
    """Events as JSON, one a line."""

    def tell(event: Event) -> None:
        write(json_line(event.to_json()))

    return tell


def told_from(events: Listener, caller: Caller) -> Listener:
    """The same listener, for a reader who calls `cl` so."""

    def tell(event: Event) -> None:
        if isinstance(event, DiagnosticEvent):
            found = event.diagnostic
            entry = found.to_json() if isinstance(found, Diagnostic) else found
            event = replace(event, diagnostic=entry_called_from(entry, caller))
        events(event)

    return events if caller == HERE else tell


class PlainProgress:
    """Lines for a log: each step where they are few, otherwise one line for each twentieth of the way."""

    def __init__(self, write: Write, style: Style) -> None:
        self._write = write
        self._style = style
        self._total = 0
        self._told = 0

    def __call__(self, event: Event) -> None:
        match event:
            case PlannedStep():
                self._total += 1
            case ApplyComplete() if self._total <= FEW_STEPS:
                self._line(done_words(event))
            case ApplyProgress() if self._total > FEW_STEPS:
                self._progress(event)
            case ApplyErrored() if event.because_of is None or self._total <= FEW_STEPS:
                self._line(errored_words(event, self._style))
            case DiagnosticEvent():
                self._line(diagnostic_text(event.diagnostic, no_sources, self._style))
            case ChangeSummary():
                self._line(summary_words(event, self._style))

    def _progress(self, event: ApplyProgress) -> None:
        part = event.done * 20 // max(1, event.total)
        if part > self._told:
            self._told = part
            self._line(progress_words(event))

    def _line(self, text: str) -> None:
        self._write(text + "\n")


_NO_PACE = ApplyProgress(done=0, total=0, failed=0, skipped=0, running=0, throttles=0, rate=0.0, seconds_left=None)


class LiveProgress:
    """One line on a terminal that is redrawn ten times a second at most; what must stay scrolls above it.

    It counts the steps that it hears of, so that it never says less than the lines above it; the pace is what was
    last reported.
    """

    def __init__(
        self, write: Write, draw: Write, style: Callable[[], Style], clock: Callable[[], float] = monotonic
    ) -> None:
        """`write` puts text that stays above the line, `draw` draws the line, and `style` is that of the moment."""
        self._write = write
        self._draw = draw
        self._style = style
        self._clock = clock
        self._total = 0
        self._done = self._failed = self._skipped = 0
        self._running: dict[int, tuple[str, float]] = {}
        self._began: float | None = None
        self._pace = _NO_PACE
        self._drawn_at: float | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case PlannedStep():
                self._total += 1
                return
            case ApplyStart():
                now = self._clock()
                self._began = now if self._began is None else self._began
                self._running[event.step] = step_words(event), now
            case ApplyComplete():
                self._running.pop(event.step, None)
                self._done += 1
                if self._total <= FEW_STEPS:
                    self._keep(done_words(event))
            case ApplyErrored():
                self._running.pop(event.step, None)
                self._failed += event.because_of is None
                self._skipped += event.because_of is not None
                if event.because_of is None or self._total <= FEW_STEPS:
                    self._keep(errored_words(event, self._style()))
            case ApplyProgress():
                self._pace = event
            case DiagnosticEvent():
                self._keep(diagnostic_text(event.diagnostic, no_sources, self._style()))
            case ChangeSummary():
                self._keep(summary_words(event, self._style()))
                return
        self._redraw()

    def _keep(self, text: str) -> None:
        self._write(f"{text}\n")
        self._drawn_at = None

    def _redraw(self) -> None:
        if not self._total:
            return  # something is reported before the plan is known
        now = self._clock()
        if self._drawn_at is None or now - self._drawn_at >= REDRAW_SECONDS:
            self._drawn_at = now
            self._draw(self._live_line(now))

    def _live_line(self, now: float) -> str:
        filled = _BAR * self._done // self._total
        words = progress_words(self._progress())
        if self._began is not None and now - self._began >= 1:
            words += f", {duration(now - self._began)}"
        oldest, since = next(iter(self._running.values()), ("", now))
        running = f"{oldest} for {duration(now - since)}" if oldest and now - since >= HANGS_SECONDS else oldest
        more = f" and {len(self._running) - 1:,} more" if len(self._running) > 1 else ""
        return f"{'█' * filled}{'░' * (_BAR - filled)} {words}{f'  {running}{more}' if running else ''}"

    def _progress(self) -> ApplyProgress:
        is_over = self._done + self._failed + self._skipped >= self._total
        return replace(
            self._pace,
            done=self._done,
            total=self._total,
            failed=self._failed,
            skipped=self._skipped,
            running=len(self._running),
            seconds_left=None if is_over else self._pace.seconds_left,
        )


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
    parts += [f"about {duration(event.seconds_left)} left"] if event.seconds_left else []
    parts += [f"{event.throttles:,} throttled"] if event.throttles else []
    return ", ".join(parts)


def summary_words(event: ChangeSummary, style: Style) -> str:
    """The last line of an apply."""
    steps = [(event.failed, "failed"), (event.skipped, "skipped")]
    steps += [(event.under_way, "under way with an unknown end"), (event.left, "not begun")]
    rest = "".join(f", {number:,} {word}" for number, word in steps if number)
    objects = [(event.adopted, "adopted"), (event.readdressed, "re-addressed"), (event.forgotten, "forgotten")]
    counts = ", ".join(f"{number:,} {word}" for number, word in objects if number)
    done = counted(event.done, "step") + " done" if event.done or rest else "no step was needed"
    if event.folded and not rest:
        counts = counts or ("" if event.done else "the state is up to date")
        return style.green(f"Apply complete: {done}{counts and f'; {counts}'}.")
    verdict = "Apply was interrupted" if event.interrupted else "Apply did not complete"
    kept = "What was done is in the state." if event.folded else "The state does not hold yet what was done."
    return style.red(f"{verdict}: {done}{rest}{counts and f'; {counts}'}. {kept}")
