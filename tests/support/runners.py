"""Runners of a pipeline: directories that are thrown away, with one cloud and one backend that stay."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from planner.state.store import Store
from support.backends import Spot
from support.forked import start_cl
from support.killing import Desk
from support.mixed_estate import (
    ENABLED_AFTER,
    LINKS_AFTER,
    ROUTES_AFTER,
    UNMANAGED,
    identities_after,
    write_configuration,
)

APPLY = ("apply", "--auto-approve", "--parallelism=4", "--lock-timeout=300s")


@dataclass(frozen=True)
class Runner:
    """A directory with the configuration, and nothing else. `cloud` is where the simulated cloud is kept."""

    directory: Path
    cloud: Path
    spot: Spot
    environment: Mapping[str, str] = field(default_factory=dict)

    def set_up(self, settings: str = "") -> Runner:
        """Lay the configuration of after the change, with more settings of the provider."""
        self.directory.mkdir()
        write_configuration(self.directory, cloud=f"{self.cloud}/", backend=self.spot.block, settings=settings)
        return self

    def start(self, *arguments: str, point: int = 0) -> subprocess.Popen[str]:
        """Start `cl`, which ends at this point of `support.killed_cl`."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("CL_", "PG"))}
        return start_cl(
            [str(point), *arguments],
            self.directory,
            {**environment, **self.spot.server.environment, **self.environment},
            module="support.killed_cl",
            stdin=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )

    def cl(self, *arguments: str, point: int = 0) -> tuple[int, str]:
        """How `cl` ends, and what it says."""
        return ended(self.start(*arguments, point=point))


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """How a process ends, and what it says."""
    said, _ = process.communicate()
    return process.returncode, said


@dataclass(frozen=True)
class Estate:
    """A cloud and a state before the change. `planned` are the calls that the change takes."""

    directory: Path
    planned: list[tuple[str, str, str]]

    @classmethod
    def make(cls, directory: Path) -> Estate:
        desk = Desk(directory)
        directory.mkdir()
        desk.prepare()
        return cls(directory, desk.planned)

    def copy_cloud(self, directory: Path) -> Path:
        """The cloud once more."""
        directory.mkdir()
        shutil.copy(self.directory / "world.json", directory)
        return directory

    @property
    def state(self) -> str:
        """The file of the state."""
        return str(self.directory / "cl.state.json")

    def assert_all_is_as_declared(self, runner: Runner) -> None:
        """World, state and call log agree, each call was done once, and there is nothing left to do."""
        world = json.loads((runner.cloud / "world.json").read_text())
        assert {link["instance_id"]: link["vpc_id"] for link in world["links"]} == {**LINKS_AFTER, **UNMANAGED}
        assert {vpc["vpc_id"] for vpc in world["vpcs"] if vpc["classic_link_enabled"]} == ENABLED_AFTER
        assert {one["instance_id"] for one in world["instances"] if one["guest_routes"]} == ROUTES_AFTER
        assert sorted(Desk(runner.cloud).done_calls()) == sorted(self.planned), "a step was done twice, or is missing"
        backend = runner.spot.open()
        place = backend.place("default")
        state = Store(place).read()
        assert {str(found.address): found.identity.id for found in state.objects.values()} == identities_after()
        assert place.journal() is None
        assert place.holder() is None
        backend.close()
        code, said = runner.cl("plan", "--detailed-exitcode")
        assert code == 0, said
