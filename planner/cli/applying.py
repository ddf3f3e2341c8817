"""Carrying a plan out: what `apply`, `destroy` and `refresh` share."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.apply.events import DiagnosticEvent, Listener, Version
from planner.apply.run import carry_out, complete_crashed
from planner.apply.stop import StopSignal
from planner.cli.options import Planning
from planner.cli.plan_file import read_plan
from planner.cli.planning import Document, exit_code, make
from planner.cli.project import Project, read_world
from planner.cli.session import Session
from planner.diagnostics import ExitCode
from planner.render.problems import plan_problems
from planner.render.progress import LiveProgress, PlainProgress, json_events
from planner.render.state import outputs_text
from planner.render.text import plan_text
from planner.state.model import StateOutput
from providers.base import Provider

_QUESTIONS = {
    "normal": "Do you want to perform these steps?",
    "destroy": "Do you really want to take all of this away? There is no undo.",
    "refresh-only": "Do you want the state to say what the cloud says?",
}


@dataclass(frozen=True, slots=True)
class How:
    """How a plan is applied, as the command line says."""

    auto_approve: bool = False
    detailed_exitcode: bool = False
    as_json: bool = False
    ask: bool = True
    lock_timeout: float = 0.0
    parallelism: int = 10


def apply_plan_file(session: Session, path: Path, how: How) -> ExitCode:
    """Apply a saved plan. Nobody is asked: reading the plan and naming it is the answer."""
    document = read_plan(session, path)
    project = Project(session, planned=document["variables"], ask=how.ask)
    with project.providers() as providers:
        return _carry_out(project, document, providers, how)


def plan_and_apply(session: Session, planning: Planning, how: How) -> ExitCode:
    """Plan, show it, ask, and apply."""
    project = Project(session, planning.assignments, ask=how.ask)
    with project.providers() as providers:
        if project.store.journal_path.exists():
            session.tell(complete_crashed(project.store, providers, lock_timeout=how.lock_timeout).diagnostics)
        document = make(project, planning, providers)
        if how.as_json and document["errored"]:
            session.tell(problem.to_diagnostic() for problem in plan_problems(document))
        elif not how.as_json:
            session.write(plan_text(document, session.style(), sources=session.source, next_step=False))
        session.tell_errors_of(document)
        code = exit_code(document, detailed=False)
        if code is not ExitCode.DONE or not document["applicable"]:
            return code
        if not how.auto_approve and not _agreed(session, document, how):
            return ExitCode.ERROR
        return _carry_out(project, document, providers, how)


def _agreed(session: Session, document: Document, how: How) -> bool:
    """Whether the user says yes. No lock is held meanwhile."""
    if how.as_json or not how.ask or not session.may_ask:
        session.say("Error: nobody can be asked here.\n  To apply without a question: --auto-approve, or a saved plan.")
        return False
    return session.confirm(_QUESTIONS[document["mode"]])


def _carry_out(project: Project, document: Document, providers: Mapping[str, Provider], how: How) -> ExitCode:
    session = project.session
    events = _listener(session, how)
    with StopSignal().on_signals() as stop:
        outcome = carry_out(
            document,
            providers,
            project.store,
            today=project.now.date(),
            operation="apply",
            lock_timeout=how.lock_timeout,
            parallelism=how.parallelism,
            events=events,
            stop=stop,
            outputs=_hidden_outputs(project, document, providers),
        )
    if how.as_json:
        for problem in outcome.diagnostics:
            events(DiagnosticEvent(diagnostic=problem))
    else:
        session.tell([*outcome.failed.values(), *outcome.diagnostics])
        if outcome.exit_code is ExitCode.DONE and outcome.state.outputs:
            session.write(f"\nOutputs:\n\n{outputs_text(outcome.state.outputs)}")
    if outcome.exit_code is ExitCode.DONE and how.detailed_exitcode and document["applicable"]:
        return ExitCode.CHANGES
    return outcome.exit_code


def _listener(session: Session, how: How) -> Listener:
    """Who is told of the events: programs on stdout, people on stderr."""
    if how.as_json:
        events = json_events(session.write)
        events(Version())
        return events
    style = session.style(stderr=True)
    live = sys.stderr.isatty() and not session.automated
    progress: Listener = (LiveProgress if live else PlainProgress)(_to_stderr, style)
    return progress


def _to_stderr(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


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
        name: StateOutput(outputs[name].value.to_python(), outputs[name].value.type_json(), sensitive=True)
        for name in hidden
        if name in outputs
    }
