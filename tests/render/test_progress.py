from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest

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
from planner.diagnostics import Diagnostic
from planner.network.identity import Action, Link
from planner.render.live_progress import LiveProgress, live_words
from planner.render.progress import Longest, PlainProgress, json_events, summary_words
from planner.render.terminal import PLAIN, Style, width_of
from planner.steps import Step


def _step(number: int) -> Step:
    return Step(number, Action.ATTACH, Link(f"i-{number}", "vpc-a"), None, "mock")


def _story(total: int) -> list[Event]:
    """All steps but the last are done; it fails."""
    events: list[Event] = [PlannedStep(of=_step(step)) for step in range(1, total + 1)]
    for step in range(1, total + 1):
        events.append(ApplyStart(of=_step(step)))
        last = step == total
        if last:
            events.append(ApplyErrored(of=_step(step), diagnostic=Diagnostic("PRV301", "Step was refused")))
        else:
            events.append(ApplyComplete(of=_step(step), seconds=0.25, tries=1, throttles=0))
        events.append(
            ApplyProgress(
                done=step - last,
                total=total,
                failed=int(last),
                skipped=0,
                running=0,
                throttles=3,
                rate=10.0,
                seconds_left=(total - step) / 10,
            )
        )
    return [*events, ChangeSummary(done=total - 1, failed=1, skipped=0, left=0)]


def _plain(events: list[Event], *, every_step: bool = False, seconds_each: float = 0.0) -> list[str]:
    """The lines of a log of these events, one after another so many seconds."""
    written: list[str] = []
    now = [0.0]
    listener = PlainProgress(written.append, PLAIN, every_step=every_step, clock=lambda: now[0])
    for event in events:
        listener(event)
        now[0] += seconds_each
    return "".join(written).splitlines()


def _far(done: int, total: int, running: int = 1) -> ApplyProgress:
    return ApplyProgress(
        done=done, total=total, failed=0, skipped=0, running=running, throttles=0, rate=0.0, seconds_left=None
    )


def test_few_steps_have_a_line_each() -> None:
    assert _plain(_story(3)) == [
        "  1  attach i-1 to vpc-a: done (0.2 s)",
        "  2  attach i-2 to vpc-a: done (0.2 s)",
        "  3  attach i-3 to vpc-a: failed: Step was refused",
        "Apply did not complete: 2 steps done, 1 failed. What was done is in the state.",
    ]


def test_many_steps_have_a_line_for_each_twentieth_of_the_way_and_every_failure() -> None:
    lines = _plain(_story(1000))
    assert len(lines) == 22
    assert lines[0] == "1,000 steps; with --every-step each has a line."
    assert lines[1] == "50 of 1,000, 10.0/s, about 95 s left, 3 throttled".replace("95 s", "2 min")
    assert "  1000  attach i-1000 to vpc-a: failed: Step was refused" in lines


def test_many_steps_have_a_line_each_where_that_is_wanted() -> None:
    lines = _plain(_story(1000), every_step=True)
    assert lines[:2] == ["  1  attach i-1 to vpc-a: done (0.2 s)", "  2  attach i-2 to vpc-a: done (0.2 s)"]
    assert len(lines) == 1001


@pytest.mark.parametrize("total", [3, 1000])
def test_a_log_shows_every_half_minute_which_step_hangs(total: int) -> None:
    events: list[Event] = [PlannedStep(of=_step(step)) for step in range(1, total + 1)]
    begun = len(events)
    events += [ApplyStart(of=_step(1)), ApplyStart(of=_step(2)), *[_far(0, total, 2) for _ in range(70)]]
    lines = [line for line in _plain(events, seconds_each=1.0) if " steps;" not in line]
    assert begun == total
    assert lines == [
        f"0 of {total:,}, 2 running; attach i-1 to vpc-a for 30 s and 1 more",
        f"0 of {total:,}, 2 running; attach i-1 to vpc-a for 60 s and 1 more",
    ]


def test_what_is_skipped_says_because_of_what() -> None:
    assert _plain([PlannedStep(of=_step(2)), ApplyErrored(of=_step(2), because_of=1)]) == [
        "  2  attach i-2 to vpc-a: skipped, because step 1 failed"
    ]


def test_a_diagnostic_is_shown_whole() -> None:
    lines = _plain([DiagnosticEvent(diagnostic=Diagnostic("STA305", "Apply was stopped immediately", "Why."))])
    assert lines == ["Error: Apply was stopped immediately  STA305", "  Why.", ""]


def test_a_live_line_is_drawn_ten_times_a_second_at_most() -> None:
    written: list[str] = []
    now = [0.0]
    drawn: list[str] = []
    listener = LiveProgress(written.append, drawn.append, lambda: PLAIN, clock=lambda: now[0])
    for event in _story(10_000):
        listener(event)
        now[0] += 0.001
    assert 150 < len(drawn) <= 302
    assert all(text.endswith("\n") for text in written)
    assert written[-1].endswith("What was done is in the state.\n")


def test_a_live_line_shows_how_far_it_is_and_what_runs() -> None:
    written: list[str] = []
    now = [0.0]
    style = Style(width=120)
    listener = LiveProgress(written.append, written.append, lambda: style, clock=lambda: now[0])
    for number in range(1, 5):
        listener(PlannedStep(of=_step(number)))
    for number in (1, 2, 3):
        listener(ApplyStart(of=_step(number)))
    listener(ApplyProgress(done=0, total=4, failed=0, skipped=0, running=3, throttles=0, rate=2.0, seconds_left=240.0))
    now[0] = 7.0
    listener(ApplyComplete(of=_step(1), seconds=0.25, tries=1, throttles=0))
    assert written[-1] == (
        "█" * 6 + "░" * 18 + " 1 of 4, 2 running, 2.0/s, about 4 min left, 7 s  attach i-2 to vpc-a for 7 s and 1 more"
    )


