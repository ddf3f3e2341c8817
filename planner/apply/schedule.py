"""Which step may start when. Every operation costs the same however many steps there are."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence

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
        self._urgent: list[int] = []
        for step in steps:
            needs = [need for need in step.needs if need in self.steps]
            self._waiting[step.id] = len(needs)
            for need in needs:
                self._followers.setdefault(need, []).append(step.id)
            if not needs:
                self._ready.append(step.id)

    @property
    def awaited(self) -> Collection[int]:
        """The steps that others need."""
        return self._followers.keys()

    def take(self, count: int) -> list[Step]:
        """At most `count` steps that may start now, and that are not urgent; they are no longer ready then."""
        return [self.steps[self._ready.popleft()] for _ in range(min(count, len(self._ready)))]

    def take_urgent(self) -> list[Step]:
        """Every urgent step that may start now."""
        taken = [self.steps[step_id] for step_id in self._urgent]
        self._urgent.clear()
        return taken

    def done(self, step_id: int) -> None:
        """This step is done: what waited for it alone is ready."""
        for follower in self._followers.get(step_id, ()):
            self._waiting[follower] -= 1
            if self._waiting[follower] == 0:
                (self._urgent if self._is_second_half(self.steps[follower]) else self._ready).append(follower)

    def _is_second_half(self, step: Step) -> bool:
        return step.action is Action.ATTACH and any(
            need in self.steps
            and self.steps[need].action is Action.DETACH
            and self.steps[need].instance_id == step.instance_id
            for need in step.needs
        )

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
