"""Which step may start when. Every operation costs the same however many steps there are."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from planner.network.identity import Action
from planner.steps import Step


class Schedule:
    """The steps of a plan, each ready when those it needs are done.

    An attach that follows the detach of its own instance goes before everything else that is ready: until then the
    instance is linked to nothing.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = {step.id: step for step in steps}
        self._waiting: dict[int, int] = {}
        self._followers: dict[int, list[int]] = {}
        self._blocked: set[int] = set()
        self._ready: deque[int] = deque()
        self._urgent: deque[int] = deque()
        for step in steps:
            needs = [need for need in step.needs if need in self.steps]
            self._waiting[step.id] = len(needs)
            for need in needs:
                self._followers.setdefault(need, []).append(step.id)
            if not needs:
                self._ready.append(step.id)

    def take(self, count: int) -> list[Step]:
        """At most `count` steps that may start now; they are no longer ready then."""
        taken: list[Step] = []
        while len(taken) < count and (self._urgent or self._ready):
            taken.append(self.steps[(self._urgent or self._ready).popleft()])
        return taken

    def done(self, step_id: int) -> None:
        """This step is done: what waited for it alone is ready."""
        finished = self.steps[step_id]
        for follower in self._followers.get(step_id, ()):
            self._waiting[follower] -= 1
            if self._waiting[follower] == 0:
                self._make_ready(finished, follower)

    def _make_ready(self, finished: Step, follower: int) -> None:
        step = self.steps[follower]
        second_half = finished.action is Action.DETACH and step.instance_id == finished.instance_id
        (self._urgent if second_half else self._ready).append(follower)

    def block(self, failed: int) -> list[int]:
        """This step failed: the steps that can no longer start, without those of which that was known before."""
        found: list[int] = []
        stack = [failed]
        while stack:
            for follower in self._followers.get(stack.pop(), ()):
                if follower not in self._blocked:
                    self._blocked.add(follower)
                    found.append(follower)
                    stack.append(follower)
        return found
