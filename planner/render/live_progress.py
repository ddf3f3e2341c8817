"""The progress of an apply on a terminal: a live line, and above it what stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    PlannedStep,
)
from planner.render.diagnostics import diagnostic_text
from planner.render.progress import (
    Longest,
    StepsHeard,
    Write,
    done_words,
    errored_words,
    progress_words,
    summary_words,
)
from planner.render.setting import no_sources
from planner.render.terminal import Style, cut_middle, width_of
from planner.render.waiting import duration

REDRAW_SECONDS = 0.1
_BARS = (24, 12, 0)
"""How wide the bar is, as far as there is room."""
_LEAST = 16
"""Columns of a step that still say something."""
_NO_PACE = ApplyProgress(done=0, total=0, failed=0, skipped=0, running=0, throttles=0, rate=0.0, seconds_left=None)


class LiveProgress:
    """One line on a terminal that is redrawn ten times a second at most; what must stay scrolls above it.

    It counts the steps that it hears of, so that it never says less than the lines above it; the pace is what was
    last reported.
    """

    def __init__(
        self,
        write: Write,
        draw: Write,
        style: Callable[[], Style],
        *,
        every_step: bool = False,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`write` puts text that stays above the line, `draw` draws the line, and `style` is that of the moment.

        Of many steps the done ones stay only with `every_step`.
        """
        self._write = write
        self._draw = draw
        self._style = style
        self._clock = clock
        self._steps = StepsHeard(clock, every_step=every_step)
        self._done = self._failed = self._skipped = 0
        self._began: float | None = None
        self._pace = _NO_PACE
        self._drawn_at: float | None = None

    def __call__(self, event: Event) -> None:
        self._steps.hear(event)
        match event:
            case PlannedStep():
                return
            case ApplyStart():
                self._began = self._clock() if self._began is None else self._began
            case ApplyComplete():
                self._done += 1
                if self._steps.has_lines:
                    self._keep(done_words(event))
            case ApplyErrored():
                self._failed += event.because_of is None
                self._skipped += event.because_of is not None
                if event.because_of is None or self._steps.has_lines:
                    self._keep(errored_words(event, self._style()))
            case ApplyProgress():
                self._pace = event
            case DiagnosticEvent():
                self._keep(diagnostic_text(event.diagnostic, no_sources, self._style()))
            case ChangeSummary():
                style = self._style()
                self._keep("\n".join(style.wrap(summary_words(event, style))))
                return
        self._redraw()

    def _keep(self, text: str) -> None:
        self._write(f"{text}\n")
        self._drawn_at = None

    def _redraw(self) -> None:
        if not self._steps.total:
            return  # something is reported before the plan is known
        now = self._clock()
        if self._drawn_at is None or now - self._drawn_at >= REDRAW_SECONDS:
            self._drawn_at = now
            elapsed = 0.0 if self._began is None else now - self._began
            self._draw(live_words(self._progress(), elapsed, self._steps.longest, self._style().width))

    def _progress(self) -> ApplyProgress:
        is_over = self._done + self._failed + self._skipped >= self._steps.total
        return replace(
            self._pace,
            done=self._done,
            total=self._steps.total,
            failed=self._failed,
            skipped=self._skipped,
            running=self._steps.running,
            seconds_left=None if is_over else self._pace.seconds_left,
        )


def live_words(progress: ApplyProgress, elapsed: float, longest: Longest | None, width: int) -> str:
    """The live line for a terminal so wide: how far it is, and the step that runs longest.

    Where there is no room for all, the bar goes first, then the pace, then the middle of the step; the age of a step
    that hangs is always there.
    """
    heads = _heads(progress, elapsed)
    if longest is None:
        return next((head for head in heads if width_of(head) < width), heads[-1])
    after = len("  ") + width_of(longest.ending)
    rooms = [(head, width - 1 - width_of(head) - after) for head in heads]
    whole = width_of(longest.words)
    least = min(_LEAST, whole)
    roomy = [one for one in rooms[:-1] if one[1] >= (whole if longest.hangs else least)]
    accepted = [one for one in rooms[-2:] if one[1] >= least]
    head, room = next(iter([*roomy, *accepted, rooms[-1]]))
    if room < 1 and not longest.hangs:
        return head
    return f"{head}  {cut_middle(longest.words, max(room, 1))}{longest.ending}"


def _heads(progress: ApplyProgress, elapsed: float) -> Sequence[str]:
    """How far it is, in ever fewer words; the last one leaves out what the lines above it say."""
    slow = replace(progress, rate=0.0, throttles=0)
    vague = replace(slow, seconds_left=None)
    return (
        *(_bar(progress, columns) + _words(progress, elapsed) for columns in _BARS),
        _words(slow, elapsed),
        _words(vague, elapsed),
        _words(replace(vague, running=0), elapsed),
        _words(replace(vague, running=0, failed=0, skipped=0), 0.0),
    )


def _bar(progress: ApplyProgress, columns: int) -> str:
    filled = columns * progress.done // progress.total
    return f"{'█' * filled}{'░' * (columns - filled)} " if columns else ""


def _words(progress: ApplyProgress, elapsed: float) -> str:
    return progress_words(progress) + (f", {duration(elapsed)}" if elapsed >= 1 else "")
