"""Who follows an apply: people, who read text and may be asked, or programs, which read events."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence

import click

from planner.app.applying import Applied
from planner.app.planning import is_to_be_applied, why_incomplete
from planner.apply.events import ChangeSummary, DiagnosticEvent, Event, Listener, Version
from planner.apply.messages import reader_gone, stopping
from planner.apply.outcome import Outcome
from planner.apply.stop import StopSignal
from planner.cli.apply_options import Flags
from planner.cli.findings import show_findings
from planner.cli.messages import show_errors
from planner.cli.next_command import confirmed
from planner.cli.session import OutputLost, Session
from planner.cli.style import style_of
from planner.diagnostics import ClError, Diagnostic, PlanError
from planner.documents.plan import PlanDocument, StepEntry
from planner.exit_codes import ExitCode
from planner.remedy import Command, Remedy
from planner.render.by_hand import manual_question, step_by_hand_lines
from planner.render.live_progress import LiveProgress
from planner.render.next_step import next_line
from planner.render.problems import plan_problems
from planner.render.progress import PlainProgress, for_caller, json_events
from planner.render.question import question_of
from planner.render.remedy import plan_called_from
from planner.render.setting import Setting
from planner.render.state import outputs_text
from planner.render.terminal import Style
from planner.render.text import plan_text


@contextlib.contextmanager
def following(session: Session, flags: Flags) -> Iterator[People | Programs]:
    """Who follows an apply; a program is given the errors that end it, too."""
    if not flags.as_json:
        yield People(session, ask=flags.ask, every_step=flags.every_step)
        return
    programs = Programs(session)
    programs.hear(Version())
    try:
        yield programs
    except ClError as error:
        for diagnostic in error.diagnostics:
            programs.hear(DiagnosticEvent(diagnostic=diagnostic))
        raise


class _Interruptible:
    """Who may interrupt the steps; after a signal, no output waits for its reader any more."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._stop: StopSignal | None = None

    @contextlib.contextmanager
    def stopping(self) -> Iterator[StopSignal]:
        """While the steps are carried out: what asks them to stop."""
        with self._session.quiet(), StopSignal().on_signals() as stop:
            self._session.interrupted = lambda: stop.by_signal
            self._stop = stop
            try:
                yield stop
            finally:
                self._stop = None


class People(_Interruptible):
    """People at a terminal: plan and outputs go to stdout, progress and problems to stderr."""

    def __init__(self, session: Session, *, ask: bool, every_step: bool) -> None:
        super().__init__(session)
        self._may_ask = ask and session.may_ask
        self._every_step = every_step
        self._show = _progress(session, every_step=every_step)

    def hear(self, event: Event) -> None:
        """Show the event. Where the steps were asked to stop, it is shown first why they do not end at once."""
        if self._stop is not None and self._stop.gently and not isinstance(event, ChangeSummary):
            self._show(DiagnosticEvent(diagnostic=stopping(by_signal=self._stop.by_signal)))
            self._stop = None
        self._show(event)

    def see(self, plan: PlanDocument) -> None:
        session = self._session
        called = plan_called_from(plan, session.caller)
        setting = Setting(
            style_of(session), every_step=self._every_step, findings_follow=session.one_place, next_step=False
        )
        session.write(plan_text(called, setting))
        show_findings(session, plan, every=self._every_step)
        if incomplete := why_incomplete(plan):
            self.hear(DiagnosticEvent(diagnostic=incomplete))

    def agree(self, plan: PlanDocument) -> bool:
        if not self._may_ask:
            raise _cannot_ask()
        return self._session.confirm(question_of(plan))

    def confirm(self, plan: PlanDocument, steps: Sequence[StepEntry]) -> bool:
        if not self._may_ask or not sys.stdin.isatty():
            raise _not_confirmed(plan, steps)
        return self._session.confirm("\n".join((*step_by_hand_lines(steps), manual_question(steps))))

    def end(self, applied: Applied, next_command: Command) -> None:
        """Show how the apply ended, and the command that goes on where something is left."""
        if (outcome := applied.outcome) is None:
            return
        _report_end(self._session, outcome, next_command)
        if outcome.exit_code is ExitCode.DONE and outcome.state.outputs:
            self._session.write(f"\nOutputs:\n\n{outputs_text(outcome.state.outputs)}")


class Programs(_Interruptible):
    """Programs: every event is a line of JSON on stdout.

    One that stops reading ends the steps gently, rather than in their middle; the rest is shown to people then.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._write = json_events(session.write)
        self._lost: OutputLost | None = None

    def hear(self, event: Event) -> None:
        try:
            self._write(event)
        except OutputLost as lost:
            if self._stop is None:
                raise
            self._lost = lost
            self._write = _progress(self._session)
            self._write(DiagnosticEvent(diagnostic=reader_gone()))
            self._write(event)
            if not self._stop.gently:
                self._stop.ask()

    def see(self, plan: PlanDocument) -> None:
        for problem in plan_problems(plan):
            self.hear(DiagnosticEvent(diagnostic=problem.to_diagnostic()))
        show_findings(self._session, plan)
        if incomplete := why_incomplete(plan):
            self.hear(DiagnosticEvent(diagnostic=incomplete))
        if not is_to_be_applied(plan) and not plan["errored"]:
            self.hear(ChangeSummary(done=0, failed=0, skipped=0, left=0))

    def agree(self, plan: PlanDocument) -> bool:
        raise _cannot_ask()

    def confirm(self, plan: PlanDocument, steps: Sequence[StepEntry]) -> bool:
        raise _not_confirmed(plan, steps)

    def end(self, applied: Applied, next_command: Command) -> None:
        """Write what there is to say of the end. Raises OutputLost where the reader has gone."""
        if (outcome := applied.outcome) is None:
            return
        if self._lost is not None:
            _report_end(self._session, outcome, next_command)
            raise self._lost
        for problem in outcome.diagnostics:
            self.hear(DiagnosticEvent(diagnostic=problem))


def _report_end(session: Session, outcome: Outcome, next_command: Command) -> None:
    show_errors(session, [*outcome.failed.values(), *outcome.diagnostics])
    if not outcome.is_complete:
        session.say(f"\n{next_line(session.caller.call(next_command), style_of(session, stderr=True))}")


def _cannot_ask() -> PlanError:
    detail = "A plan is applied only after a confirmation, but there is no terminal to ask on."
    remedy = "To apply without a question: --auto-approve, or a saved plan."
    return PlanError(Diagnostic("STA411", "Confirmation is not possible", detail, Remedy.of(remedy)))


def _not_confirmed(plan: PlanDocument, steps: Sequence[StepEntry]) -> PlanError:
    lines = "\n".join(step_by_hand_lines(steps))
    detail = f"The cloud has no call for these steps, so they must be done by hand. Nothing was done yet:\n{lines}"
    context = click.get_current_context()
    remedy = Remedy.of("Do them, then confirm: ", confirmed(context, plan["variables"]))
    return PlanError(Diagnostic("PRV313", "Manual steps are not confirmed", detail, remedy))


def _progress(session: Session, *, every_step: bool = False) -> Listener:
    """Progress for people, on stderr."""

    def style() -> Style:
        return style_of(session, stderr=True)

    if session.shows_progress:
        live = LiveProgress(session.mention, session.draw, style, every_step=every_step)
        return for_caller(live, session.caller)
    return for_caller(PlainProgress(session.mention, style(), every_step=every_step), session.caller)
