"""Which step may start when. Every operation costs the same however many steps there are.

Steps that add or remove rules of one security group are gathered: those that may start together are one call. None of
them waits for another one, and none starts before what it needs is done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from planner.network.identity import Action, Authorization
from planner.network.security_groups import RULES_A_CALL
from planner.steps import Step

_TOGETHER = frozenset({Action.AUTHORIZE_SECURITY_RULE, Action.REVOKE_SECURITY_RULE})
"""What one call can do to many rules; each modification is a call of its own."""


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
        self._rules: dict[tuple[str, Action, str], deque[int]] = {}
        for step in steps:
            needs = [need for need in step.needs if need in self.steps]
            self._waiting[step.id] = len(needs)
            for need in needs:
                self._followers.setdefault(need, []).append(step.id)
            if not needs:
                self._make_ready(step)

    @property
    def awaited(self) -> Collection[int]:
        """The steps that others need."""
        return self._followers.keys()

    def take(self, count: int) -> list[tuple[Step, ...]]:
        """The steps of at most `count` calls that may start now, and are not urgent; they are no longer ready then."""
        gathered = list(islice(self._gathered(), count)) if self._rules else []
        left = min(count - len(gathered), len(self._ready))
        return [*gathered, *[(self.steps[self._ready.popleft()],) for _ in range(left)]]

    def _gathered(self) -> Iterator[tuple[Step, ...]]:
        while self._rules:
            key, ready = next(iter(self._rules.items()))
            most = RULES_A_CALL if key[1] in _TOGETHER else 1
            call = tuple([self.steps[ready.popleft()] for _ in range(min(most, len(ready)))])
            if not ready:
                del self._rules[key]
            yield call

    def _make_ready(self, step: Step) -> None:
        if isinstance(step.target, Authorization):
            key = (step.provider, step.action, step.target.security_group_id)
            self._rules.setdefault(key, deque()).append(step.id)
        else:
            (self._urgent if self._is_second_half(step) else self._ready).append(step.id)

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
                self._make_ready(self.steps[follower])

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
