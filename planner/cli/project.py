"""A configuration directory and what belongs to it: each part is loaded when it is first asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property

from planner.cli.options import Assignments
from planner.cli.providers import open_provider
from planner.cli.session import Session
from planner.config.desired import Desired
from planner.config.evaluation import Evaluation
from planner.config.load import Configuration, load
from planner.config.variables import collect
from planner.network.merge import merge
from planner.network.world import World
from planner.state.model import State
from planner.state.store import Store
from planner.state.workspace import Workspaces
from providers.base import Provider


class Project:
    """What `cl` works on."""

    def __init__(self, session: Session, assignments: Assignments | None = None) -> None:
        self.session = session
        self.now = datetime.now(UTC)
        self._assignments = assignments or Assignments()

    @cached_property
    def configuration(self) -> Configuration:
        return load(self.session.directory)

    @cached_property
    def workspaces(self) -> Workspaces:
        return Workspaces(self.session.directory, self.session.environment)

    @cached_property
    def evaluation(self) -> Evaluation:
        values = collect(self.session.directory, self.session.environment, self._assignments.given)
        return Evaluation(self.configuration, values, workspace=self.workspaces.current, now=self.now)

    @cached_property
    def store(self) -> Store:
        return self.workspaces.store()

    @cached_property
    def prior(self) -> State:
        return self.store.read()

    @contextlib.contextmanager
    def providers(self) -> Iterator[Mapping[str, Provider]]:
        """Every provider of the configuration, open, by its key; closed at the end."""
        with contextlib.ExitStack() as stack:
            opened: dict[str, Provider] = {}
            for config in self.evaluation.providers():
                provider = open_provider(config, self.session.directory)
                stack.callback(provider.close)
                opened[config.key] = provider
            yield opened

    def desired(self, world: World) -> Desired:
        """What the configuration wants in this world; its warnings are told."""
        desired = self.evaluation.desired(world, self.prior)
        self.session.tell(desired.warnings)
        return desired


def read_world(providers: Mapping[str, Provider]) -> World:
    """What all the providers see."""
    return merge(provider.read() for provider in providers.values())
