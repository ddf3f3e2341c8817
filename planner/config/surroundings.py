"""What an evaluation of a configuration gives to each of its blocks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from planner.config.problems import Problems
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.state.model import State


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the providers see and the prior state, the configuration's directory, and where problems are reported.

    With `checking` the configuration alone is checked: a required variable without a value is unknown. With `changing`
    the cloud is to become what is declared, so a condition that does not hold is an error; else it is a warning.
    """

    problems: Problems
    directory: Path
    worlds: Worlds | None = None
    prior: State | None = None
    checking: bool = False
    changing: bool = True

    def world_of(self, provider: str) -> World | None:
        """What this provider sees; None where the configuration is only checked."""
        return None if self.worlds is None else self.worlds.of(provider)

    @property
    def is_incomplete(self) -> bool:
        """Whether a plan is to come of it although something could not be read."""
        return self.worlds is not None and any(world.unread for world in self.worlds.by_provider.values())

    @property
    def needs_all_known(self) -> bool:
        """Whether what identifies objects has to be known: nothing can excuse that it is not."""
        return self.planning and not self.is_incomplete

    @property
    def planning(self) -> bool:
        """Whether a plan is to come of it. Without worlds the configuration is only checked."""
        return self.worlds is not None
