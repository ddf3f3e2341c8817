"""One call performed: retried where that is safe, and looked up in the cloud where the reply was lost.

A call is one step, or as many rules of a security group as were gathered. Such a call is done as a whole or not at all.
Where it is refused, its halves are tried apart, and so on, until the refusal is of one rule.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from planner.apply.busy_vpcs import BusyVpcs
from planner.apply.options import RetryPolicy
from planner.apply.pending_calls import PendingCalls
from planner.apply.read_timeout import ReadTimeout
from planner.apply.shared_reader import SharedReader
from planner.apply.stop import StopSignal
from planner.diagnostics import ProviderError
from planner.network.identity import RULE_ACTIONS, Action, Authorization, RuleBatch, RuleCall, RuleSettings, Target
from planner.recovery.verify_outcome import took_effect
from planner.remedy import NO_REMEDY, Remedy
from planner.steps import Step
from providers.adaptive_rate import AdaptiveRate
from providers.base import Busy, CallFailed, Provider, Throttled, TooEarly, Unsure

T = TypeVar("T")

_HARMLESS_TWICE = RULE_ACTIONS | {
    Action.ENABLE,
    Action.DISABLE,
    Action.ADD_GUEST_ROUTE,
    Action.REMOVE_GUEST_ROUTE,
}
"""Doing these again changes nothing: the API's calls carry a token, a route or a rule that is there stays."""


_ENOUGH = 3
"""So many rules of one call, each refused by itself in the same way, stand for all that are left of it."""
_LONGEST_LOOKING_PAUSE = 2.0
"""Seconds between two looks for a step whose reply was lost."""


