"""What plans and drift reports say of a waiver."""

from typing import Annotated, TypedDict

from planner.schema.texts import Day


class WaiverEntry(TypedDict):
    """A documented exception from a rule."""

    reason: Annotated[str, "Why the exception is made."]
    until: Annotated[Day | None, "The last day of the waiver; null if it has none."]
