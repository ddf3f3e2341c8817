"""Whatever goes wrong: nothing is done twice, nothing forgotten, and in the end all is as declared."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.apply.engine import apply_plan
from planner.apply.options import ApplyOptions, RetryPolicy
from planner.apply.stop import StopSignal
from planner.network.identity import Action, Enablement, Link, Target
from planner.recovery.recover import recover
from providers.adaptive_rate import AdaptiveRate
from providers.base import CallFailed, Refused, Throttled
from support.applying import LostReply, MemoryCloud, Wanted, not_done, plan_for
from support.stores import FileStore

VPCS = ("vpc-a", "vpc-b", "vpc-c")
INSTANCES = tuple(f"i-{number}" for number in range(6))
QUICK = RetryPolicy(first_wait=0.0001, longest_wait=0.0005, unsure_tries=3)

wanteds = st.dictionaries(st.sampled_from(INSTANCES), st.sampled_from(VPCS)).map(
    lambda links: Wanted(frozenset(links.values()), links)
)
kinds = st.sampled_from(["ok", "ok", "lost", "not_done", "throttle", "refuse", "stop", "stop"])


HASTE = 1_000.0
"""So much faster goes the time that calls wait for their turns: nothing is slow here but waiting."""


class Hasty(StopSignal):
    """Waits for turns in that time."""

    def wait(self, seconds: float) -> bool:
        return super().wait(seconds / HASTE)


class Mishaps:
    """A fault for some of the calls, by their number; a stop is asked for through the signal of the run."""

    def __init__(self, schedule: list[str]) -> None:
        self._schedule = schedule
        self.stop = Hasty()

    def __call__(self, call: int, _action: Action, _target: Target) -> CallFailed | None:
        match self._schedule[call - 1] if call <= len(self._schedule) else "ok":
            case "lost":
                return LostReply()
            case "not_done":
                return not_done()
            case "throttle":
                return Throttled("Throttling", "slow down")
            case "refuse":
                return Refused("Forbidden", "no")
            case "stop":
                self.stop.ask()
        return None


def apply_once(wanted: Wanted, cloud: MemoryCloud, store: FileStore, plan_id: str, parallelism: int) -> None:
    """What `cl apply` does: complete what was cut short, plan, carry out."""
    mishaps = cloud.fault
    stop = mishaps.stop if isinstance(mishaps, Mishaps) else Hasty()
    with store.locked("apply"):
        state = recover(store, {"mock": cloud}).state
        document = plan_for(wanted, state, cloud.read(), plan_id)
        apply_plan(document, {"mock": cloud}, store, ApplyOptions(parallelism=parallelism, retry=QUICK), stop=stop)
    if isinstance(mishaps, Mishaps):
        mishaps.stop = Hasty()


def assert_all_is_as_declared(wanted: Wanted, cloud: MemoryCloud, store: FileStore) -> None:
    assert cloud.links == wanted.links
    assert {vpc_id for vpc_id, enabled in cloud.enabled.items() if enabled} == wanted.vpcs
    links = {Link(*each) for each in wanted.links.items()}
    assert {found.identity for found in store.read().objects.values()} == links | set(map(Enablement, wanted.vpcs))
    assert not store.journal_path.exists()


@settings(max_examples=150)
@given(st.lists(wanteds, min_size=1, max_size=3), st.lists(kinds, max_size=40), st.sampled_from([1, 3]))
def test_after_enough_reruns_the_world_and_the_state_are_as_declared(
    history: list[Wanted], schedule: list[str], parallelism: int
) -> None:
    pace = partial(AdaptiveRate, lambda: HASTE * time.monotonic())
    with tempfile.TemporaryDirectory() as folder, patch("planner.apply.retry.AdaptiveRate", pace):
        store = FileStore(Path(folder) / "cl.state.json")
        cloud = MemoryCloud(VPCS, fault=Mishaps(schedule))
        for number, wanted in enumerate(history):
            for attempt in range(3):
                apply_once(wanted, cloud, store, f"plan {number}.{attempt}", parallelism)
        cloud.fault = None
        for attempt in range(2):
            apply_once(history[-1], cloud, store, f"last {attempt}", parallelism)
        assert_all_is_as_declared(history[-1], cloud, store)
        assert not plan_for(history[-1], store.read(), cloud.read(), "none")["resource_changes"]
        assert max((abs(count) for count in balance(cloud.log).values()), default=0) <= 1


def balance(log: list[tuple[str, str]]) -> Counter[str]:
    """How often each object was made more than unmade: doing one thing twice would show."""
    found: Counter[str] = Counter()
    for action, target in log:
        found[target] += 1 if action in ("attach", "enable_classic_link") else -1
    return found