class Ending(StrEnum):
    """How a step ended."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_STARTED = "not_started"


class Result(Struct, frozen=True):
    """A step's end: for a failure the API's code and words, what helps, and how often it was tried and throttled."""

    step: int
    ending: Ending
    code: str = ""
    message: str = ""
    tries: int = 0
    throttles: int = 0
    seconds: float = 0.0
    remedy: Remedy = NO_REMEDY


Results = tuple[Result, ...]
"""One a step of the call, in order."""


@dataclass(slots=True)
class Line:
    """The line to one provider: the pace of each action, its busy VPCs, and one reading for all who lost a reply."""

    provider: Provider
    reader: SharedReader = field(init=False)
    rates: dict[Action, AdaptiveRate] = field(init=False)
    busy: BusyVpcs[Attempt] = field(default_factory=BusyVpcs)

    def __post_init__(self) -> None:
        self.reader = SharedReader(self.provider)
        self.rates = {action: AdaptiveRate() for action in Action}


class Attempt:
    """One call being performed, with every retry and lookup that the policy allows.

    `steps` are all that it is for; those in `left` have not ended yet.
    """

    def __init__(
        self,
        steps: tuple[Step, ...],
        line: Line,
        policy: RetryPolicy,
        stop: StopSignal,
        pending: PendingCalls,
        *,
        urgent: bool = False,
        part_of: Attempt | None = None,
    ) -> None:
        """`part_of` is the attempt whose call was refused, and of which this one has a part of the steps."""
        self._whole: Attempt = self if part_of is None else part_of
        self._refused_alone: Counter[str] = Counter()
        self.steps, self._is_urgent = steps, urgent
        self._left = steps
        self._ended: dict[int, Result] = {}
        self._action, self._vpc_id = steps[0].action, steps[0].target.vpc_id
        self._line, self._policy, self._stop, self._pending = line, policy, stop, pending
        self._rate = line.rates[self._action]
        self._began = 0.0
        self._tries = self._throttles = self._lost = self._era = 0
        self._era_of_vpc: int | None = None
        self._in_doubt = False
        self._is_abandoned = False

    def admit(self) -> bool:
        """Whether the step may go on. False where its VPC is busy: it stands in line then, an urgent one in front."""
        if self._era_of_vpc is None:
            first = self._is_urgent or self._tries > 0
            self._era_of_vpc = self._line.busy.admit(self._vpc_id, self, first=first)
        return self._era_of_vpc is not None

    @property
    def is_begun(self) -> bool:
        """Whether a worker has taken it up before."""
        return self._began > 0

    def call_up(self, era: int) -> None:
        """Its turn has come, after it stood in line."""
        self._era_of_vpc = era

    def run(self) -> Results | None:
        """Call until there are results, one a step. None where the VPC is busy: it goes on when it is called up.

        Never raises.
        """
        self._began = self._began or time.monotonic()
        while not self._is_abandoned:
            if not self.admit():
                return None
            if self._stop.gently or (era := self._rate.turn(self._stop.wait)) is None:
                return self.interrupted()
            self._era = era
            self._tries += 1
            if (result := self._try()) is not None:
                return result
        return self._end(Ending.UNKNOWN)

    def _try(self) -> Results | None:
        """Make the call once. None if it is to be made again."""
        era_of_vpc, self._era_of_vpc = self._era_of_vpc or 0, None
        try:
            self._while_pending(lambda: self._line.provider.perform(self._action, self._target()))
        except Busy as failure:
            return self._after_busy(failure, era_of_vpc)
        except TooEarly as failure:
            return self._after_too_early(failure)
        except Throttled as failure:
            return self._after_throttle(failure)
        except Unsure as failure:
            return self._after_lost_reply(failure)
        except CallFailed as failure:
            return self._after_refusal(failure)
        except Exception as failure:  # noqa: BLE001 - a defect of the provider: the call may have been made
            return self._after_lost_reply(Unsure(type(failure).__name__, str(failure)))
        self._rate.succeeded(self._era)
        self._line.busy.succeeded(self._vpc_id, era_of_vpc)
        return self._end(Ending.DONE)

    def _target(self) -> Target:
        if self._action not in RULE_ACTIONS:
            return self._left[0].target
        return RuleBatch(
            tuple(
                [
                    RuleCall(step.target, step.settings or RuleSettings(), step.rule_id)
                    for step in self._left
                    if isinstance(step.target, Authorization)
                ]
            )
        )

    def _while_pending(self, call: Callable[[], T]) -> T:
        """Make a call to the cloud that the watching thread may abandon."""
        key = self._whole.steps[0].id
        self._pending.begin(key)
        try:
            return call()
        finally:
            self._is_abandoned |= not self._pending.end(key)

    def _after_throttle(self, failure: CallFailed) -> Results | None:
        self._throttles += 1
        self._rate.throttled(self._era)
        # The pace is shared, and so is the wait: the step stands in line again, and does not sleep while others pass.
        return self._end(Ending.REFUSED, failure) if self._is_late() else None

    def _after_busy(self, failure: CallFailed, era: int) -> Results | None:
        """The steps of this VPC wait for their turns."""
        if self._vpc_id is None:
            return self._after_too_early(failure)
        self._throttles += 1
        self._line.busy.refused(self._vpc_id, era, self._rate.taken)
        return self._end(Ending.REFUSED, failure) if self._is_late() else None

    def _after_too_early(self, failure: CallFailed) -> Results | None:
        """Only this step waits."""
        self._throttles += 1
        if self._is_late():
            return self._end(Ending.REFUSED, failure)
        self._stop.wait(self._pause(self._throttles))
        return None

    def _after_refusal(self, failure: CallFailed) -> Results | None:
        """A refusal is final, unless an earlier try whose reply was lost has taken effect after all.

        Of several rules, one may be what it is refused for.
        """
        if self._lost and self._look_up_until_settled() is True:
            return self._end(Ending.DONE)
        alone = self._whole._refused_alone
        if len(self._left) == 1:
            alone[failure.code] += 1
            return self._end(Ending.REFUSED, failure)
        middle = len(self._left) // 2
        for half in (self._left[:middle], self._left[middle:]):
            if alone[failure.code] >= _ENOUGH:
                break
            part = Attempt(half, self._line, self._policy, self._stop, self._pending, part_of=self._whole)
            for result in part.run() or part.interrupted():
                self._ended[result.step] = result
            if part._is_abandoned:
                self._is_abandoned = True
                return self._end(Ending.UNKNOWN)
        return self._end(Ending.REFUSED, failure)

    def _after_lost_reply(self, failure: CallFailed) -> Results | None:
        """Look up the step before anything else; call again only if it did not take effect."""
        self._lost += 1
        done = self._look_up_until_settled()
        self._in_doubt = done is None
        if done is True:
            self._rate.succeeded(self._era)
            return self._end(Ending.DONE)
        if done is None and self._action not in _HARMLESS_TWICE:
            return self._end(Ending.UNKNOWN, failure)
        if self._lost >= self._policy.unsure_tries or self._is_late():
            return self._end(Ending.UNKNOWN if done is None else Ending.REFUSED, failure)
        self._stop.wait(self._pause(self._lost))
        return None

    def _look_up(self) -> bool | None:
        """Whether the step took effect, with retries of the reading. None if that could not be read."""
        for attempt in range(1, self._policy.unsure_tries + 1):
            try:
                return self._read()
            except ReadTimeout:
                break
            except ProviderError:
                if attempt == self._policy.unsure_tries or self._is_late():
                    break
                if self._stop.wait(self._pause(attempt)):
                    time.sleep(self._policy.first_wait)  # asked to stop: one short wait, then the lookup goes on
        return None

    def _look_up_until_settled(self) -> bool | None:
        """The same, where the cloud may take a while to show what it has accepted: "not done" is believed after it."""
        deadline = time.monotonic() + self._line.provider.settle_seconds
        pause = self._policy.first_wait
        while (done := self._look_up()) is False and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(pause, left))
            pause = min(_LONGEST_LOOKING_PAUSE, 1.5 * pause)
        return done

    def _read(self) -> bool | None:
        """Whether all took effect; None where that is not known of one. Those that did have ended."""
        targets = [step.target for step in self._left]
        world = self._while_pending(lambda: self._line.reader.fresh(*targets))
        found = [took_effect(step.action, step.target, world, step.settings) for step in self._left]
        if len(found) == 1 or all(found):
            return None if None in found else all(found)
        done = [step for step, took in zip(self._left, found, strict=True) if took]
        self._ended.update({step.id: self._result(step, Ending.DONE) for step in done})
        self._left = tuple([step for step in self._left if step.id not in self._ended])
        return None if None in found else False

    def _pause(self, failures: int) -> float:
        """How long to wait after this many failures, counted from 1."""
        longest = min(self._policy.longest_wait, self._policy.first_wait * 2.0 ** min(failures - 1, 30))
        return random.uniform(0.0, longest)  # noqa: S311

    def _is_late(self) -> bool:
        return time.monotonic() - self._began >= self._policy.step_timeout

    def interrupted(self) -> Results:
        """Asked to stop between two tries: the step has not started, unless a lost reply could not be looked up."""
        return self._end(Ending.UNKNOWN if self._in_doubt else Ending.NOT_STARTED)

    def _end(self, ending: Ending, failure: CallFailed | None = None) -> Results:
        """The results of all steps; those that have not ended before end like this."""
        if len(self.steps) == 1 and not self._ended:
            return (self._result(self.steps[0], ending, failure),)
        return tuple([self._ended.get(step.id) or self._result(step, ending, failure) for step in self.steps])

    def _result(self, step: Step, ending: Ending, failure: CallFailed | None = None) -> Result:
        code, message = (failure.code, failure.message) if failure else ("", "")
        seconds = time.monotonic() - self._began if self._began else 0.0
        remedy = failure.remedy if failure else NO_REMEDY
        return Result(step.id, ending, code, message, self._tries, self._throttles, seconds, remedy)
