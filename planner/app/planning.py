"""Making a plan: what `plan`, `apply`, `destroy` and `refresh` share."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from planner.app.by_hand import by_hand
from planner.app.groups_read import evaluated
from planner.app.other_workspaces import OtherWorkspaces
from planner.app.places import made_in
from planner.app.project import Project
from planner.app.providers import refuse_lost
from planner.app.readings import read_worlds, with_what_is_named
from planner.app.secret_variables import sealed
from planner.config.desired import Desired
from planner.diagnostics import ClError, Diagnostic, PlanError, first_of
from planner.documents.checksum import source_digest
from planner.documents.plan_facts import follows_unfinished, has_several_providers
from planner.documents.plan_head import plan_checksum
from planner.documents.replan import replan_remedy
from planner.exit_codes import ExitCode
from planner.network.kinds import Kind
from planner.network.worlds import Worlds
from planner.plan.make import make_plan
from planner.plan.offline import offline_worlds
from planner.plan.options import PlanContext, PlanOptions
from planner.plan.pending import PendingChanges
from planner.remedy import Remedy
from planner.rules.base import listing
from planner.state.digest import digest
from planner.state.model import State
from planner.values import replace
from planner.waits import plainly
from providers.base import NO_ROUTES, Provider

if TYPE_CHECKING:
    from planner.documents.plan import PlanDocument, UnreadEntry

_NAMED = 5
"""How many things that could not be read are named."""


def make(project: Project, planning: PlanOptions, providers: Mapping[str, Provider]) -> PlanDocument:
    """The plan document that the options ask for. It has the warning about an apply that is not finished."""
    try:
        with project.surroundings.watch(plainly("Planning")):
            return _made(project, planning, providers)
    except ClError:
        project.surroundings.report(project.unfinished)
        raise


def _made(project: Project, planning: PlanOptions, providers: Mapping[str, Provider]) -> PlanDocument:
    context = replace(
        _context(project, project.evaluation.plain_variables()),
        workspace=project.workspace,
        made_in=made_in(project, providers),
        secret_variables=sealed(project.evaluation.secret_variables()),
        taken_over=OtherWorkspaces(project).taken_over,
        by_hand=by_hand(project.provider_keys),
        sources={name: source_digest(text) for name, text in project.configuration.sources.items()},
    )
    scope = project.scope(NO_ROUTES)
    if planning.include_unmanaged:  # unmanaged rules may be in any group
        scope = scope.and_groups()
    worlds = read_worlds(providers, scope) if planning.refresh else None
    prior = project.prior(worlds, providers, in_document=True)
    if worlds is None:
        worlds = offline_worlds(prior, project.provider_keys)
    refuse_lost(prior, project.provider_keys)

    def evaluate(worlds: Worlds) -> Desired:
        pending = PendingChanges(prior, worlds, planning.replace) if planning.changing else None
        return project.desired(worlds, changing=planning.changing, pending=pending)

    desired, worlds = evaluated(project, evaluate, worlds, prior, providers)
    # A waiver is judged, and a replacement made, also where everything is there already.
    changing_all = bool(planning.replace or project.evaluation.settings()[0].waivers)
    worlds = with_what_is_named(worlds, desired, providers, changing_all=changing_all)
    document = make_plan(desired, prior, worlds, planning, context)
    if not project.unfinished:
        return document
    problems = [*(one.to_json() for one in project.unfinished), *document["diagnostics"]]
    # What it takes the state to be that is not written yet: the serial alone does not show it.
    document = {**document, "state_sha256": digest(prior), "diagnostics": problems}
    return {**document, "checksum": plan_checksum(document)}


def look_only(project: Project, planning: PlanOptions) -> PlanDocument:
    """The same for who only looks at it: a provider is opened where the cloud is read, and not without a refresh."""
    if planning.refresh:
        with project.providers() as providers:
            return make(project, planning, providers)
    project.refuse_unknown_providers()
    return make(project, planning, {})


def failed_plan(project: Project, planning: PlanOptions, diagnostics: Iterable[Diagnostic]) -> PlanDocument:
    """The document of a plan that could not be made: nothing but what is wrong."""
    document = make_plan(Desired(), State(), Worlds(), planning, _context(project, {}))
    problems = [one.to_json() for one in diagnostics]
    document = {**document, "errored": True, "applicable": False, "diagnostics": problems}
    return {**document, "checksum": plan_checksum(document)}


def _context(project: Project, variables: Mapping[str, object]) -> PlanContext:
    again = project.surroundings.command_line.plan_again(variables)
    return PlanContext(project.now, secrets.token_hex(8), variables=variables, command=again)


def exit_code(document: PlanDocument, *, detailed: bool) -> ExitCode:
    """How `plan` ends."""
    if document["errored"]:
        certain = any(rule["status"] == "fail" and rule["severity"] == "error" for rule in document["rules"])
        certain = certain or any(problem["severity"] == "error" for problem in document["diagnostics"])
        return ExitCode.ERROR if certain or document["complete"] else ExitCode.INCOMPLETE
    if not document["complete"]:
        return ExitCode.INCOMPLETE
    is_to_do = document["applicable"] or follows_unfinished(document)
    return ExitCode.CHANGES if detailed and is_to_do else ExitCode.DONE


def why_incomplete(document: PlanDocument) -> Diagnostic | None:
    """Why a plan of a cloud that was not read as a whole is not applied; None for any other plan."""
    if exit_code(document, detailed=False) is not ExitCode.INCOMPLETE:
        return None
    several = has_several_providers(document["proof"])
    groups: dict[tuple[str, str], list[str]] = {}
    for gap in document["unread"]:
        by = f"{gap['provider']}: " if several and "provider" in gap else ""
        groups.setdefault((by, gap["reason"].rstrip(".")), []).append(_unread_words(gap))
    unread = [f"{by}{listing(what, _NAMED)} ({reason})" for (by, reason), what in groups.items()]
    return Diagnostic(
        "PRV311",
        "Cloud was not read completely",
        "Nothing was applied: the plan may lack steps, because part of the cloud could not be read: "
        f"{first_of(unread, _NAMED)}.",
        Remedy.of("Fix what the reason names, such as a missing permission, then run the same command again."),
    )


def _unread_words(gap: UnreadEntry) -> str:
    return Kind(gap["kind"]).words + (f" of {gap['subject']}" if gap["subject"] else "")


class PlanIncomplete(PlanError):
    """A plan of a cloud that could not be read as a whole."""

    exit_code = ExitCode.INCOMPLETE


def refuse_incomplete(document: PlanDocument, path: Path) -> None:
    """Raises PlanIncomplete for a saved plan that would not be applied either where it was made."""
    if problem := why_incomplete(document):
        remedy = Remedy.of("Fix what the reason names, such as a missing permission. ", replan_remedy(str(path)))
        raise PlanIncomplete(replace(problem, remedy=remedy))


def is_to_be_applied(document: PlanDocument) -> bool:
    """Whether the plan may be applied, and there is something to apply."""
    return exit_code(document, detailed=False) is ExitCode.DONE and bool(document["applicable"])
