"""States that are taken along from one backend to another: all of them, or none, and never lost on the way.

The suite kills a migration to a backend at every odd write and one back at every even one, and a migration between
files at every sixth point. `CL_KILLS=all` kills at each::

    CL_KILLS=all pytest -n 2 tests/state/backends/test_migration_on_servers.py -k killed
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from planner.address import Address
from planner.app.migrating import Moved, migrate
from planner.network.identity import VPC, Enablement
from planner.state.backends.local.backend import LocalBackend
from planner.state.backends.protocol import Backend, Place
from planner.state.model import State, StateObject
from planner.state.workspace import Workspaces
from planner.values import replace
from support.backends import Servers, Settings, Spot, ignore, open_backend, refusal
from support.killing import killed_at
from support.watching import PATIENCE

EVERY = os.environ.get("CL_KILLS") == "all"
KEY = {"CL_ENCRYPTION_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
NO_VARIABLES: dict[str, str] = {}
CHILDREN = multiprocessing.get_context("forkserver")
CHILDREN.set_forkserver_preload(["pytest", "planner.cli.main", "planner.app.migrating", "providers.alicloud.provider"])


def of(backend: Backend, directory: Path, environment: dict[str, str] = NO_VARIABLES) -> Workspaces:
    return Workspaces(directory, environment, backend)


def local(directory: Path, environment: dict[str, str] = NO_VARIABLES) -> Workspaces:
    directory.mkdir(exist_ok=True)
    return of(LocalBackend(directory, "cl.state.json", "cl.state.d", 20), directory, environment)


def holding(vpc_id: str) -> State:
    address = Address(VPC, vpc_id)
    return State(objects={address: StateObject(address, Enablement(vpc_id), {"vpc_id": vpc_id}, "mock")})


def write(workspaces: Workspaces, name: str, *vpc_ids: str) -> State:
    """The state of this workspace after it was written so often, each time with another VPC."""
    store = workspaces.store(name)
    if name != "default":
        workspaces.backend.make(name)
    for vpc_id in vpc_ids:
        with store.locked("apply"):
            found = store.read()
            store.write(replace(found, objects=holding(vpc_id).objects), operation="apply")
    return store.read()


def carry(
    source: Workspaces, target: Workspaces, *, force: bool = False, record: Callable[[], None] = lambda: None
) -> list[Moved]:
    return migrate(source, target, record, force=force, lock_timeout=0, report=ignore)


def names_of(spot: Spot) -> list[str]:
    return ["default", *(["blue", "green"] if spot.has("workspaces") else [])]


def test_every_workspace_goes_there_and_back_with_its_lineage_and_serial(spot: Spot, tmp_path: Path) -> None:
    here, there, back = local(tmp_path / "here"), of(spot.open(), tmp_path), local(tmp_path / "back")
    states = {name: write(here, name, "vpc-a", f"vpc-{name}") for name in names_of(spot)}
    recorded: list[int] = []
    moved = carry(here, there, record=lambda: recorded.append(len(list((tmp_path / "here").glob("*.migrated-*")))))
    assert recorded == [0], "once, and before a file of the old backend got another name"
    assert [one.workspace for one in moved] == list(states)
    assert {name: there.store(name).read() for name in there.list()} == states
    assert here.store("default").read() == State()
    assert list((tmp_path / "here").glob("cl.state.json.migrated-*"))
    carry(there, back)
    assert {name: back.store(name).read() for name in back.list()} == states
    if spot.server.type != "local":
        assert {name: there.store(name).read() for name in states} == states, "nothing is deleted"


def test_a_workspace_without_a_state_goes_there_and_back_and_none_stays_behind(spot: Spot, tmp_path: Path) -> None:
    spot.needs("workspaces")
    here, there = local(tmp_path / "here"), of(spot.open(), tmp_path)
    here.backend.make("blue")
    state = write(here, "green", "vpc-a")
    assert [one.workspace for one in carry(here, there)] == ["blue", "green"]
    assert (there.list(), there.store("green").read()) == (["default", "blue", "green"], state)
    assert here.list() == ["default"]
    with there.store("blue").locked("workspace delete"):
        there.backend.delete("blue")
    assert [one.workspace for one in carry(there, here)] == ["green"]
    assert (here.list(), here.store("green").read()) == (["default", "green"], state)


def test_a_state_is_sealed_on_the_way_where_a_key_is_set(spot: Spot, tmp_path: Path) -> None:
    state = write(local(tmp_path / "here"), "default", "vpc-secret")
    there = of(spot.open(), tmp_path, KEY)
    carry(local(tmp_path / "here", KEY), there)
    stored = there.store().place.read()
    assert stored is not None
    assert "vpc-secret" not in stored.text
    assert there.store().read() == state


def test_another_state_at_the_new_backend_is_replaced_by_force_alone_and_kept_in_its_history(
    spot: Spot, tmp_path: Path
) -> None:
    here, there = local(tmp_path / "here"), of(spot.open(), tmp_path)
    state = write(here, "default", "vpc-a")
    other = write(there, "default", "vpc-x", "vpc-y", "vpc-z")
    with refusal("STA452"):
        carry(here, there)
    assert (here.store().read(), there.store().read()) == (state, other)
    carry(here, there, force=True)
    found = there.store().read()
    assert (found.lineage, found.objects) == (state.lineage, state.objects)
    if spot.has("history"):
        assert there.store().version(other.serial) == other


def test_a_newer_state_of_the_same_lineage_is_not_replaced_and_an_older_one_is(spot: Spot, tmp_path: Path) -> None:
    old, there = local(tmp_path / "old").store(), of(spot.open(), tmp_path)
    with old.locked("test"):
        old.copy(write(there, "default", "vpc-a", "vpc-b"), operation="test")
    newest = write(there, "default", "vpc-c")
    with refusal("STA452"):
        carry(local(tmp_path / "old"), there)
    carry(there, local(tmp_path / "old"))
    assert local(tmp_path / "old").store().read() == newest
    assert newest.serial == 3


@pytest.mark.parametrize("side", ["old", "new"])
def test_an_apply_that_was_cut_short_comes_first(spot: Spot, tmp_path: Path, side: str) -> None:
    here, there = local(tmp_path / "here"), of(spot.open(), tmp_path)
    state = write(here, "default", "vpc-a")
    store = (here if side == "old" else there).store()
    with store.locked("apply"):
        store.begin_journal({"plan_id": "p", "lineage": "", "steps": []}).close()
    with refusal("STA312") as problems:
        carry(here, there)
    assert "cl init --migrate-state" in str(problems[0].remedy)
    assert here.store().read() == state
    assert there.store().place.read() is None


def test_while_a_command_works_on_a_state_of_either_side_nothing_is_copied(spot: Spot, tmp_path: Path) -> None:
    here, there = local(tmp_path / "here"), of(spot.open(), tmp_path)
    write(here, "default", "vpc-a")
    for other in (here, of(spot.open(), tmp_path)):
        with other.store().locked("apply"), refusal("STA201"):
            carry(here, there)
    assert there.store().place.read() is None


def test_workspaces_that_the_new_backend_cannot_keep_stop_it_before_anything_is_written(
    spot: Spot, tmp_path: Path
) -> None:
    if spot.has("workspaces"):
        pytest.skip("it keeps them")
    here, there = local(tmp_path / "here"), of(spot.open(), tmp_path)
    write(here, "default", "vpc-a")
    write(here, "blue", "vpc-b")
    with refusal("STA428") as problems:
        carry(here, there)
    assert "blue" in problems[0].detail
    assert there.store("default").place.read() is None
    assert here.list() == ["default", "blue"]


def test_workspaces_that_stay_where_they_are_are_left_alone(tmp_path: Path) -> None:
    here = local(tmp_path)
    blue = write(here, "blue", "vpc-b")
    state = write(here, "default", "vpc-a")
    there = of(LocalBackend(tmp_path, "prod.json", "cl.state.d", 20), tmp_path)
    assert [one.workspace for one in carry(here, there)] == ["default"]
    assert (there.store("default").read(), there.store("blue").read()) == (state, blue)
    assert carry(there, of(LocalBackend(tmp_path, "./prod.json", "cl.state.d/.", 20), tmp_path)) == []


class Ticking:
    """A place whose holder ticks before and after each call that writes."""

    def __init__(self, place: Place, tick: Callable[[], None]) -> None:
        self._place, self._tick = place, tick

    def __getattr__(self, name: str) -> Any:
        return getattr(self._place, name)

    @contextmanager
    def lock(self, *arguments: Any) -> Iterator[Any]:
        with self._place.lock(*arguments) as held:
            for name in ("write", "end_journal", "rewrite"):
                setattr(held, name, self._around(getattr(held, name)))
            yield held

    def _around(self, call: Callable[..., None]) -> Callable[..., None]:
        def around(*arguments: Any, **named: Any) -> None:
            self._tick()
            call(*arguments, **named)
            self._tick()

        return around


class TickingBackend:
    """A backend whose places tick."""

    def __init__(self, backend: Backend, tick: Callable[[], None]) -> None:
        self._backend, self._tick = backend, tick

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def place(self, workspace: str) -> Any:
        return Ticking(self._backend.place(workspace), self._tick)


@dataclass(frozen=True)
class Sides:
    """A directory with a local backend, and another backend; from which to which is migrated."""

    directory: Path
    kind: str
    settings: Settings
    environment: Mapping[str, str] = field(default_factory=dict)
    back: bool = False

    def other(self) -> Backend:
        return open_backend(self.kind, self.settings, self.environment)

    def ends(self) -> tuple[Workspaces, Workspaces]:
        """The old one and the new one, as another process opens them."""
        ends = local(self.directory / "local"), of(self.other(), self.directory)
        return (ends[1], ends[0]) if self.back else ends

    @property
    def is_recorded(self) -> bool:
        return (self.directory / "recorded").exists()

    def carry(self, tick: Callable[[], None] = lambda: None) -> None:
        source, target = (of(TickingBackend(end.backend, tick), self.directory) for end in self.ends())

        def record() -> None:
            tick()
            (self.directory / "recorded").touch()
            tick()

        carry(source, target, record=record)

    def carry_killed(self, point: int) -> None:
        """Be killed when so much is written."""
        self.carry(killing(point))

    def carry_killed_anywhere(self, point: int) -> None:
        """Be killed at this point of work on files."""
        killed_at(point)()
        self.carry()

    def states(self, names: Sequence[str]) -> dict[str, State]:
        """Those of the backend that is recorded."""
        source, target = self.ends()
        return {name: (target if self.is_recorded else source).store(name).read() for name in names}


def killing(point: int) -> Callable[[], None]:
    """What kills this process when it is called for that time, counted from 1."""
    numbers = count(1)

    def tick() -> None:
        if next(numbers) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    return tick


def in_child(work: Callable[[int], None], point: int) -> int:
    """How a process ends that does this. It is no fork of this one: libraries of backends have threads."""
    child = CHILDREN.Process(target=work, args=(point,))
    child.start()
    child.join(PATIENCE)
    assert child.exitcode is not None, "it hangs"
    return child.exitcode


def free(spot: Spot, workspace: str) -> None:
    """Free the lock of a process that was killed, where it is not free at once."""
    if not spot.server.is_free_at_once and spot.open().place(workspace).holder() is not None:
        spot.steal(workspace)


@pytest.mark.parametrize("back", [False, True])
def test_a_migration_that_is_killed_at_any_write_loses_nothing_and_is_run_again(
    spot: Spot, servers: Servers, tmp_path: Path, back: bool
) -> None:
    names = names_of(spot)[:2]
    for point in count(1) if EVERY else count(1 + back, 2):
        there = servers.spot(spot.server.type)
        directory, server = tmp_path / str(point), there.server
        sides = Sides(directory, server.type, there.settings, server.environment, back)
        sides.directory.mkdir()
        states = {name: write(sides.ends()[0], name, "vpc-a", f"vpc-{name}") for name in names}
        ended = in_child(sides.carry_killed, point)
        assert sides.is_recorded or ended
        for name in names:
            free(there, name)
        assert sides.states(names) == states
        if not sides.is_recorded:
            sides.carry()
            assert sides.states(names) == states
        if not ended:
            assert point > 2 * len(names)
            break


def test_a_migration_between_files_that_is_killed_at_any_point_loses_nothing_and_is_run_again(tmp_path: Path) -> None:
    for point in count(1, 1 if EVERY else 6):
        directory = tmp_path / str(point)
        sides = Sides(
            directory, "local", {"path": str(directory / "s.json"), "workspace_dir": str(directory / "states")}
        )
        directory.mkdir()
        states = {name: write(sides.ends()[0], name, "vpc-a", f"vpc-{name}") for name in ("default", "blue")}
        ended = in_child(sides.carry_killed_anywhere, point)
        assert sides.states(list(states)) == states
        if not sides.is_recorded:
            sides.carry()
            assert sides.states(list(states)) == states
        if not ended:
            assert point > 50
            break
