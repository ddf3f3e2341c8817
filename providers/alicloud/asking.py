"""One read of the API: asked again where that may help, at a pace that the cloud allows."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping

from planner.values import replace
from providers.adaptive_rate import AdaptiveRate
from providers.alicloud.client import Client
from providers.alicloud.endings import Ending
from providers.alicloud.fields import Fields, items, text
from providers.alicloud.products import Product
from providers.alicloud.refusals import Failed
from providers.base import NO_PROGRESS

_PATIENCE = 150.0
"""Seconds after which a read that the cloud throttles is given up: who asks too much is let in again a minute later."""
_TRIES = 4
"""How often a read is tried whose request or answer gets lost."""
_PAUSE = 0.5
"""Seconds before such a read is tried again; doubled each time."""
_TOKEN_REFUSED = re.compile(r"(invalid|illegal)(param(eter)?\.)?nexttoken", re.IGNORECASE)
"""What codes for a NextToken begin with: the pages of ECS have `InvalidParameter.` and `InValidParameter.NextToken`,
those of VPC `IllegalParam.NextToken`."""
_RESTARTS = 2
"""How often a listing is begun again whose next page has expired."""


class ReadFailed(Exception):
    """A read gave nothing."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.reason)
        self.failed = failed


class Asker:
    """Reads of one account in one region. Safe to use from several threads."""

    def __init__(
        self,
        client: Client,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._clock, self._sleep = client, clock, sleep
        self._lock = threading.Lock()
        self._rates: dict[str, AdaptiveRate] = {}
        self.progress = NO_PROGRESS

    def ask(self, product: Product, action: str, parameters: Mapping[str, str]) -> Fields:
        """The fields of the answer. Raises ReadFailed, or ProviderError where there are no keys."""
        rate = self._rate(action)
        deadline = self._clock() + _PATIENCE
        lost = 0
        while True:
            era = rate.turn(self._wait)
            assert era is not None  # noqa: S101 - this waiting is never cut short
            self._count(calls=1)
            answer = self._client.call(product, action, parameters)
            match answer.ending:
                case Ending.DONE:
                    rate.succeeded(era)
                    return answer.fields
                case Ending.THROTTLED | Ending.BUSY | Ending.LOCKED:
                    self._count(throttles=1)
                    rate.throttled(era)
                    if self._clock() > deadline:
                        raise ReadFailed(Failed(product, action, answer))
                case Ending.NOT_SENT | Ending.UNSURE:
                    lost += 1
                    if lost == _TRIES:
                        raise ReadFailed(Failed(product, action, answer))
                    self._sleep(_PAUSE * 2.0 ** (lost - 1))
                case _:
                    raise ReadFailed(Failed(product, action, answer))

    def chained(
        self, product: Product, action: str, parameters: Mapping[str, str], outer: str, inner: str, token: str = ""
    ) -> Iterator[list[Fields]]:
        """The pages of a listing in which each names the next, from the one that `token` names. Raises ReadFailed and
        Malformed.

        Where a name is not accepted any more, the listing begins again: a page may come twice.
        """
        for fields in self.pages(product, action, parameters, token):
            yield items(fields, outer, inner)

    def pages(self, product: Product, action: str, parameters: Mapping[str, str], token: str = "") -> Iterator[Fields]:
        """The same with whatever else is on each page."""
        restarts = 0
        while True:
            try:
                fields = self.ask(product, action, {**parameters, "NextToken": token} if token else parameters)
            except ReadFailed as failure:
                if not token or not _TOKEN_REFUSED.match(failure.failed.answer.code) or restarts == _RESTARTS:
                    raise
                token, restarts = "", restarts + 1
                continue
            yield fields
            token = text(fields, "NextToken", "")
            if not token:
                return

    def show(self, *parts: tuple[str, int, int]) -> None:
        """Of what is read how many have been, of how many."""
        with self._lock:
            self.progress = replace(self.progress, parts=parts)

    def _count(self, calls: int = 0, throttles: int = 0) -> None:
        with self._lock:
            now = self.progress
            self.progress = replace(now, calls=now.calls + calls, throttles=now.throttles + throttles)

    def _rate(self, action: str) -> AdaptiveRate:
        with self._lock:
            return self._rates.setdefault(action, AdaptiveRate(self._clock))

    def _wait(self, seconds: float) -> bool:
        self._sleep(seconds)
        return False
