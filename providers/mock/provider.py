"""`provider "mock"`: a cloud in a file, for trying things out and for tests."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from planner.diagnostics import Diagnostic, ProviderError
from planner.network.identity import Action, Identity, RuleBatch, Target
from planner.network.world import World
from planner.remedy import Remedy
from planner.values import replace
from providers.base import (
    EVERYTHING,
    NO_PROGRESS,
    CallFailed,
    CloudUnreadable,
    Progress,
    Refused,
    Scope,
    Throttled,
    Unsure,
)
from providers.mock.call_log import LOST_REPLY, NOT_DONE, OK, CallLog
from providers.mock.calls import API_NAMES, THROTTLED, failure, raise_if_refused
from providers.mock.cloud import Cloud
from providers.mock.fault_file import load_faults
from providers.mock.faults import Fault, FaultKind, Faults, crash
from providers.mock.rate import RateLimit
from providers.mock.reading import KINDS, KINDS_WITHOUT_GROUPS, Missed, missed_by, without
from providers.mock.settings import Settings, parse_settings
from providers.mock.store import WorldStore
from providers.read_retry import DEFAULTS, ReadRetry

CONNECTION_BROKE = ("ConnectionLost", "The connection broke before the answer came.")


def open_mock(settings: Mapping[str, object], base_dir: Path, read_retry: ReadRetry = DEFAULTS) -> MockProvider:
    """The simulated cloud of a `provider "mock"` block with these arguments.

    `base_dir` is the configuration's directory. Raises ProviderError, with diagnostics that have no place: the
    caller knows the block.
    """
    return MockProvider(parse_settings(settings, base_dir), read_retry)


class MockProvider:
    """One simulated cloud. Safe to use from several threads, and beside other processes that use the same world."""

    settle_seconds = 0.0
    progress: Progress = NO_PROGRESS
    warnings: tuple[Diagnostic, ...] = ()
    credentials = ""
    cloud: Mapping[str, str] = MappingProxyType({})

    def __init__(self, settings: Settings, read_retry: ReadRetry = DEFAULTS) -> None:
        """Opens the world. Raises ProviderError, CloudUnreadable where the world cannot be read."""
        self.read_only = settings.read_only
        self._read_retry = read_retry
        self._latency = settings.latency_seconds
        self._rate = RateLimit(settings.rate_limit) if settings.rate_limit else None
        self._faults = load_faults(settings.faults, settings.faults.name) if settings.faults else Faults()
        calls = CallLog(_writable(settings.call_log)) if settings.call_log else None
        try:
            self._store = WorldStore(settings.world, settings.world_shown_as, calls)
        except ProviderError as error:
            raise CloudUnreadable(error.diagnostics) from None

    def read(self, scope: Scope = EVERYTHING) -> World:
        """The whole world, whatever the scope: one call of each read action.

        Raises ProviderError where the file cannot be read.

        A read that the rate limit holds up waits for its turn; one that is throttled, or whose connection breaks, is
        tried again.
        """
        missed: list[Missed] = []
        actions = list(KINDS if self._store.read().security_groups is not None else KINDS_WITHOUT_GROUPS)
        for number, action in enumerate(actions):
            self.progress = replace(self.progress, parts=(("listing", number + 1, len(actions)),))
            missed += self._read_retry.read(partial(self._ask, action), _may_pass)
        return without(self._store.read(), missed)

    def find(
        self, instance_ids: Collection[str], routes_of: Collection[str] = (), rules_of: Collection[str] | None = ()
    ) -> World:
        """Nothing more: `read` lists every instance."""
        return World()

    def look(self, targets: Collection[Identity]) -> World:
        """The whole world, which costs no more than a part of it. Raises ProviderError."""
        return self.read()

    def perform(self, action: Action, target: Target) -> None:
        """Carry one step out. Raises CallFailed."""
        if self.read_only:
            raise Refused("Forbidden.ReadOnly", 'The provider "mock" is set to read_only: it changes nothing.')
        self._travel()
        group_id = target.security_group_id if isinstance(target, RuleBatch) else None
        fault = self._faults.on_call(API_NAMES[action], target.instance_id, target.vpc_id, group_id)
        _crash_if(fault, FaultKind.CRASH_BEFORE)
        failed = self._call(action, target, fault)
        _crash_if(fault, FaultKind.CRASH_AFTER)
        _hang(fault)
        if fault is not None and fault.kind is FaultKind.LOST_REPLY:
            raise Unsure(*CONNECTION_BROKE)
        if failed is not None:
            raise failed

    def close(self) -> None:
        """Fold the log into the world file. Nothing is lost if this is never called."""
        if not self.read_only:
            self._store.fold()
        self._store.close()

    def _ask(self, action: str) -> list[Missed]:
        """Make one read; what of it is missed."""
        self.progress = replace(self.progress, calls=self.progress.calls + 1)  # for people alone: threads may lose one
        self._travel()
        if self._rate:
            self._rate.wait()
        missed: list[Missed] = []
        for fault in self._faults.on_read(action):
            _crash_if(fault, FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER)
            _hang(fault)
            if miss := missed_by(fault):
                missed.append(miss)
            if fault.kind is FaultKind.THROTTLE:
                self.progress = replace(self.progress, throttles=self.progress.throttles + 1)
        return missed

    def _travel(self) -> None:
        if self._latency:
            time.sleep(self._latency)

    def _call(self, action: Action, target: Target, fault: Fault | None) -> CallFailed | None:
        """How the call fails, or None where it is done. It is judged, done and logged while no other call is."""
        outcome = ""
        try:
            with self._store.writing() as cloud:
                failed = self._carry_out(cloud, action, target, fault)
                outcome = _outcome(failed, fault)
                failed = self._log(action, target, outcome) or failed
        except (OSError, ProviderError) as problem:
            return _lost(outcome, problem) if outcome else _not_begun(problem)
        return failed

    def _carry_out(self, cloud: Cloud, action: Action, target: Target, fault: Fault | None) -> CallFailed | None:
        try:
            self._stop(fault)
            raise_if_refused(cloud, action, target, cloud.account_id)
            self._store.record(action, target)
        except CallFailed as failed:
            return failed
        return None

    def _stop(self, fault: Fault | None) -> None:
        """Raises CallFailed where a fault or the rate limit stops the call before the cloud judges it."""
        if self._rate and self._rate.take() > 0:
            raise Throttled(*THROTTLED)
        if fault is None:
            return
        if fault.kind is FaultKind.THROTTLE:
            raise Throttled(*THROTTLED)
        if fault.kind is FaultKind.ERROR:
            raise failure(fault.code, fault.message)
        if fault.kind is FaultKind.NOT_DONE:
            raise Unsure(*CONNECTION_BROKE)

    def _log(self, action: Action, target: Target, outcome: str) -> Unsure | None:
        """Write the call to the call log; where that fails, the caller cannot know how the call ended."""
        try:
            self._store.write_down(action, target, outcome)
        except OSError as problem:
            return Unsure("CallLogNotWritable", f"The call ended as {outcome}, and {problem}.")
        return None


def _not_begun(problem: OSError | ProviderError) -> Refused:
    if isinstance(problem, ProviderError):
        return Refused("WorldNotReadable", str(problem))
    if isinstance(problem, TimeoutError):
        return Refused("WorldLocked", "Another process has kept the world locked for too long; nothing was done.")
    return Refused("WorldNotWritable", f"{problem.filename or 'world'}: {problem.strerror or problem}.")


def _lost(outcome: str, problem: OSError | ProviderError) -> Unsure:
    """A call that came to its end, after which its files could not be closed: what was written may be lost."""
    said = (problem.strerror if isinstance(problem, OSError) else None) or problem
    return Unsure("WorldNotWritable", f"The call ended as {outcome}, and the world could not be closed: {said}.")


def _may_pass(missed: Iterable[Missed]) -> bool:
    return any(miss.may_pass for miss in missed)


def _outcome(failed: CallFailed | None, fault: Fault | None) -> str:
    """What the call log says of a call that ended like this."""
    if isinstance(failed, Unsure):
        return NOT_DONE
    if failed is not None:
        return failed.code
    return LOST_REPLY if fault is not None and fault.kind is FaultKind.LOST_REPLY else OK


def _crash_if(fault: Fault | None, *kinds: FaultKind) -> None:
    if fault is not None and fault.kind in kinds:
        crash()


def _hang(fault: Fault | None) -> None:
    if fault is not None and fault.kind is FaultKind.HANG:
        for pause in fault.pauses():
            time.sleep(pause)


def _writable(path: Path) -> Path:
    """`path`, where a line can be appended to it. Raises ProviderError."""
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ProviderError(
            Diagnostic(
                "PRV106",
                "Call log cannot be written",
                f"call_log: {path} cannot be written.",
                Remedy.of("Correct the path, make its directory, or remove the setting."),
            )
        )
    return path
