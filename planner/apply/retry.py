"""One step carried out: tried again where that is safe, and its end found out where the reply was lost."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeVar

from planner.apply.rate import AdaptiveRate
from planner.apply.read_timeout import ReadTimeout
from planner.apply.shared_reader import SharedReader
from planner.apply.stop import StopSignal
from planner.diagnostics import ProviderError
from planner.network.identity import Action
from planner.recovery.verify_outcome import took_effect
from planner.steps import Step
from providers.base import CallFailed, Provider, Throttled, Unsure

T = TypeVar("T")

_HARMLESS_TWICE = frozenset({Action.ENABLE, Action.DISABLE, Action.ADD_GUEST_ROUTE, Action.REMOVE_GUEST_ROUTE})
"""Doing these again changes nothing: the API's calls carry a token, a route that is there stays."""


class Ending(StrEnum):
    """How a step ended."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_STARTED = "not_started"


class Result(NamedTuple):
    """A step's end: for a failure the API's code and words, and how often it was tried and throttled."""

    step: int
    ending: Ending
    code: str = ""
    message: str = ""
    tries: int = 0
    throttles: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long and how often: times in seconds. Waits grow from `first_wait` to `longest_wait`, with full jitter."""

    first_wait: float = 0.1
    longest_wait: float = 20.0
    step_timeout: float = 600.0
    unsure_tries: int = 5

    def wait(self, attempt: int) -> float:
        """How long to wait after this many failures (from 1)."""
        return random.uniform(0.0, min(self.longest_wait, self.first_wait * 2.0 ** min(attempt - 1, 30)))  # noqa: S311


@dataclass(slots=True)
class Line:
    """The line to one provider: the pace of each action, and one reading for all who lost a reply."""

    provider: Provider
    reader: SharedReader = field(init=False)
    rates: dict[Action, AdaptiveRate] = field(init=False)

    def __post_init__(self) -> None:
        self.reader = SharedReader(self.provider)
        self.rates = {action: AdaptiveRate() for action in Action}


def take_step(step: Step, line: Line, policy: RetryPolicy, stop: StopSignal, asking: dict[int, float]) -> Result:
    """Carry out one step, whatever it takes within the policy. Never raises.

    `asking` holds, by step, since when (monotonic seconds) an answer of the cloud is waited for.
    """
    return _Attempt(step, line, policy, stop, asking).run()


class _Attempt:
    def __init__(self, step: Step, line: Line, policy: RetryPolicy, stop: StopSignal, asking: dict[int, float]) -> None:
        self._step, self._line, self._policy, self._stop, self._asking = step, line, policy, stop, asking
        self._rate = line.rates[step.action]
        self._began = time.monotonic()
        self._tries = self._throttles = self._lost = self._era = 0
        self._in_doubt = False
        self._given_up = False

    def run(self) -> Result:
        """Call until there is an end."""
        while True:
            if self._given_up:
                return self._end(Ending.UNKNOWN)
            if self._stop.gently or (era := self._rate.turn(self._stop.wait)) is None:
                return self._interrupted()
            self._era = era
            self._tries += 1
            try:
                self._call()
            except Throttled as failure:
                self._throttles += 1
                self._rate.throttled(era)
                ending = self._after_throttle(failure)
            except Unsure as failure:
                self._lost += 1
                ending = self._after_lost_reply(failure)
            except CallFailed as failure:
                ending = self._after_refusal(failure)
            except Exception as failure:  # noqa: BLE001 - a provider's defect is told as a lost reply
                self._lost += 1
                ending = self._after_lost_reply(Unsure(type(failure).__name__, str(failure)))
            else:
                self._rate.succeeded(self._era)
                return self._end(Ending.DONE)
            if ending is not None:
                return ending

    def _call(self) -> None:
        self._ask(lambda: self._line.provider.perform(self._step.action, self._step.target))

    def _read(self) -> bool | None:
        return self._ask(lambda: took_effect(self._step.action, self._step.target, self._line.reader.fresh()))

    def _ask(self, question: Callable[[], T]) -> T:
        """Say that an answer is waited for. Who gives up on it takes that back: no more calls are made then."""
        self._asking[self._step.id] = time.monotonic()
        try:
            return question()
        finally:
            self._given_up = self._asking.pop(self._step.id, None) is None

    def _after_throttle(self, failure: CallFailed) -> Result | None:
        if self._is_late():
            return self._end(Ending.REFUSED, failure)
        # The pace is shared, and so is the wait: a step that was unlucky does not sleep while others get through.
        self._stop.wait(self._policy.wait(max(1, self._rate.halvings)))
        return None

    def _after_refusal(self, failure: CallFailed) -> Result:
        """A refusal stands, unless an earlier try whose reply was lost came through in the end."""
        if self._lost and self._look() is True:
            return self._end(Ending.DONE)
        return self._end(Ending.REFUSED, failure)

    def _after_lost_reply(self, failure: CallFailed) -> Result | None:
        """Read before anything else; call again only what did not happen."""
        truth = self._look_until_known()
        self._in_doubt = truth is None
        if truth is True:
            self._rate.succeeded(self._era)
            return self._end(Ending.DONE)
        if truth is None and self._step.action not in _HARMLESS_TWICE:
            return self._end(Ending.UNKNOWN, failure)
        if self._lost >= self._policy.unsure_tries or self._is_late():
            return self._end(Ending.UNKNOWN if truth is None else Ending.REFUSED, failure)
        self._stop.wait(self._policy.wait(self._lost))
        return None

    def _look_until_known(self) -> bool | None:
        for attempt in range(1, self._policy.unsure_tries + 1):
            try:
                return self._read()
            except ReadTimeout:
                break
            except ProviderError:
                if attempt == self._policy.unsure_tries or self._is_late():
                    break
                if self._stop.wait(self._policy.wait(attempt)):
                    time.sleep(self._policy.first_wait)  # asked to stop: still worth knowing, not worth waiting for
        return None

    def _look(self) -> bool | None:
        try:
            return self._read()
        except ProviderError:
            return None

    def _is_late(self) -> bool:
        return time.monotonic() - self._began >= self._policy.step_timeout

    def _interrupted(self) -> Result:
        """Asked to stop between two tries: mostly each of them is known not to have happened."""
        return self._end(Ending.UNKNOWN if self._in_doubt else Ending.NOT_STARTED)

    def _end(self, ending: Ending, failure: CallFailed | None = None) -> Result:
        code, message = (failure.code, failure.message) if failure else ("", "")
        seconds = time.monotonic() - self._began
        return Result(self._step.id, ending, code, message, self._tries, self._throttles, seconds)
