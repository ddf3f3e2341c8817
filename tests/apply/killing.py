"""A process that is killed: an apply in a child process that ends, as by SIGKILL, at a chosen point.

A point is the moment before or after a write, fsync, rename, truncation or removal of a file, or a call to the cloud:
those of the planner and those of the simulated cloud alike.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from applying import Wanted, plan_for

from planner.apply.engine import apply_plan
from planner.apply.recovery import recover
from planner.apply.retry import RetryPolicy
from planner.network.identity import ATTACHMENT
from planner.state.lock import lock
from planner.state.store import Store
from providers.mock.provider import MockProvider, open_mock

QUICK = RetryPolicy(first_wait=0.001, longest_wait=0.005)
CALLS = ("write", "pwrite", "fsync", "replace", "rename", "unlink", "ftruncate")

_FLEETS = {"vpc-a": range(12), "vpc-b": range(12, 24)}
BEFORE = Wanted(
    frozenset({"vpc-a", "vpc-b"}),
    {f"i-{number}": vpc_id for vpc_id, numbers in _FLEETS.items() for number in numbers},
)
AFTER = Wanted(
    frozenset({"vpc-a", "vpc-c"}),
    {
        **{f"i-{number}": "vpc-c" for number in [*range(6), *range(30, 36)]},
        **{f"i-{number}": "vpc-a" for number in [*range(12, 18), *range(24, 30)]},
    },
)
STEPS = 12 * 2 + 12 + 12 + 2
"""Twelve moves, twelve detaches, twelve attaches, one VPC enabled and one disabled."""


@dataclass(frozen=True)
class Desk:
    """A directory with a simulated cloud and a state."""

    directory: Path

    def prepare(self) -> None:
        """Let the cloud and the state be as before the apply that will be killed."""
        vpc = {"account_id": "1", "region_id": "r", "cidr_block": "172.16.0.0/12"}
        instance = {"account_id": "1", "region_id": "r", "network_type": "classic", "private_ip": "10.1.1.1"}
        world = {
            "format_version": "1.0",
            "account_id": "1",
            "vpcs": [{"vpc_id": f"vpc-{letter}", **vpc} for letter in "abc"],
            "instances": [{"instance_id": f"i-{number}", **instance} for number in range(36)],
        }
        (self.directory / "world.json").write_text(json.dumps(world))
        self.apply(BEFORE)
        (self.directory / "calls.jsonl").unlink()

    def provider(self, **settings: Any) -> MockProvider:
        return open_mock({"world": "world.json", "call_log": "calls.jsonl", **settings}, self.directory)

    @property
    def store(self) -> Store:
        return Store(self.directory / "cl.state.json")

    def apply(self, wanted: Wanted = AFTER, *, timeout: float = 0.0, **settings: Any) -> bool:
        """What `cl apply` does. True where all went well."""
        provider = self.provider(**settings)
        store = self.store
        os.chdir(self.directory)
        with lock(store.lock_path, "apply", timeout):
            state = recover(store, {"mock": provider}).state
            document = plan_for(wanted, state, provider.read(), f"plan of {os.getpid()}")
            outcome = apply_plan(document, {"mock": provider}, store, parallelism=4, policy=QUICK)
        provider.close()
        return not outcome.exit_code

    def assert_all_is_as_declared(self, *, calls_may_be_missing: int = 0) -> None:
        """The world, the state and the call log agree; each call was done once."""
        provider = self.provider()
        world, state = provider.read(), self.store.read()
        assert world.links == AFTER.links
        assert {vpc.vpc_id for vpc in world.vpcs.values() if vpc.classic_link_enabled} == AFTER.vpcs
        links = {
            o.identity.instance_id: o.identity.vpc_id for o in state.objects.values() if o.address.type == ATTACHMENT
        }
        assert links == AFTER.links
        assert len(state.objects) == len(AFTER.links) + len(AFTER.vpcs)
        assert not self.store.journal_path.exists()
        assert not list(self.directory.glob(".cl.state.json*"))
        done = self.done_calls()
        assert len(set(done)) == len(done), "a step was done twice"
        assert STEPS - len(done) <= calls_may_be_missing, "a step is missing from the call log"

    def done_calls(self) -> list[tuple[str, str, str]]:
        log = self.directory / "calls.jsonl"
        calls = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [
            (call["action"], call["instance_id"] or "", call["vpc_id"])
            for call in calls
            if call["outcome"] in ("ok", "lost_reply")
        ]


def in_child(work: Callable[[], bool]) -> int:
    """Run `work` in a child process; its exit code, or minus the signal that ended it."""
    return wait_for(start_child(work))


def wait_for(child: int) -> int:
    """How that child process ends."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def start_child(work: Callable[[], bool]) -> int:
    """Start `work` in a child process."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            code = 0 if work() else 1
        except BaseException:  # noqa: BLE001 - a child must not go on as its parent
            traceback.print_exc()
        finally:
            os._exit(code)
    return child


def killed_at(point: int, tick: Callable[[], None] = lambda: None) -> None:
    """Let this process end at that point, counted from 1; with 0 it lives, and `tick` counts the points."""
    numbers = count(1)
    kill, own = os.kill, os.getpid()

    def pass_point() -> None:
        tick()
        if next(numbers) == point:
            kill(own, signal.SIGKILL)

    def around(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            pass_point()
            try:
                return real(*arguments, **named)
            finally:
                pass_point()

        return call

    for name in CALLS:
        setattr(os, name, around(getattr(os, name)))
    MockProvider.perform = around(MockProvider.perform)  # type: ignore[method-assign]


def full_after(room: int) -> None:
    """Let the disk of this process be full when the planner has written `room` more bytes."""
    left = [room]
    real = os.write

    def write(fd: int, data: Any) -> int:
        if fd > 2:
            if left[0] <= 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            data = memoryview(data)[: left[0]]
            left[0] -= len(data)
        return real(fd, data)

    os.write = write


def count_points(desk: Desk) -> int:
    """How many points an apply has that is left alone."""
    reading, writing = os.pipe()
    write = os.write

    def work() -> bool:
        killed_at(0, lambda: write(writing, b".") and None)
        return desk.apply()

    assert in_child(work) == 0
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        return len(pipe.read())
