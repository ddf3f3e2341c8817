"""Checking a configuration alone, without provider and state."""

from __future__ import annotations

from planner.app.project import Project
from planner.diagnostics import Diagnostic


def validated(project: Project) -> tuple[Diagnostic, ...]:
    """What is wrong with the waivers of the project, and its warnings. Other errors are raised."""
    desired = project.evaluation.desired(None)
    if not desired.limits.waivers:
        return desired.warnings
    from planner.rules.run import waiver_problems  # loads all rules, which few configurations need here

    return (*desired.warnings, *waiver_problems(desired.limits.waivers, project.now.date()))
