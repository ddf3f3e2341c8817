"""What a report may know beside its document."""

from __future__ import annotations

from dataclasses import dataclass

from planner.remedy import HERE, Caller, Command
from planner.render.excerpt import Sources, no_sources
from planner.render.terminal import PLAIN, Style


@dataclass(frozen=True, slots=True)
class Setting:
    """What differs from run to run.

    `summary` keeps text to a screenful; `every_step` lists equal steps one by one. `next_command` carries the plan out.
    `plan_again` asks for the plan once more. `caller` is where its reader calls `cl`; `path_from_caller` is the path
    from there to the configuration. `findings_follow` where the findings are shown in full behind the report, and they
    are `quoted` where they are those of a saved plan that anybody may have written. `next_step` where the report ends
    with what to do next.
    """

    style: Style = PLAIN
    sources: Sources = no_sources
    summary: bool = False
    every_step: bool = False
    next_command: Command | None = None
    plan_again: Command | None = None
    caller: Caller = HERE
    path_from_caller: str = ""
    findings_follow: bool = False
    quoted: bool = False
    next_step: bool = True
