"""The networks as they will be after a plan."""

from __future__ import annotations

from collections.abc import Collection

from planner.app.project import Project
from planner.documents.plan import PlanDocument
from planner.documents.plan_steps import read_steps
from planner.network.forecast import Forecast
from planner.network.worlds import Worlds


def worlds_after(project: Project, plan: PlanDocument | None, asked: Collection[str] = ()) -> Worlds:
    """The worlds now or, with the document of a plan, as they will be after its steps; `asked` are the ids in question.

    Raises ClError; also where that plan has errors, for it has no after.
    """
    if plan is not None and plan["errored"]:
        from planner.apply.preflight import refuse_errored  # with all rules, which nothing else here needs

        refuse_errored(plan)
    with project.providers() as providers:
        worlds = project.seen(providers, asked)
    forecasts = {key: Forecast(world) for key, world in worlds.by_provider.items()}
    for step in read_steps(plan) if plan else ():
        if step.provider in forecasts:
            forecasts[step.provider].take(step.action, step.target, step.settings)
    return Worlds({key: forecast.outcome() for key, forecast in forecasts.items()})
