"""A configuration directory and what belongs to it: each part is loaded when it is first asked for."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from planner.cli.options import Assignments
from planner.cli.providers import open_provider, refuse_unknown
from planner.cli.session import Session
from planner.config.declarations import VariableBlock
from planner.config.desired import Desired
from planner.config.evaluation import Evaluation
from planner.config.load import Configuration, load
from planner.config.variables import Given, Origin, Values, collect
from planner.hcl import evaluate
from planner.hcl.cty.python_values import from_python
from planner.hcl.cty.values import Value
from planner.hcl.syntax.parser import parse_expression
from planner.network.world import World
from planner.render.terminal import escape
from planner.state.model import State
from planner.state.workspace import Workspaces

if TYPE_CHECKING:
    from planner.recovery.recover import Recovery
    from planner.state.store import Store
    from providers.base import Provider


class Project:
    """What `cl` works on.

    `planned` are the variables of a saved plan, which hold whatever is set by now. With `ask`, a missing variable is
    asked for where there is somebody to answer.
    """

    def __init__(
        self,
        session: Session,
        assignments: Assignments | None = None,
        *,
        planned: Mapping[str, Mapping[str, Any]] | None = None,
        ask: bool = True,
    ) -> None:
        self.session = session
        self.now = datetime.now(UTC)
        self._assignments = assignments or Assignments()
        self._planned = planned or {}
        self._ask = ask
        self._seen: Recovery | None = None

    @cached_property
    def configuration(self) -> Configuration:
        return load(self.session.directory)

    @cached_property
    def workspace(self) -> str:
        """The name of the workspace in use."""
        return Workspaces(self.session.place, self.session.environment).current

    @cached_property
    def workspaces(self) -> Workspaces:
        """Where the configuration says that states are kept."""
        from planner.state.backends import open_workspaces

        _, backend = self.evaluation.settings()
        return open_workspaces(backend, self.session.place, self.session.environment)

    @cached_property
    def evaluation(self) -> Evaluation:
        values = collect(self.session.directory, self.session.environment, self._assignments.given)
        values = replace(values, given=(*values.given, *self._from_plan()))
        evaluation = self._evaluation(values)
        missing = evaluation.missing_variables() if self._ask and self.session.may_ask and sys.stdin.isatty() else ()
        return self._evaluation(values.with_answers(self._answers(missing))) if missing else evaluation

    def _answers(self, missing: Iterable[VariableBlock]) -> dict[str, str]:
        """What the user types for each variable that has no value."""
        answers: dict[str, str] = {}
        for variable in missing:
            told = f"  {escape(variable.description)}\n" if variable.description else ""
            self.session.mention(f"\nvar.{escape(variable.name)}\n{told}  Enter a value: ")
            answers[variable.name] = self.session.answer()
        return answers

    def _from_plan(self) -> Iterator[Given]:
        for name, planned in self._planned.items():
            yield Given(name, from_python(planned["value"]), Origin.ENVIRONMENT, "the saved plan")

    def _evaluation(self, values: Values) -> Evaluation:
        return Evaluation(self.configuration, values, workspace=self.workspace, now=self.now)

    @cached_property
    def store(self) -> Store:
        return self.session.store(self.workspaces)

    def prior(self, world: World | None = None) -> State:
        """What the state remembers, and what an apply that is not finished has done: that is told, once.

        `world` is asked about what the journal does not know. What was found first holds for the whole run.
        """
        from planner.recovery.recover import read_prior

        if self._seen is None:
            to_reseal = self.store.to_reseal()
            self._seen = read_prior(self.store, world)
            self.session.tell([*self._seen.diagnostics, *([to_reseal] if to_reseal else ())])
        return self._seen.state

    @property
    def is_unfinished(self) -> bool:
        """Whether the prior state is not written yet: an apply has to be completed first."""
        return self._seen is not None and self._seen.diagnostics != ()

    @contextlib.contextmanager
    def providers(self) -> Iterator[Mapping[str, Provider]]:
        """Every provider of the configuration, open, by its key; closed at the end."""
        with contextlib.ExitStack() as stack:
            opened: dict[str, Provider] = {}
            for config in self.evaluation.providers():
                provider = open_provider(config, self.session.place)
                stack.callback(provider.close)
                opened[config.key] = provider
            yield opened

    def refuse_unknown_providers(self) -> None:
        """Raises ProviderError where the configuration names a provider that there is not. Opens none."""
        for config in self.evaluation.providers():
            refuse_unknown(config)

    def desired(self, world: World) -> Desired:
        """What the configuration wants in this world."""
        return self.evaluation.desired(world, self.prior(world))


def read_world(providers: Mapping[str, Provider]) -> World:
    """What all the providers see."""
    from planner.network.merge import merge

    return merge(provider.read() for provider in providers.values())


def console_evaluator(session: Session, assignments: Assignments) -> Callable[[str], Value]:
    """What gives an expression its value: in the configuration, with what the state knows; without one, by itself.

    Raises ConfigError.
    """
    from planner.plan.offline import offline_world

    if not any(session.directory.glob("*.hcl")) and not any(session.directory.glob("*.hcl.json")):
        return evaluate
    project = Project(session, assignments)
    prior = project.prior()
    known = offline_world(prior) if prior.objects else None
    root = project.evaluation.scope_of_root(known, prior)
    return lambda text: root.typed(parse_expression(text, "<console>"))
