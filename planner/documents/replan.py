"""What to do about a plan file that cannot be used."""

from __future__ import annotations

from planner.remedy import Remedy, cl


def replan_remedy(filename: str) -> Remedy:
    """What to do about a plan in this file that cannot be used."""
    return Remedy.of("Make a new plan: ", cl("plan", "--out", filename))


NAME_A_PLAN = Remedy.of("Give the name of a plan file. ", replan_remedy("plan.json"))
"""What can be done about a file that may be anything: no message suggests to overwrite it."""
