"""Steps that the cloud has accepted and does not show yet.

A cloud may take seconds to show what it has accepted. A step is done when it was seen: until then those that need it
wait. One thread looks for all of them together, as few times as it can.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Container, Sequence

from planner.apply.looks import AcceptedStep, Looks
from planner.apply.retry import Ending, Result
from planner.network.identity import Action, GuestRoute
from planner.network.world import World
from planner.recovery.verify_outcome import took_effect
from planner.steps import Step
from planner.threads import start
from planner.values import replace
from providers.base import Provider


class Settling:
    """Looks for the accepted steps of one provider until each is seen. Safe to use from several threads."""

    def __init__(self, provider: Provider, awaited: Container[int], send: Callable[[Result], None]) -> None:
        """`awaited` are the steps that others need; `send` takes the end of each step."""
        self._provider, self._send, self._looks = provider, send, Looks(awaited)
        self._changed = threading.Condition()
        self._is_closed = self._is_running = False

    def accept(self, results: Sequence[tuple[Step, Result]]) -> None:
        """Look for these steps, which the cloud has accepted in one call. The end of each is sent when it is seen, or
        too late.
        """
        with self._changed:
            now = time.monotonic()
            is_sooner = self._looks.add([AcceptedStep(step, result, now) for step, result in results])
            if not self._is_running:
                self._is_running = True
                start(threading.Thread(target=self._run, name="settle", daemon=True))
            if is_sooner:
                self._changed.notify_all()

    def nothing_else_to_do(self, *, is_so: bool) -> None:
        """Whether the whole apply waits for accepted steps alone."""
        with self._changed:
            if self._looks.is_idle != is_so:
                self._looks.is_idle = is_so
                self._changed.notify_all()

    def close(self) -> None:
        """Look no more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        while (batch := self._next_batch()) is not None:
            began = time.monotonic()
            try:
                world: World | None = self._provider.look([one.step.target for one in batch])
            except Exception:  # noqa: BLE001 - or a defect of the provider: what is not seen in time is unknown
                world = None
            ended = [result for one in batch if (result := self._end(one, world)) is not None]
            with self._changed:
                self._looks.learn(batch, {result.step: result for result in ended}, began, time.monotonic())
            for result in ended:
                self._send(result)

    def _next_batch(self) -> Sequence[AcceptedStep] | None:
        """What to look for next, once that is due; None at the end."""
        with self._changed:
            while not self._is_closed:
                due_at, now = self._looks.due_at(), time.monotonic()
                if due_at is not None and due_at <= now:
                    return self._looks.due(now)
                self._changed.wait(None if due_at is None else due_at - now)
            return None

    def _end(self, one: AcceptedStep, world: World | None) -> Result | None:
        """How the step ends by what was seen, or None if it is too early to say."""
        waited = time.monotonic() - one.since
        if world is not None and is_settled(one.step, world):
            return replace(one.result, seconds=one.result.seconds + waited)
        if waited < self._provider.settle_seconds:
            return None
        message = f"the cloud accepted it, but does not show it after {waited:.0f} seconds"
        return replace(one.result, ending=Ending.UNKNOWN, code="NotSeen", message=message)


def is_settled(step: Step, world: World) -> bool:
    """Whether the world shows this step as done, and what it changed as ready for the next one."""
    if not took_effect(step.action, step.target, world, step.settings):
        return False
    vpc = world.vpcs.get(step.target.vpc_id or "")
    return step.action not in (Action.ENABLE, Action.DISABLE) or vpc is None or vpc.status == "Available"


def is_seen_later(step: Step, provider: Provider) -> bool:
    """Whether the cloud may accept this step before it shows it. What a person does in a guest, it never shows."""
    return provider.settle_seconds > 0 and not isinstance(step.target, GuestRoute)
