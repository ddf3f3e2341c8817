"""What a report may know beside its document."""

from __future__ import annotations

from dataclasses import dataclass

from planner.remedy import Command
from planner.render.excerpt import Sources, no_sources
from planner.render.terminal import PLAIN, Style


@dataclass(frozen=True, slots=True)
class Setting:
    """What differs from run to run.

    `summary` keeps text to a screenful; `every_step` lists equal steps one by one. `next_command` carries the plan out.
    `chdir` is what the reader of a report named with `-chdir`; `path_from_caller` is then the path from where `cl` was
    called to the configuration. `findings_follow` where the findings are shown in full behind the report, and they are
    `quoted` where they are those of a saved plan that anybody may have written.
    """

    style: Style = PLAIN
    sources: Sources = no_sources
    summary: bool = False
    every_step: bool = False
    next_command: Command | None = None
    chdir: str | None = None
    path_from_caller: str = ""
    findings_follow: bool = False
    quoted: bool = False
