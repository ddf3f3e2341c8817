"""What an evaluation of a configuration gives to each of its blocks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from planner.config.problems import Problems
from planner.network.world import World
from planner.state.model import State


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The world and the prior state, the configuration's directory, and where problems are reported.

    With `checking` the configuration alone is checked: a required variable without a value is unknown.
    """

    problems: Problems
    directory: Path
    world: World | None = None
    prior: State | None = None
    checking: bool = False

    @property
    def planning(self) -> bool:
        """Whether a plan is to come of it. Without a world the configuration is only checked."""
        return self.world is not None
