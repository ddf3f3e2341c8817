"""The network as it will be after a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.app.project import Project, read_world
from planner.network.forecast import Forecast
from planner.network.world import World
from planner.steps import read_steps


def world_after(project: Project, plan: Mapping[str, Any] | None) -> World:
    """The world now or, with the document of a plan, as it will be after its steps. Raises ClError."""
    with project.providers() as providers:
        forecast = Forecast(read_world(providers))
    for step in read_steps(plan) if plan else ():
        forecast.take(step.action, step.target)
    return forecast.outcome()
