"""Carrying a plan out: what `apply`, `destroy` and `refresh` share."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from planner.apply.events import ApplyErrored, ChangeSummary, DiagnosticEvent, Event, Listener, Version
from planner.apply.messages import reader_gone, stopping
from planner.apply.read_timeout import with_read_timeout
from planner.apply.retry import RetryPolicy
from planner.apply.run import at_work, carry_out
from planner.apply.stop import StopSignal
from planner.cli.next_command import go_on
from planner.cli.options import Planning
from planner.cli.plan_file import read_plan, refuse_elsewhere
from planner.cli.planning import Document, exit_code, make
from planner.cli.project import Project, read_world
from planner.cli.session import OutputLost, Session
from planner.diagnostics import ClError, Diagnostic, ExitCode, PlanError
from planner.plan.outputs import as_json
from planner.render.problems import plan_problems
from planner.render.progress import LiveProgress, PlainProgress, json_events
from planner.render.state import outputs_text
from planner.render.text import next_line, plan_text
from planner.rules.base import listing
from planner.state.model import State, StateOutput
from providers.base import Provider

_NAMED = 5
"""How many things that could not be read are named."""
_QUESTIONS = {
    "normal": "Do you want to perform these steps?",
    "destroy": "Do you really want to take all of this away? There is no undo.",
    "refresh-only": "Do you want the state to say what the cloud says?",
}


@dataclass(frozen=True, slots=True)
class How:
    """How a plan is applied, as the command line says. Times are in seconds; without a `timeout` there is no limit."""

    auto_approve: bool = False
    detailed_exitcode: bool = False
    as_json: bool = False
    ask: bool = True
    lock_timeout: float = 0.0
    parallelism: int = 10
    timeout: float = 0.0
    step_timeout: float = 600.0


def apply_plan_file(session: Session, path: Path, how: How) -> ExitCode:
    """Apply a saved plan. Nobody is asked: reading the plan and naming it is the answer."""
    with _telling(session, how) as events:
        document = read_plan(session, path)
        project = Project(session, planned=document["variables"], ask=how.ask)
        refuse_elsewhere(document, project.workspace, path)
        with _providers(project, how) as providers, _at_work(project, providers, how, events) as state:
            return _carry_out(project, document, providers, state, how, events)


def plan_and_apply(session: Session, planning: Planning, how: How) -> ExitCode:
    """Plan, show it, ask, and apply. The lock is held from the plan on, but never while somebody is asked."""
    with _telling(session, how) as events:
        project = Project(session, planning.assignments, ask=how.ask)
        with _providers(project, how) as providers:
            return _plan_and_apply(project, planning, providers, how, events)


def _plan_and_apply(
    project: Project, planning: Planning, providers: Mapping[str, Provider], how: How, events: Listener
) -> ExitCode:
    session = project.session
    if how.auto_approve:
        with _at_work(project, providers, how, events) as state:
            document = make(project, planning, providers)
            if (code := _show(session, document, how, events)) is not None:
                return code
            return _carry_out(project, document, providers, state, how, events)
    if project.store.journal_path.exists() or project.store.to_reseal():
        with _at_work(project, providers, how, events):
            pass  # an apply that was cut short is complete now, and the state under the present key
    document = make(project, planning, providers)
    if (code := _show(session, document, how, events)) is not None:
        return code
    if not _agreed(session, document, how):
        return ExitCode.ERROR
    with _at_work(project, providers, how, events) as state:
        return _carry_out(project, document, providers, state, how, events)


@contextlib.contextmanager
def _providers(project: Project, how: How) -> Iterator[Mapping[str, Provider]]:
    """The providers of the project, for none of which is waited longer than the command line allows."""
    with project.providers() as providers:
        yield with_read_timeout(providers, min(filter(None, (how.step_timeout, how.timeout)), default=None))


def _at_work(
    project: Project, providers: Mapping[str, Provider], how: How, events: Listener
) -> contextlib.AbstractContextManager[State]:
    return at_work(project.store, providers, lock_timeout=how.lock_timeout, events=events)


def _show(session: Session, document: Document, how: How, events: Listener) -> ExitCode | None:
    """Show a plan; its exit code where there is nothing to apply."""
    code = exit_code(document, detailed=False)
    begins = code is ExitCode.DONE and document["applicable"]
    if how.as_json:
        for problem in plan_problems(document):
            events(DiagnosticEvent(diagnostic=problem.to_diagnostic()))
    else:
        session.write(plan_text(document, session.style(), next_step=False, findings_follow=session.one_place))
    session.tell_errors_of(document)
    if code is ExitCode.INCOMPLETE:
        events(DiagnosticEvent(diagnostic=_incomplete(document)))
    if how.as_json and not begins and not document["errored"]:
        events(ChangeSummary(done=0, failed=0, skipped=0, left=0))
    return None if begins else code


def _incomplete(document: Document) -> Diagnostic:
    """Why a plan of a cloud that was not read as a whole is not applied."""
    unread = [_unread_words(**one) for one in document["unread"]]
    return Diagnostic(
        "PRV311",
        "Cloud was not read as a whole",
        "Nothing was applied: more steps may be needed than the plan has, for this could not be read: "
        f"{listing(unread, _NAMED)}.",
        "See that the provider may read it, then run the same command again.",
    )


def _unread_words(kind: str, subject: str | None, reason: str) -> str:
    return f"{kind.replace('_', ' ')}{f' of {subject}' if subject else ''} ({reason})"


def _agreed(session: Session, document: Document, how: How) -> bool:
    """Whether the user says yes. No lock is held meanwhile. Raises PlanError where nobody can say so."""
    if how.as_json or not how.ask or not session.may_ask:
        detail = "The plan is to be agreed to before it is applied, and nobody can be asked here."
        remedy = "To apply without a question: --auto-approve, or a saved plan."
        raise PlanError(Diagnostic("STA411", "Nobody can be asked", detail, remedy))
    return session.confirm(_QUESTIONS[document["mode"]])


def _carry_out(
    project: Project,
    document: Document,
    providers: Mapping[str, Provider],
    state: State,
    how: How,
    events: Listener,
) -> ExitCode:
    session = project.session
    following = go_on(click.get_current_context(), document)
    with StopSignal().on_signals() as stop:
        told = _Told(events, stop, _on_stderr(session), for_people=not how.as_json)
        outcome = carry_out(
            document,
            providers,
            project.store,
            state,
            today=project.now.date(),
            parallelism=how.parallelism,
            events=told,
            stop=stop,
            outputs=_hidden_outputs(project, document, providers),
            policy=RetryPolicy(step_timeout=how.step_timeout),
            run_timeout=how.timeout or None,
            go_on=following,
        )
    if how.as_json and not told.lost:
        for problem in outcome.diagnostics:
            events(DiagnosticEvent(diagnostic=problem))
    else:
        session.tell([*outcome.failed.values(), *outcome.diagnostics])
        if not outcome.is_complete:
            session.say(f"\n{next_line(following, session.style(stderr=True))}")
        if told.lost:
            raise told.lost
        if outcome.exit_code is ExitCode.DONE and outcome.state.outputs:
            session.write(f"\nOutputs:\n\n{outputs_text(outcome.state.outputs)}")
    if outcome.exit_code is ExitCode.DONE and how.detailed_exitcode and document["applicable"]:
        return ExitCode.CHANGES
    return outcome.exit_code


class _Told:
    """A listener that ends an apply gently, rather than in its middle, where its reader has gone away.

    From then on people are told `instead`.
    """

    def __init__(self, events: Listener, stop: StopSignal, instead: Listener, *, for_people: bool) -> None:
        self._events = events
        self._instead = instead
        self._stop = stop
        self._wait_is_told = not for_people
        self.lost: OutputLost | None = None

    def __call__(self, event: Event) -> None:
        try:
            self._tell_of_the_wait(event)
            self._events(event)
        except OutputLost as lost:
            self.lost = lost
            self._events = self._instead
            self._events(DiagnosticEvent(diagnostic=reader_gone()))
            self._events(event)
            if not self._stop.gently:
                self._stop.ask()

    def _tell_of_the_wait(self, event: Event) -> None:
        """Say why the apply does not end at once, to a person who has just interrupted it."""
        if self._stop.gently and not self._wait_is_told and not isinstance(event, ChangeSummary):
            self._wait_is_told = True
            self._events(DiagnosticEvent(diagnostic=stopping()))


@contextlib.contextmanager
def _telling(session: Session, how: How) -> Iterator[Listener]:
    """Who is told of the events: programs on stdout, errors too, people on stderr."""
    if not how.as_json:
        yield _on_stderr(session)
        return
    events = _to_paste(session, json_events(session.write))
    events(Version())
    try:
        yield events
    except ClError as error:
        for diagnostic in error.diagnostics:
            events(DiagnosticEvent(diagnostic=diagnostic))
        raise


def _on_stderr(session: Session) -> Listener:
    """Who tells people of the events."""
    live = sys.stderr.isatty() and not session.automated
    return _to_paste(session, (LiveProgress if live else PlainProgress)(session.mention, session.style(stderr=True)))


def _to_paste(session: Session, events: Listener) -> Listener:
    """The same listener, told of remedies whose commands do here what they say."""

    def tell(event: Event) -> None:
        if isinstance(event, DiagnosticEvent | ApplyErrored) and isinstance(event.diagnostic, Diagnostic):
            event = replace(event, diagnostic=session.to_paste(event.diagnostic))
        events(event)

    return tell


def _hidden_outputs(
    project: Project, document: Document, providers: Mapping[str, Provider]
) -> Mapping[str, StateOutput]:
    """The values of sensitive outputs: a plan never holds them, so the configuration is asked once more."""
    changes: Mapping[str, Any] = document["output_changes"]
    hidden = [name for name, change in changes.items() if change["after_sensitive"]]
    if not hidden:
        return {}
    outputs = project.desired(read_world(providers)).outputs
    return {
        name: StateOutput(as_json(outputs[name].value), outputs[name].value.type_json(), sensitive=True)
        for name in hidden
        if name in outputs
    }
