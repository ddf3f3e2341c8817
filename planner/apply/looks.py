"""Which of the accepted steps to look for next, and when. The time is given: this knows neither clocks nor threads.

* What others need is looked for soon, and again after growing pauses.
* Of the others a call takes a hundred. They are looked for when a hundred should be there to see; once the apply has
  nothing else to do, when all that are left should.
* The rules of a security group are read all together. So whichever of them a look is for, it is for all that are
  accepted by then; and the rules of one call are accepted together, so that where the cloud shows them at once, their
  group is read once for a call.

When a step should be there to see is learned from those before it. Until one was seen, the oldest hundred stand for
all.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from itertools import islice, takewhile

from msgspec import Struct

from planner.apply.retry import Ending, Result
from planner.network.identity import Authorization, Link
from planner.steps import Step

_GATHERING = 0.1
"""Seconds that a step which others need is left to be joined by more of them."""
_FIRST_PAUSE = 0.1
"""Seconds after a look that did not show most of what it was for; each further one makes the next pause longer."""
_LONGER = 1.5
_LONGEST_PAUSE = 1.0
_AT_ONCE = 100
"""How many objects one call reads."""


class AcceptedStep(Struct, frozen=True):
    """A step that the cloud accepted at that time, in seconds, and with that result."""

    step: Step
    result: Result
    since: float


class Looks:
    """The accepted steps of one provider that have not ended yet. `awaited` are the steps that others need."""

    def __init__(self, awaited: Container[int]) -> None:
        self.is_idle = False  # whether the whole apply waits for accepted steps alone
        self._awaited = awaited
        self._needed: dict[int, AcceptedStep] = {}
        self._others: dict[int, AcceptedStep] = {}
        self._rules: dict[str, dict[int, AcceptedStep]] = {}
        self._lag: float | None = None
        self._pause, self._not_before = _FIRST_PAUSE, 0.0

    def add(self, accepted: Sequence[AcceptedStep]) -> bool:
        """Look for these steps of one call too. Whether the next look may be due sooner by that."""
        needed, others = len(self._needed), len(self._others)
        for one in accepted:
            kept = self._needed if one.step.id in self._awaited else self._others
            kept[one.step.id] = one
            if isinstance(one.step.target, Authorization):
                self._rules.setdefault(one.step.target.security_group_id, {})[one.step.id] = one
        return self.is_idle or len(self._needed) > needed or others < _AT_ONCE <= len(self._others)

    def due_at(self) -> float | None:
        """When to look next; None where nothing waits."""
        if self._needed:
            first = next(iter(self._needed.values()))
            return max(self._not_before, first.since + _GATHERING, first.since + self._lag_of(first))
        count = min(_AT_ONCE, len(self._others)) if self.is_idle else _AT_ONCE
        last = next(islice(self._others.values(), count - 1, None), None) if count else None
        return None if last is None else max(self._not_before, last.since + self._lag_of(last))

    def _lag_of(self, one: AcceptedStep) -> float:
        """Seconds after which the cloud should show this step. What a VPC takes to be ready says nothing of links."""
        return self._lag or 0.0 if isinstance(one.step.target, Link) else 0.0

    def due(self, now: float) -> list[AcceptedStep]:
        """What to look for now, with all the rules of each group of which there is any."""
        found = {one.step.id: one for one in self._first_due(now)}
        targets = [one.step.target for one in found.values()]
        for group_id in {target.security_group_id for target in targets if isinstance(target, Authorization)}:
            found |= self._rules[group_id]
        return list(found.values())

    def _first_due(self, now: float) -> list[AcceptedStep]:
        """What is due by itself: of what no step needs, whole calls of what should be there to see."""
        oldest = iter(self._others.values())
        if self._needed:
            return [*self._needed.values(), *islice(oldest, -len(self._needed) % _AT_ONCE)]
        if self._lag is None:
            return list(oldest if self._pause >= _LONGEST_PAUSE else islice(oldest, _AT_ONCE))
        found = list(takewhile(lambda one: one.since + self._lag_of(one) <= now, oldest))
        is_all = self.is_idle and len(found) == len(self._others)
        return found if is_all or len(found) < _AT_ONCE else found[: len(found) // _AT_ONCE * _AT_ONCE]

    def learn(self, batch: Sequence[AcceptedStep], ended: Mapping[int, Result], began: float, now: float) -> None:
        """Forget the steps of a look that have ended. How long the cloud took says when to look for the next ones."""
        seen = [one for one in batch if one.step.id in ended and ended[one.step.id].ending is Ending.DONE]
        ages = [began - one.since for one in seen if isinstance(one.step.target, Link)]
        for one in batch:
            if one.step.id in ended:
                self._needed.pop(one.step.id, None)
                self._others.pop(one.step.id, None)
                if isinstance(one.step.target, Authorization):
                    self._rules[one.step.target.security_group_id].pop(one.step.id, None)
        if ages:
            self._lag = max(0.0, min(ages))
        if 2 * len(ended) >= len(batch):
            self._pause = _FIRST_PAUSE
        else:
            self._pause = min(_LONGEST_PAUSE, self._pause * _LONGER)
        self._not_before = 0.0 if len(ended) == len(batch) else now + self._pause
