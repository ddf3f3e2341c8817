"""What a report may know beside its document."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from planner.remedy import HERE, Caller, Command
from planner.render.terminal import PLAIN, Style

Sources = Callable[[str], str | None]
"""The text of a source file by the name that its reader gives it, or None where there is none."""


def no_sources(_filename: str) -> None:
    """Sources for where there are none: places are named, no excerpt is shown."""


class Setting(Struct, frozen=True):
    """What differs from run to run.

    `summary` keeps text to a screenful; `every_step` lists equal steps one by one. `next_command` carries the plan out.
    `plan_again` asks for the plan once more. `caller` is where its reader calls `cl`.
    `findings_follow` where the findings are shown in full behind the report, and they
    are `quoted` where they are those of a saved plan that may have been altered. `next_step` where the report ends
    with what to do next.
    """

    style: Style = PLAIN
    sources: Sources = no_sources
    summary: bool = False
    every_step: bool = False
    next_command: Command | None = None
    plan_again: Command | None = None
    caller: Caller = HERE
    findings_follow: bool = False
    quoted: bool = False
    next_step: bool = True
