"""Steps that the cloud has accepted and does not show yet.

A cloud may take seconds to show what it has accepted. A step is done when it was seen: until then those that need it
wait. One thread looks for all of them together, and only while somebody waits: a step that others need, or an apply
that has nothing else to do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from planner.apply.retry import Ending, Result
from planner.diagnostics import ProviderError
from planner.network.identity import Action, GuestRoute
from planner.network.world import World
from planner.recovery.verify_outcome import took_effect
from planner.steps import Step
from planner.threads import start
from providers.base import Provider

_FIRST_PAUSE = 0.1
"""Seconds before the first look; each look that shows nothing new makes the next pause longer."""
_LONGER = 1.5
_LONGEST_PAUSE = 1.0
_AT_ONCE = 100
"""So many objects are looked at in one call: a look that is made anyway is filled up to that."""


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
        self._accepted: dict[int, _Accepted] = {}
        self._pause = _FIRST_PAUSE
        self._is_idle = self._is_closed = self._is_running = False

    def accept(self, step: Step, result: Result) -> None:
        """Look for this step, whose call the cloud has accepted. Its end is sent when it is seen, or too late."""
        with self._changed:
            self._accepted[step.id] = _Accepted(step, result, self._clock())
            self._pause = _FIRST_PAUSE
            if not self._is_running:
                self._is_running = True
                start(threading.Thread(target=self._run, name="settle", daemon=True))
            self._changed.notify_all()

    def nothing_else_to_do(self, *, is_so: bool) -> None:
        """Whether the whole apply waits for accepted steps alone."""
        with self._changed:
            self._is_idle = is_so
            self._changed.notify_all()

    def close(self) -> None:
        """Look no more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        while (batch := self._next_batch()) is not None:
            try:
                world: World | None = self._provider.look([one.step.target for one in batch])
            except ProviderError:
                world = None
            ended = [result for one in batch if (result := self._end(one, world)) is not None]
            with self._changed:
                for result in ended:
                    del self._accepted[result.step]
                self._pause = _FIRST_PAUSE if ended else min(_LONGEST_PAUSE, self._pause * _LONGER)
            for result in ended:
                self._send(result)

    def _next_batch(self) -> Sequence[_Accepted] | None:
        """What to look for next, after a pause and while somebody waits; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._urgent())
            until = self._clock() + self._pause
            while not self._is_closed and (left := until - self._clock()) > 0:
                self._changed.wait(left)
            if self._is_closed:
                return None
            urgent = self._urgent()
            others = [one for one in self._accepted.values() if one.step.id not in {found.step.id for found in urgent}]
            return [*urgent, *others[: -len(urgent) % _AT_ONCE]]

    def _urgent(self) -> list[_Accepted]:
        """The accepted steps for which somebody waits."""
        return [one for one in self._accepted.values() if self._is_idle or one.step.id in self._awaited]

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
    if not took_effect(step.action, step.target, world):
        return False
    vpc = world.vpcs.get(step.target.vpc_id or "")
    return step.action not in (Action.ENABLE, Action.DISABLE) or vpc is None or vpc.status == "Available"


def is_seen_later(step: Step, provider: Provider) -> bool:
    """Whether the cloud may accept this step before it shows it. What a person does in a guest, it never shows."""
    return provider.settle_seconds > 0 and not isinstance(step.target, GuestRoute)