_MANY = ApplyProgress(
    done=1_234, total=12_345, failed=12, skipped=3, running=100, throttles=321, rate=123.4, seconds_left=3600.0
)


@pytest.mark.parametrize("width", range(48, 200, 7))
@pytest.mark.parametrize("words", ["attach i-1 to vpc-a", f"attach i-{'b' * 40}7 to vpc-{'d' * 40}9, by mock.lab"])
def test_the_age_of_a_step_that_hangs_and_both_its_ends_are_on_the_live_line(width: int, words: str) -> None:
    line = live_words(_MANY, 125.0, Longest(words, 95.0, 99), width)
    assert width_of(line) < width
    assert re.match("(█[█░]* )?1,234 of 12,345\\b", line)
    assert ", 12 failed, 3 skipped" in line or width < 90
    assert re.search(f"  {words[0]}[^ ].*{words[-1]} for 2 min and 99 more$", line)


def test_a_live_line_drops_the_bar_before_the_pace_and_the_pace_before_the_step() -> None:
    hangs = Longest("attach i-0012 to vpc-a", 95.0, 7)
    progress = replace(_MANY, failed=0, skipped=0, seconds_left=50.0)
    shown = [live_words(progress, 125.0, hangs, width) for width in (160, 140, 120, 100, 80)]
    assert shown == [
        "██░░░░░░░░░░░░░░░░░░░░░░ 1,234 of 12,345, 100 running, 123.4/s, about 50 s left, 321 throttled, 2 min"
        "  attach i-0012 to vpc-a for 2 min and 7 more",
        "█░░░░░░░░░░░ 1,234 of 12,345, 100 running, 123.4/s, about 50 s left, 321 throttled, 2 min"
        "  attach i-0012 to vpc-a for 2 min and 7 more",
        "1,234 of 12,345, 100 running, about 50 s left, 2 min  attach i-0012 to vpc-a for 2 min and 7 more",
        "1,234 of 12,345, 100 running, about 50 s left, 2 min  attach i-0012 to vpc-a for 2 min and 7 more",
        "1,234 of 12,345, 2 min  attach i-0012 to vpc-a for 2 min and 7 more",
    ]


def test_a_step_that_failed_is_shown_with_the_code_of_the_cloud() -> None:
    event = ApplyErrored(
        of=_step(1), diagnostic=Diagnostic("PRV301", "Step was refused"), cloud_code="QuotaExceeded\x1b[2J"
    )
    assert _plain([event]) == ["  1  attach i-1 to vpc-a: failed: Step was refused (QuotaExceeded\\u001b[2J)"]


def test_the_last_line_is_broken_between_words_where_the_terminal_is_narrow() -> None:
    written: list[str] = []
    listener = LiveProgress(written.append, written.append, lambda: Style(color=True, width=40), clock=lambda: 0.0)
    summary = ChangeSummary(done=12, failed=0, skipped=0, left=48, interrupted=True)
    listener(summary)
    lines = written[-1].splitlines()
    assert max(map(width_of, lines)) <= 40
    assert " ".join(lines) == summary_words(summary, Style(color=True))


def test_a_live_line_never_says_less_than_the_lines_above_it() -> None:
    written: list[str] = []
    listener = LiveProgress(written.append, written.append, lambda: PLAIN, clock=lambda: 0.0)
    listener(DiagnosticEvent(diagnostic=Diagnostic("STA313", "Apply is stopping")))
    assert [text for text in written if " of " in text] == []
    for event in _story(5):
        if not isinstance(event, ApplyProgress):
            listener(event)
    drawn = [text.partition(" ")[2] for text in written if " of " in text]
    assert drawn[-1] == "4 of 5, 1 failed"
    for above, line in pairwise(written):
        if above.endswith(")\n"):  # a step is done
            assert f" {above.split()[0]} of 5" in line


def test_hostile_ids_do_not_reach_the_terminal() -> None:
    event = ApplyComplete(
        of=Step(1, Action.DETACH, Link("\x1b[2J", "\u202e"), None, "mock"), seconds=1, tries=2, throttles=1
    )
    assert _plain([event]) == ["  1  detach \\u001b[2J from \\u202e: done (1.0 s, throttled 1 time)"]


def test_events_are_json_lines_of_every_type() -> None:
    written: list[str] = []
    listener = json_events(written.append)
    for event in _story(2):
        listener(event)
    assert [json.loads(line)["type"] for line in written] == [
        "planned_step",
        "planned_step",
        "apply_start",
        "apply_complete",
        "apply_progress",
        "apply_start",
        "apply_errored",
        "apply_progress",
        "change_summary",
    ]


def test_an_apply_that_needed_no_step_says_so() -> None:
    words = summary_words(ChangeSummary(done=0, failed=0, skipped=0, left=0), PLAIN)
    assert words == "Apply complete: no step was needed; the state is up to date."


def test_calls_that_were_left_alone_are_not_reported_as_not_begun() -> None:
    summary = ChangeSummary(done=1, failed=0, skipped=0, under_way=2, left=6, interrupted=True, folded=False)
    assert summary_words(summary, PLAIN).startswith(
        "Apply was interrupted: 1 step done, 2 under way with an unknown outcome, 6 not begun. The state does not yet"
    )
