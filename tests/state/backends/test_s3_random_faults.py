"""Four writers on one key of the s3 backend, each behind a network of its own that fails at random, on a real server.

Each completes what another left in the journal, then makes calls to a cloud, each with its intent in the journal first.
Writers die without a word, are cut off for longer than a lease, and are heard only after it. However that ends, the
state knows every call::

    CL_SCHEDULES=100 pytest tests/state/backends/test_s3_random_faults.py
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import threading
import time
from collections import Counter
from functools import partial

import pytest

from planner.diagnostics import StateError
from planner.state.backends.patience import Patience
from planner.state.backends.protocol import Held, Place
from planner.state.backends.s3 import opening
from planner.state.backends.s3.held import S3Held
from support.backends import ignore, version
from support.http_faults import CLOSE, LOSE, Fault, HttpProxy, http_proxy
from support.s3_places import S3
from support.watching import PATIENCE

SCHEDULES = int(os.environ.get("CL_SCHEDULES", "2"))
WRITERS = 4
SECONDS = 10.0
LEASE = 2.0
FAULTS: tuple[tuple[float, Fault], ...] = (
    (0.03, LOSE),
    (0.03, CLOSE),
    (0.02, 503),
    (0.01, 409),
)
CALLS = 4
DIES, IS_CUT_OFF, IS_PAUSED = 0.1, 0.003, 0.01


class Cloud:
    """The calls that were made."""

    def __init__(self) -> None:
        self.calls: set[str] = set()
        self.calling = threading.Lock()
        self.ends: Counter[str] = Counter()


class Writer(threading.Thread):
    """Does one job after the other until its time is over. What it could not foresee is in `surprise`."""

    def __init__(self, s3: S3, proxy: HttpProxy, cloud: Cloud, seed: str) -> None:
        super().__init__(daemon=True)
        self._chance, self._cloud = random.Random(seed), cloud  # noqa: S311
        self._s3, self._port = s3, proxy.port
        self._cut_off_until = self._paused_until = 0.0
        self._ends = time.monotonic() + SECONDS
        self.surprise: BaseException | None = None
        proxy.choose(lambda _number, _what: self._fault())

    def _fault(self) -> Fault | None:
        if time.monotonic() < self._cut_off_until:
            return CLOSE
        if time.monotonic() < self._paused_until:
            return self._paused_until - time.monotonic()
        if self._chance.random() < IS_CUT_OFF:
            self._cut_off_until = time.monotonic() + 1.5 * LEASE
        if self._chance.random() < IS_PAUSED:
            self._paused_until = time.monotonic() + 1.5 * LEASE
        return next((fault for chance, fault in FAULTS if self._chance.random() < chance), None)

    def run(self) -> None:
        try:
            while time.monotonic() < self._ends or not self._cloud.ends["done"]:
                place = self._s3.place(self._port, lease=f"{LEASE:g}s")
                try:
                    with place.lock("apply", 4 * LEASE, ignore) as held:
                        job(place, held, self._cloud, self._chance)
                        self._cloud.ends["done"] += 1
                except StateError as error:
                    self._cloud.ends[error.diagnostics[0].code] += 1
                except Died:
                    self._cloud.ends["died"] += 1
        except BaseException as surprise:  # noqa: BLE001 - the test says it
            self.surprise = surprise


class Died(Exception):
    """The process is gone, and its lock with it only after the lease."""


def job(place: Place, held: Held, cloud: Cloud, chance: random.Random) -> None:
    state = place.read()
    done = set(json.loads(state.text)) if state else set()
    serial = state.serial if state else 0
    records = place.journal()
    if records is not None:
        intents = records.data.decode().split()
        with cloud.calling:
            done |= {intent for intent in intents if intent in cloud.calls}
        serial += 1
        held.write(json.dumps(sorted(done)), version(serial), serial - 1 or None)
        held.end_journal()
    held.begin(b"")
    for _ in range(CALLS):
        call = f"{chance.getrandbits(64):016x}"
        held.append(f"{call}\n".encode())
        while not made(call, held, cloud):
            held.check()
            time.sleep(0.01)
        done.add(call)
        if chance.random() < DIES / CALLS:
            assert isinstance(held, S3Held)
            held.release = lambda: None  # type: ignore[method-assign]
            raise Died
    serial += 1
    held.write(json.dumps(sorted(done)), version(serial), serial - 1 or None)
    held.end_journal()


def made(call: str, held: Held, cloud: Cloud) -> bool:
    """Make the call if it may begin. No thread sees the calls while this one has that permission and waits its turn."""
    with cloud.calling:
        if held.is_sure():
            cloud.calls.add(call)
            return True
        return False


@pytest.mark.parametrize("seed", range(SCHEDULES))
def test_the_state_knows_every_call_whatever_fails(s3: S3, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(opening, "Patience", partial(Patience, seconds=LEASE))
    cloud = Cloud()
    with contextlib.ExitStack() as running:
        writers = [
            Writer(s3, running.enter_context(http_proxy(s3.server.port)), cloud, f"{seed} {number}")
            for number in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(PATIENCE)
            assert not writer.is_alive()
    for writer in writers:
        if writer.surprise is not None:
            raise AssertionError(f"schedule {seed}") from writer.surprise
    place = s3.place()
    with place.lock("apply", PATIENCE, ignore) as held:
        job(place, held, cloud, random.Random("the last one"))  # noqa: S311
    state = place.read()
    assert state is not None
    assert set(json.loads(state.text)) == cloud.calls, (seed, cloud.ends)
    serials = [kept.serial for kept in place.history()]
    assert serials == list(range(serials[0], serials[0] - len(serials), -1))
    assert place.journal() is None
