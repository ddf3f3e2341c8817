"""A timeout for reading the cloud: the apply goes no further while it reads, so a reading must end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from functools import partial
from threading import Thread

from planner.diagnostics import Diagnostic, ExitCode, ProviderError
from planner.network.identity import Action, Identity, Target
from planner.network.world import World
from planner.remedy import Remedy
from planner.threads import start
from providers.base import EVERYTHING, Provider, Scope

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
    return {key: _TimedProvider(provider, key, limit) for key, provider in providers.items()}


class _TimedProvider:
    """A provider whose readings have a timeout. A `perform` that hangs is the business of the engine."""

    def __init__(self, provider: Provider, key: str, seconds: float) -> None:
        self.read_only, self.settle_seconds = provider.read_only, provider.settle_seconds
        self.warnings, self.credentials = provider.warnings, provider.credentials
        self._provider, self._key, self._seconds = provider, key, seconds

    @property
    def cloud(self) -> Mapping[str, str]:
        return self._provider.cloud

    @property
    def reads(self) -> int:
        return self._provider.reads

    def read(self, scope: Scope = EVERYTHING) -> World:
        return self._in_time(partial(self._provider.read, scope))

    def find(
        self, instance_ids: Collection[str], routes_of: Collection[str] = (), rules_of: Collection[str] = ()
    ) -> World:
        return self._in_time(partial(self._provider.find, instance_ids, routes_of, rules_of))

    def look(self, targets: Collection[Identity]) -> World:
        return self._in_time(partial(self._provider.look, targets))

    def _in_time(self, read: Callable[[], World]) -> World:
        answer: Future[World] = Future()
        start(Thread(target=_ask, args=(read, answer), name=f"read {self._key}", daemon=True))
        try:
            return answer.result(self._seconds)
        except TimeoutError:
            if answer.done():
                raise  # the provider's own
            raise ReadTimeout(_too_slow(self._key, self._seconds)) from None

    def perform(self, action: Action, target: Target) -> None:
        self._provider.perform(action, target)

    def close(self) -> None:
        self._provider.close()


def _ask(read: Callable[[], World], answer: Future[World]) -> None:
    try:
        answer.set_result(read())
    except BaseException as error:  # noqa: BLE001 - it is raised where the answer is waited for
        answer.set_exception(error)


def _too_slow(key: str, seconds: float) -> Diagnostic:
    return Diagnostic(
        "PRV308",
        "Cloud does not answer",
        f'Reading what the provider "{key}" sees took longer than {seconds:g} seconds and timed out: nothing of it '
        "is known.",
        Remedy.of("Try again. To wait longer: --step-timeout, and --timeout where that is given."),
    )
