"""The threads that make the calls. They talk to the leading thread through two queues."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Container, Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import Protocol

from msgspec import Struct

from planner.apply.options import RetryPolicy
from planner.apply.pending_calls import PendingCalls
from planner.apply.retry import Attempt, Ending, Line, Result
from planner.apply.settling import Settling, is_seen_later
from planner.apply.stop import StopSignal
from planner.diagnostics import ProviderError, StateError
from planner.durations import written
from planner.recovery.verify_outcome import took_effect
from planner.steps import Step
from planner.threads import start

_AT_ONCE = 0.01
"""Seconds below which a step counts as answered at once."""
_PRECEDENCE = 0.002
"""Seconds that a thread waits after a slower step that others need, so that an urgent follower is taken up first.

An instance between its detach and its attach has no link, so its attach goes before every other step.
"""

_LOCK_CHECK = 0.2
"""Seconds after which a thread that begins a step checks the lock again."""
_UNSURE = 0.05
"""Seconds between two looks at a lock that may be lost."""


class Guard(Protocol):
    """What knows whether steps may begin."""

    def check_lock(self) -> None:
        """Raises StateError where the lock is lost."""

    def is_lock_sure(self) -> bool:
        """Whether calls may begin now."""


class Started(Struct, frozen=True):
    """A worker has taken up a step."""

    step: int


class Accepted(Struct, frozen=True):
    """The cloud has accepted a step, and does not show it yet: no worker is busy with it any more."""

    step: int


Message = Started | Accepted | Result


class Workers:
    """Threads that perform steps and report by messages. `awaited` are the steps that others need.

    There are `count` threads, or as many as the system allows. Raises RuntimeError if it allows none.
    """

    def __init__(
        self,
        count: int,
        lines: Mapping[str, Line],
        policy: RetryPolicy,
        stop: StopSignal,
        awaited: Container[int] = frozenset(),
        guard: Guard | None = None,
    ) -> None:
        self._lines, self._policy, self._stop, self._awaited = lines, policy, stop, awaited
        self._urgent: deque[Attempt] = deque()
        self._work: deque[Attempt | None] = deque()
        self._given: SimpleQueue[None] = SimpleQueue()
        self._messages: SimpleQueue[Message] = SimpleQueue()
        self._guard, self._may_begin, self._checked = guard, True, time.monotonic()
        self._pending = PendingCalls()
        self._gathered: dict[int, tuple[Step, ...]] = {}
        self._settling = {
            key: Settling(line.provider, awaited, self._messages.put)
            for key, line in lines.items()
            if line.provider.settle_seconds > 0
        }
        start(self._worker())
        self._count = 1
        while self._count < count and _started(self._worker()):
            self._count += 1

    def give(self, steps: tuple[Step, ...], *, urgent: bool = False) -> None:
        """Queue a step, or several that one call does, for the next free thread; an urgent one goes before all others.

        The others must be rules of one security group.
        """
        line = self._lines[steps[0].provider]
        if len(steps) > 1:
            self._gathered[steps[0].id] = steps
        attempt = Attempt(steps, line, self._policy, self._stop, self._pending, urgent=urgent)
        self._queue(attempt, urgent=urgent)

    @property
    def set_aside(self) -> int:
        """How many steps wait for their VPC, which is busy: no thread has them."""
        return sum(len(line.busy) for line in self._lines.values())

    def call_up(self) -> None:
        """Queue the steps whose VPC takes a call again; all of them once the apply is to stop."""
        for line in self._lines.values():
            if self._stop.gently:
                for attempt in line.busy.dismiss():
                    self._queue(attempt, urgent=True)
            for attempt, era in line.busy.due():
                attempt.call_up(era)
                self._queue(attempt, urgent=True)

    def _queue(self, attempt: Attempt, *, urgent: bool) -> None:
        (self._urgent if urgent else self._work).append(attempt)
        self._given.put(None)

    def receive(self, timeout: float) -> list[Message]:
        """All messages that have arrived; waits for the first one at most `timeout` seconds, or until a VPC is due."""
        for line in self._lines.values():
            timeout = line.busy.due_in(timeout)
        messages: list[Message] = []
        with contextlib.suppress(Empty):
            messages.append(self._messages.get(timeout=timeout))
            while True:
                messages.append(self._messages.get_nowait())
        return messages

    def hanging(self) -> list[int]:
        """The steps that have waited for an answer longer than the policy allows; of a gathered call, the first."""
        return self._pending.overdue(self._policy.step_timeout)

    def give_up(self, step: Step) -> None:
        """Abandon a step whose thread hangs: start another thread in its place, and look the step up in the cloud."""
        if not self._pending.abandon(step.id):
            return
        steps = self._gathered.get(step.id, (step,))
        self._count += _started(self._worker())
        if not _started(threading.Thread(target=self._find_out, args=(steps,), name="find out", daemon=True)):
            for one in steps:
                self._messages.put(self._unanswered(one, Ending.UNKNOWN))

    def nothing_else_to_do(self, *, is_so: bool) -> None:
        """Whether all steps that were given are accepted, so that the apply waits for the cloud to show them."""
        for settling in self._settling.values():
            settling.nothing_else_to_do(is_so=is_so)

    def close(self) -> None:
        """Let the threads end. A thread in a call ends after it, or with the process."""
        for settling in self._settling.values():
            settling.close()
        for _ in range(self._count):
            self._work.append(None)
            self._given.put(None)

    def _worker(self) -> threading.Thread:
        return threading.Thread(target=self._run, name="apply", daemon=True)

    def _run(self) -> None:
        while (attempt := self._take()) is not None:
            steps = attempt.steps
            if self._stop.gently or not self._holds_lock():
                for result in attempt.interrupted():
                    self._messages.put(result)
                continue
            if not attempt.admit():
                continue
            if not attempt.is_begun:
                for step in steps:
                    self._messages.put(Started(step.id))
            if (results := attempt.run()) is None:
                continue
            self._report(steps, results)
            if results[0].seconds >= _AT_ONCE and any(step.id in self._awaited for step in steps):
                time.sleep(_PRECEDENCE)

    def _report(self, steps: Sequence[Step], results: Sequence[Result]) -> None:
        """Send the ends of the steps of a call, or let those be looked for that the cloud shows later."""
        provider = steps[0].provider
        accepted: list[tuple[Step, Result]] = []
        for step, result in zip(steps, results, strict=True):
            if result.ending is Ending.DONE and is_seen_later(step, self._lines[provider].provider):
                accepted.append((step, result))
            else:
                self._messages.put(result)
        if accepted:
            # In this order: once every step is known as accepted, each is looked for.
            self._settling[provider].accept(accepted)
            for step, _ in accepted:
                self._messages.put(Accepted(step.id))

    def _holds_lock(self) -> bool:
        """Whether steps may begin. A process that was stopped for a while may have lost the lock."""
        if self._guard is not None and time.monotonic() - self._checked > _LOCK_CHECK:
            self._may_begin = self._is_guarded(self._guard)
            self._checked = time.monotonic()
        return self._may_begin

    def _is_guarded(self, guard: Guard) -> bool:
        """Whether the lock is held still. Waits while that is unknown, unless the user stops the apply."""
        try:
            guard.check_lock()
            while not guard.is_lock_sure():
                if self._stop.gently:
                    return False
                time.sleep(_UNSURE)
                guard.check_lock()
        except StateError:
            return False
        return True

    def _take(self) -> Attempt | None:
        """Wait for the next step; None once the workers are closed."""
        self._given.get()
        try:
            return self._urgent.popleft()
        except IndexError:
            return self._work.popleft()

    def _find_out(self, steps: tuple[Step, ...]) -> None:
        truth: dict[int, bool | None] = {}
        with contextlib.suppress(ProviderError):
            world = self._lines[steps[0].provider].reader.fresh(*[step.target for step in steps])
            truth = {step.id: took_effect(step.action, step.target, world, step.settings) for step in steps}
        for step in steps:
            self._messages.put(self._unanswered(step, Ending.DONE if truth.get(step.id) else Ending.UNKNOWN))

    def _unanswered(self, step: Step, ending: Ending) -> Result:
        message = f"no answer in {written(self._policy.step_timeout)}"
        return Result(step.id, ending, "Timeout", message, 1, 0, self._policy.step_timeout)


def _started(thread: threading.Thread) -> bool:
    """Start a thread. False if the system allows no more; the others do the work then."""
    try:
        start(thread)
    except MemoryError:
        return False
    return True
