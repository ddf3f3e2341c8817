"""The network as it will be after a plan."""

from __future__ import annotations

from planner.app.project import Project, read_worlds
from planner.documents.plan import PlanDocument
from planner.documents.plan_steps import read_steps
from planner.network.forecast import Forecast
from planner.network.merge import merge
from planner.network.world import World


def world_after(project: Project, plan: PlanDocument | None) -> World:
    """The world now or, with the document of a plan, as it will be after its steps. Raises ClError."""
    with project.providers() as providers:
        forecast = Forecast(merge(read_worlds(providers).by_provider.values()))
    for step in read_steps(plan) if plan else ():
        forecast.take(step.action, step.target)
    return forecast.outcome()
