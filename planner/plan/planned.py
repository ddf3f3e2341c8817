"""A plan before it is written as a document."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from planner.config.desired import Desired
from planner.network.identity import Subject
from planner.network.worlds import Worlds
from planner.plan.changes import Change
from planner.plan.decide import Decided
from planner.plan.match import Matching
from planner.plan.order import Ordered
from planner.plan.selection import Part
from planner.rules.run import Report
from planner.state.model import State


class Planned(Struct, frozen=True):
    """What the plan was made from, and what each stage of planning found.

    `decided` are all changes; `changes` are those that the selection chose, and `drift` is what it takes over of the
    drift. `drift_left_out` counts the objects that changed outside and are not taken over; `part` says what of it all
    is left out. `drained` is the VPC that is emptied, where its provider is known.
    """

    desired: Desired
    prior: State
    worlds: Worlds
    matching: Matching
    decided: Decided
    changes: Sequence[Change]
    drift: Sequence[Change]
    drift_left_out: int
    part: Part
    ordered: Ordered
    report: Report
    drained: Subject | None = None
