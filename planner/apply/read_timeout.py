"""A timeout for reading the cloud: the apply goes no further while it reads, so a reading must end."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from threading import Thread

from planner.diagnostics import Diagnostic, ProviderError
from planner.durations import written
from planner.exit_codes import ExitCode
from planner.network.world import World
from planner.remedy import Remedy
from planner.threads import TICK, start
from providers.base import Provider
from providers.hooked import HookedProvider

_LEAST_SECONDS = 3.0
"""The shortest timeout: without a reading an apply cannot even begin."""


class ReadTimeout(ProviderError):
    """The cloud did not answer in time."""

    exit_code = ExitCode.INCOMPLETE


def with_read_timeout(providers: Mapping[str, Provider], seconds: float | None) -> Mapping[str, Provider]:
    """The same providers, whose `read` raises ReadTimeout after this many seconds; None is no limit.

    Each reading gets a few seconds in any case.
    """
    if seconds is None:
        return providers
    limit = max(seconds, _LEAST_SECONDS)
    return {key: _timed(provider, key, limit) for key, provider in providers.items()}


def _timed(provider: Provider, key: str, seconds: float) -> Provider:
    """The same provider with a timeout for readings. A `perform` that hangs is the business of the engine."""

    def in_time(reading: Callable[[], World]) -> World:
        answer: Future[World] = Future()
        start(Thread(target=_ask, args=(reading, answer), name=f"read {key}", daemon=True))
        if not _is_done(answer, seconds):
            raise ReadTimeout(_too_slow(key, seconds))
        return answer.result()

    return HookedProvider(provider, in_time, in_time)


def _is_done(answer: Future[World], seconds: float) -> bool:
    """Whether it is done within so many seconds. A signal ends the wait, whenever it arrives."""
    ends = time.monotonic() + seconds
    while not answer.done() and (left := ends - time.monotonic()) > 0:
        wait([answer], min(TICK, left))
    return answer.done()


def _ask(read: Callable[[], World], answer: Future[World]) -> None:
    try:
        answer.set_result(read())
    except BaseException as error:  # noqa: BLE001 - it is raised where the answer is waited for
        answer.set_exception(error)


def _too_slow(key: str, seconds: float) -> Diagnostic:
    return Diagnostic(
        "PRV308",
        "Cloud does not answer",
        f'Reading from the provider "{key}" took longer than {written(seconds)} and timed out.',
        Remedy.of("Try again. To wait longer: --step-timeout, and --timeout if you gave it."),
    )
