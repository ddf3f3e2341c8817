"""The outputs that a plan does not hold: sensitive ones, and those that are known only after the last step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from planner.app.groups_read import evaluated
from planner.app.project import Project
from planner.app.readings import read_worlds
from planner.apply.late import LateValues, Outputs, ReadLate
from planner.config.desired import Desired, Output
from planner.diagnostics import ClError, Diagnostic, ProviderError, Severity
from planner.documents.plan import PlanDocument
from planner.documents.plan_head import Mode
from planner.hcl.cty.values import SENSITIVE, deep_marks, is_wholly_known
from planner.network.worlds import Worlds
from planner.plan.document import check_entries
from planner.plan.outputs import as_json
from planner.plan.pending import PendingChanges
from planner.remedy import Remedy, cl
from planner.state.model import State, StateOutput
from planner.values import replace
from providers.base import NO_ROUTES, Provider


def outputs_of(project: Project, plan: PlanDocument, providers: Mapping[str, Provider]) -> Outputs:
    """The values of the outputs that the plan changes and does not hold.

    Where that takes the configuration's values, it is evaluated once more. Raises ClError.
    """
    changes = plan["output_changes"]
    hidden = [
        name
        for name, change in changes.items()
        if (change["before_sensitive"] or change["after_sensitive"]) and not change["after_unknown"]
    ]
    found: Mapping[str, StateOutput] = {}
    if hidden:
        worlds = read_worlds(providers, project.scope(NO_ROUTES))
        found = _values(hidden, _desired(project, plan, project.prior(), worlds, providers))
    unknown = [name for name, change in changes.items() if change["after_unknown"]]
    is_late = (
        unknown
        or any(entry["mode"] == "data" for entry in plan["resource_changes"])
        or any(check["status"] == "unknown" for check in plan["checks_blocks"])
    )
    return Outputs(found, _reader(project, plan, providers, unknown) if is_late else None)


def _desired(
    project: Project, plan: PlanDocument, prior: State, worlds: Worlds, providers: Mapping[str, Provider]
) -> Desired:
    changing = plan["mode"] == Mode.NORMAL and plan["drain"] is None

    def evaluate(worlds: Worlds) -> Desired:
        pending = PendingChanges(prior, worlds) if changing else None
        return project.evaluation.desired(worlds, prior, changing=changing, pending=pending)

    return evaluated(project, evaluate, worlds, prior, providers)[0]


def _reader(project: Project, plan: PlanDocument, providers: Mapping[str, Provider], unknown: list[str]) -> ReadLate:
    """Reads the data sources that the plan could not read, and gives outputs and checks their values.

    A plan of a part changes less than is declared: what still waits for the rest stays as it was.
    """
    known = {(entry["code"], entry["detail"]) for entry in plan["diagnostics"]}

    def read(state: State) -> LateValues:
        try:
            worlds = read_worlds(providers, project.scope(NO_ROUTES))
            desired = _desired(project, plan, state, worlds, providers)
        except ProviderError as error:
            return LateValues(state, (_unread(unknown, (problem.detail for problem in error.diagnostics)),), False)
        except ClError as error:
            return LateValues(state, tuple(error.diagnostics))
        found = _values(unknown, desired)
        lacking = [] if desired.deferred else [name for name in unknown if name not in found]
        diagnostics = [each for each in desired.warnings if (each.code, each.detail) not in known]
        if lacking:
            diagnostics.append(_unread(lacking, _reasons(worlds)))
        state = replace(state, outputs={**state.outputs, **found}, checks=tuple(check_entries(desired.checks)))
        return LateValues(state, tuple(diagnostics), not lacking)

    return read


def _values(names: Iterable[str], desired: Desired) -> dict[str, StateOutput]:
    """The values of these outputs, but for those that are not known."""
    outputs = {name: desired.outputs[name] for name in names if name in desired.outputs}
    return {name: _value(output) for name, output in outputs.items() if is_wholly_known(output.value)}


def _value(output: Output) -> StateOutput:
    hidden = output.sensitive or SENSITIVE in deep_marks(output.value)
    return StateOutput(as_json(output.value), output.value.type_json(), sensitive=hidden)


def _reasons(worlds: Worlds) -> Iterator[str]:
    for world in worlds.by_provider.values():
        yield from (gap.reason for gap in world.unread)


def _unread(names: Iterable[str], reasons: Iterable[str]) -> Diagnostic:
    why = " ".join(dict.fromkeys(reasons))
    return Diagnostic(
        "PRV312",
        "Data could not be read after the steps",
        f"All steps are done, but the data that is known only after them could not be read: {why} These outputs keep "
        f"their old values: {', '.join(names) or 'none'}.",
        Remedy.of("When it can be read, run: ", cl("apply")),
        severity=Severity.WARNING,
    )
