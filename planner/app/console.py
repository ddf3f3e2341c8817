"""`cl console`: what expressions are worth in a directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from planner.app.project import Project
from planner.app.surroundings import Surroundings
from planner.hcl import evaluate
from planner.hcl.cty.values import Value
from planner.hcl.syntax.parser import parse_expression
from planner.state.opening import LOCAL, open_workspaces


def console_evaluator(surroundings: Surroundings) -> Callable[[str], Value]:
    """What gives an expression its value: in the configuration, with what the state knows.

    Without a configuration there are the names that every directory has: `path`, `cl.workspace`, `terraform.workspace`.

    Raises ConfigError.
    """
    directory = surroundings.directory
    if not any(directory.glob("*.hcl")) and not any(directory.glob("*.hcl.json")):
        places = {"module": ".", "root": ".", "cwd": (surroundings.called_in or Path.cwd()).as_posix()}
        workspace = {"workspace": open_workspaces(LOCAL, directory, surroundings.environment).current}
        names = {"path": places, "cl": workspace, "terraform": workspace}
        return lambda text: evaluate(text, names)
    from planner.plan.offline import offline_worlds

    project = Project(surroundings)
    prior = project.prior()
    known = offline_worlds(prior, project.provider_keys) if prior.objects else None
    root = project.evaluation.scope_of_root(known, prior)
    return lambda text: root.typed(parse_expression(text, "<console>"))
