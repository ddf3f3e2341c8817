"""What an evaluation of a configuration gives to each of its blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from planner.address import Address
from planner.config.desired import Desired
from planner.config.problems import Problems
from planner.diagnostics import Report, ignore

if TYPE_CHECKING:
    from planner.network.world import World
    from planner.network.worlds import Worlds
    from planner.state.model import State

Pending = Callable[[Desired, Collection[Address]], Address | None]
"""Gives an object of these resources that the plan is to change in the cloud, where there is one.

It is given the desired objects of the resources, and the `moved` blocks. An address without a key stands for all
instances of its resource.
"""


class Surroundings(Struct, frozen=True):
    """What the providers see and the prior state, the configuration's directory, and where problems are reported.

    With `checking` the configuration alone is checked: a required variable without a value is unknown. With `changing`
    the cloud is to become what is declared, so a condition that does not hold is an error; else it is a warning.
    `pending` says what the plan is to change, so that data sources that depend on it are read afterwards; without it
    all are read now. With `deferring`, some are not read yet. The `environment` has settings of backends and the keys
    of encrypted states: nothing of it is shown. `report` learns while a backend does not answer.
    """

    problems: Problems
    directory: Path
    worlds: Worlds | None = None
    prior: State | None = None
    checking: bool = False
    changing: bool = True
    pending: Pending | None = None
    deferring: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    report: Report = ignore

    def __repr__(self) -> str:
        return f"Surroundings({self.directory!r})"

    def world_of(self, provider: str) -> World | None:
        """What this provider sees; None if the configuration is only checked."""
        return None if self.worlds is None else self.worlds.of(provider)

    @property
    def is_incomplete(self) -> bool:
        """Whether a plan is to come of it although something could not be read."""
        return self.worlds is not None and any(world.unread for world in self.worlds.by_provider.values())

    @property
    def needs_all_known(self) -> bool:
        """Whether what identifies objects has to be known: nothing can excuse that it is not."""
        return self.planning and not self.is_incomplete and not self.deferring

    @property
    def planning(self) -> bool:
        """Whether a plan is to come of it. Without worlds the configuration is only checked."""
        return self.worlds is not None
