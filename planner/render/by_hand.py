"""Steps that a person does: what to do, and the question whether it is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from planner.diagnostics import counted
from planner.network.identity import Action
from planner.render.terminal import id_ranges, name

if TYPE_CHECKING:
    from planner.documents.plan import StepEntry

_SHOWN = 50
"""So many steps are listed."""


def note_of(steps: Sequence[StepEntry]) -> str:
    """What is said of a plan's steps by hand; nothing where there are none. It holds no foreign text."""
    if not steps:
        return ""
    removed = sum(step["action"] == Action.REMOVE_GUEST_ROUTE for step in steps)
    added = len(steps) - removed
    tasks = [
        *(["add each guest route via the private NIC"] if added else []),
        *(["remove each guest route when its link is gone"] if removed else []),
    ]
    return (
        f"{counted(len(steps), 'step')} by hand ({id_ranges(step['id'] for step in steps)}): inside the instance, "
        f"{' and '.join(tasks)} (overview, Limits). cl can neither do nor see this: cl apply asks you to confirm."
    )


def step_by_hand_lines(steps: Sequence[StepEntry]) -> list[str]:
    """What to do, a line for each step; ready to be shown."""
    lines = [f"  {step['id']}  {_to_do(step)}" for step in steps[:_SHOWN]]
    return [*lines, f"  … and {len(steps) - _SHOWN:,} more"] if len(steps) > _SHOWN else lines


def manual_question(steps: Sequence[StepEntry]) -> str:
    """The question that confirms these steps. A route goes only when no link needs it any more."""
    removed = [step for step in steps if step["action"] == Action.REMOVE_GUEST_ROUTE]
    if not removed:
        return "Do all of these routes exist?"
    if len(removed) == len(steps):
        return "Will you remove these routes after the apply?"
    return "Do all routes to add exist, and will you remove the others after the apply?"


def _to_do(step: StepEntry) -> str:
    inside = step.get("instance_id", "") + (f" ({step['private_ip']})" if step.get("private_ip") else "")
    destination = step.get("destination_cidr_block", "")
    if step["action"] == Action.REMOVE_GUEST_ROUTE:
        return name(f"inside {inside}: remove the route of {destination} via the private NIC", 300)
    return name(f"inside {inside}: route {destination} via the private NIC", 300)
