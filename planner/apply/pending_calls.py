"""The calls that wait for an answer of the cloud: shared by the threads that make them and the one that watches."""

from __future__ import annotations

import time


class PendingCalls:
    """Which steps wait for an answer, and since when. Each method is one operation on a dict, so threads may share it.

    A call that takes too long is abandoned: its thread learns of that when the answer arrives after all, and makes no
    further call for the step.
    """

    def __init__(self) -> None:
        self._since: dict[int, float] = {}

    def begin(self, step_id: int) -> None:
        """A call for this step is being made."""
        self._since[step_id] = time.monotonic()

    def end(self, step_id: int) -> bool:
        """The call for this step has returned. False if it was abandoned before."""
        return self._since.pop(step_id, None) is not None

    def abandon(self, step_id: int) -> bool:
        """Stop waiting for this step. False if its call has just returned."""
        return self._since.pop(step_id, None) is not None

    def overdue(self, timeout: float) -> list[int]:
        """The steps that have waited longer than this many seconds."""
        earliest = time.monotonic() - timeout
        return [step_id for step_id, since in list(self._since.items()) if since < earliest]
