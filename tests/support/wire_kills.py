"""An apply over HTTP that is killed, with lag, lost replies and throttling: the next one has to end right.

The real `cl apply` in a child process, the emulator in a thread of the test. A test kills at some points, spread over
the run. `CL_KILLS=all` kills at every third one, in parts that can run side by side.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from providers.emulator.emulator import Settings
from support.emulating import emulated, provider_of
from support.killing import APPLY, Desk, count_points, killed_at

EVERY = os.environ.get("CL_KILLS") == "all"
LAG = 0.3


def parts(count: int) -> Sequence[int]:
    """The parts of a test, which together kill at every third point; one for all where only some are killed."""
    return range(count) if EVERY else [0]


@dataclass(frozen=True)
class Change:
    """What the apply is to do that is killed.

    `world` is the cloud before anything is applied, `before` and `after` are the blocks of the configuration without
    its provider's, `ids` what the state has at the end. `check` says whether world file and call log are right then.
    The change takes no fewer than `calls`.
    """

    world: Mapping[str, Any]
    before: str
    after: str
    ids: frozenset[str]
    faults: Sequence[Mapping[str, Any]]
    calls: int
    check: Callable[[Clouded], object]


class Clouded:
    """A desk and its cloud."""

    def __init__(self, change: Change, directory: Path) -> None:
        self.change, self.desk = change, Desk(directory)
        self._file, self._log = directory / "world.json", directory / "calls.jsonl"

    def prepare(self) -> None:
        """The estate of before the change, applied."""
        self._file.write_text(json.dumps({"format_version": "1.0", "account_id": "1001", **self.change.world}))
        with emulated(Settings(self._file)) as cloud:
            self.write(self.change.before, cloud.authority)
            assert self.desk.cl(*APPLY) == 0, self.desk.said

    def write(self, blocks: str, authority: str) -> None:
        """Let these blocks be the configuration, for the cloud at this authority."""
        (self.desk.directory / "main.hcl").write_text(provider_of(authority, settle="2s") + blocks)

    def settings(self) -> Settings:
        """Those of a cloud that is slow, and fails to order."""
        faults = self.desk.directory / "faults.json"
        faults.write_text(json.dumps(self.change.faults))
        return Settings(self._file, lag=LAG, pending=LAG, faults=faults, call_log=self._log)

    def copy(self, directory: Path) -> Clouded:
        return Clouded(self.change, Path(shutil.copytree(self.desk.directory, directory)))

    @property
    def world(self) -> Any:
        """What is in the world file."""
        return json.loads(self._file.read_text())

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The write calls of the change."""
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []

    def assert_all_is_as_declared(self, after: str) -> None:
        """Cloud and state agree, and there is nothing left to do."""
        assert self.desk.cl("plan", "--detailed-exitcode") == 0, f"{after}\n{self.desk.said}"
        assert {one.identity.id for one in self.desk.store.read().objects.values()} == self.change.ids, after
        assert not self.desk.store.journal_path.exists()


class Kills:
    """Kills an apply of the change at points of its run, each time in a copy of the desk."""

    def __init__(self, change: Change, directory: Path) -> None:
        self._change, self._directory = change, directory
        self._template = Clouded(change, directory / "template")
        self._template.desk.directory.mkdir()
        self._template.prepare()

    @cached_property
    def points(self) -> int:
        """How many points an apply has that is left alone."""
        counted = self._template.copy(self._directory / "counted")
        with emulated(counted.settings()) as cloud:
            counted.write(self._change.after, cloud.authority)
            found = count_points(counted.desk)
            counted.assert_all_is_as_declared("left alone")
        self._change.check(counted)
        return found

    def run(self, part: int, count: int) -> None:
        """Kill at the points of one part of `count`, or at some, and let the next apply complete it."""
        points, killed = self.points, 0
        chosen = range(1 + 3 * part, points, 3 * count) if EVERY else range(points // 10, points, points // 6)
        for point in chosen:
            after = f"killed at point {point} of {points}"
            clouded = self._template.copy(self._directory / after)
            with emulated(clouded.settings()) as cloud:
                clouded.write(self._change.after, cloud.authority)
                ended = clouded.desk.cl(*APPLY, first=killed_at(point))
                killed += ended == -signal.SIGKILL
                assert ended in (0, -signal.SIGKILL), f"{after}\n{clouded.desk.said}"
                assert clouded.desk.cl(*APPLY) == 0, f"{after}\n{clouded.desk.said}"
                clouded.assert_all_is_as_declared(after)
            self._change.check(clouded)
        # How many records share one fsync differs from run to run; each call to the cloud has two points of its own.
        assert killed >= sum(point <= 2 * self._change.calls for point in chosen)
