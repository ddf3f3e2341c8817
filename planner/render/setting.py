"""What a report may know beside its document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.render.excerpt import Sources, no_sources
from planner.render.terminal import PLAIN, Style

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """What differs from run to run.

    `every_step` lists equal steps one by one; `plan_file` is where the plan was written, for the next command.
    """

    style: Style = PLAIN
    sources: Sources = no_sources
    summary: bool = False
    every_step: bool = False
    plan_file: str | None = None
