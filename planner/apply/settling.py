"""Steps that the cloud has accepted and does not show yet.

A cloud may take seconds to show what it has accepted. A step is done when it was seen: until then those that need it
wait. One thread looks for all of them together, as few times as it can:

* What others need is looked for soon, and again after growing pauses.
* Of the others a call takes a hundred. They are looked for when a hundred should be there to see; once the apply has
  nothing else to do, when all that are left should.

When a step should be there to see is learned from those before it. Until one was seen, the oldest hundred stand for
all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from planner.apply.retry import Ending, Result
from planner.diagnostics import ProviderError
from planner.network.identity import Action, GuestRoute, Link
from planner.network.world import World
from planner.recovery.verify_outcome import took_effect
from planner.steps import Step
from planner.threads import start
from providers.base import Provider

_GATHERING = 0.1
"""Seconds that a step which others need is left to be joined by more of them."""
_FIRST_PAUSE = 0.1
"""Seconds after a look that did not show most of what it was for; each further one makes the next pause longer."""
_LONGER = 1.5
_LONGEST_PAUSE = 1.0
_AT_ONCE = 100
"""So many objects are looked at in one call."""


@dataclass(frozen=True, slots=True)
class _Accepted:
    step: Step
    result: Result
    since: float


class Settling:
    """Looks for the accepted steps of one provider until each is seen. Safe to use from several threads."""

    def __init__(
        self,
        provider: Provider,
        awaited: Container[int],
        send: Callable[[Result], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`awaited` are the steps that others need; `send` takes the end of each step."""
        self._provider, self._awaited, self._send, self._clock = provider, awaited, send, clock
        self._changed = threading.Condition()
        self._needed: dict[int, _Accepted] = {}
        self._others: dict[int, _Accepted] = {}
        self._lag: float | None = None
        self._pause, self._not_before = _FIRST_PAUSE, 0.0
        self._is_idle = self._is_closed = self._is_running = False

    def accept(self, step: Step, result: Result) -> None:
        """Look for this step, whose call the cloud has accepted. Its end is sent when it is seen, or too late."""
        with self._changed:
            kept = self._needed if step.id in self._awaited else self._others
            kept[step.id] = _Accepted(step, result, self._clock())
            if not self._is_running:
                self._is_running = True
                start(threading.Thread(target=self._run, name="settle", daemon=True))
            if kept is self._needed or self._is_idle or len(kept) == _AT_ONCE:
                self._changed.notify_all()

    def nothing_else_to_do(self, *, is_so: bool) -> None:
        """Whether the whole apply waits for accepted steps alone."""
        with self._changed:
            if self._is_idle != is_so:
                self._is_idle = is_so
                self._changed.notify_all()

    def close(self) -> None:
        """Look no more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        while (batch := self._next_batch()) is not None:
            began = self._clock()
            try:
                world: World | None = self._provider.look([one.step.target for one in batch])
            except ProviderError:
                world = None
            ended = [result for one in batch if (result := self._end(one, world)) is not None]
            self._learn(batch, {result.step: result for result in ended}, began)
            for result in ended:
                self._send(result)

    def _next_batch(self) -> Sequence[_Accepted] | None:
        """What to look for next, once that is due; None at the end."""
        with self._changed:
            while not self._is_closed:
                due_at = self._due_at()
                if due_at is not None and due_at <= self._clock():
                    return self._due()
                self._changed.wait(None if due_at is None else due_at - self._clock())
            return None

    def _due_at(self) -> float | None:
        """When to look next; None where nothing waits."""
        if self._needed:
            first = next(iter(self._needed.values()))
            return max(self._not_before, first.since + _GATHERING, first.since + self._lag_of(first))
        count = min(_AT_ONCE, len(self._others)) if self._is_idle else _AT_ONCE
        last = next(islice(self._others.values(), count - 1, None), None) if count else None
        return None if last is None else max(self._not_before, last.since + self._lag_of(last))

    def _lag_of(self, one: _Accepted) -> float:
        """Seconds after which the cloud should show this step. What a VPC takes to be ready says nothing of links."""
        return self._lag or 0.0 if isinstance(one.step.target, Link) else 0.0

    def _due(self) -> list[_Accepted]:
        """What to look for now: of what no step needs, whole calls of what should be there to see."""
        oldest = iter(self._others.values())
        if self._needed:
            return [*self._needed.values(), *islice(oldest, -len(self._needed) % _AT_ONCE)]
        if self._lag is None:
            return list(oldest if self._pause >= _LONGEST_PAUSE else islice(oldest, _AT_ONCE))
        now = self._clock()
        found = list(takewhile(lambda one: one.since + self._lag_of(one) <= now, oldest))
        is_all = self._is_idle and len(found) == len(self._others)
        return found if is_all or len(found) < _AT_ONCE else found[: len(found) // _AT_ONCE * _AT_ONCE]

    def _learn(self, batch: Sequence[_Accepted], ended: Mapping[int, Result], began: float) -> None:
        """Forget what has ended; how long the cloud took to show it says when to look for the next ones."""
        seen = [one for one in batch if one.step.id in ended and ended[one.step.id].ending is Ending.DONE]
        ages = [began - one.since for one in seen if isinstance(one.step.target, Link)]
        with self._changed:
            for step_id in ended:
                self._needed.pop(step_id, None)
                self._others.pop(step_id, None)
            if ages:
                self._lag = max(0.0, min(ages))
            if 2 * len(ended) >= len(batch):
                self._pause = _FIRST_PAUSE
            else:
                self._pause = min(_LONGEST_PAUSE, self._pause * _LONGER)
            all_ended = len(ended) == len(batch)
            self._not_before = 0.0 if all_ended else self._clock() + self._pause

    def _end(self, one: _Accepted, world: World | None) -> Result | None:
        """How the step ends by what was seen, or None if it is too early to say."""
        waited = self._clock() - one.since
        if world is not None and is_settled(one.step, world):
            return one.result._replace(seconds=one.result.seconds + waited)
        if waited < self._provider.settle_seconds:
            return None
        message = f"the cloud accepted it, and does not show it after {waited:.0f} seconds"
        return one.result._replace(ending=Ending.UNKNOWN, code="NotSeen", message=message)


def is_settled(step: Step, world: World) -> bool:
    """Whether the world shows this step as done, and what it changed as ready for the next one."""
    if not took_effect(step.action, step.target, world, step.settings):
        return False
    vpc = world.vpcs.get(step.target.vpc_id or "")
    return step.action not in (Action.ENABLE, Action.DISABLE) or vpc is None or vpc.status == "Available"


def is_seen_later(step: Step, provider: Provider) -> bool:
    """Whether the cloud may accept this step before it shows it. What a person does in a guest, it never shows."""
    return provider.settle_seconds > 0 and not isinstance(step.target, GuestRoute)
