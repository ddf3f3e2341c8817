"""`cl` in a child process that ends, as by SIGKILL, at a chosen point.

A child is a fork of this process, in which the parser and the planner are loaded already, so that one costs no more
than its work. A point is the moment before or after a write, fsync, rename, truncation or removal of a file, or a call
to the cloud: those of the planner and those of the simulated cloud alike. What it says is none: how often it says that
it waits depends on the machine.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from planner.cli.main import main
from planner.documents.plan_loading import load_plan
from providers.alicloud.provider import AlicloudProvider
from providers.mock.provider import MockProvider
from support.mixed_estate import (
    ENABLED_AFTER,
    LINKS_AFTER,
    ROUTES_AFTER,
    UNMANAGED,
    identities_after,
    write_configuration,
    write_estate,
)
from support.stores import FileStore

CALLS = ("write", "pwrite", "fsync", "replace", "rename", "link", "unlink", "ftruncate")
APPLY = ("apply", "--auto-approve", "--parallelism=4")
SAID = "said.txt"

Prepare = Callable[[], object]


@dataclass(frozen=True)
class Desk:
    """A project directory: a configuration, a simulated cloud, a state; and `cl` to be run there."""

    directory: Path

    def prepare(self) -> None:
        """Let all be as before the apply that will be killed, and this process ready to be forked."""
        write_estate(self.directory)
        assert self.cl(*APPLY) == 0, self.said
        (self.directory / "calls.jsonl").unlink()
        write_configuration(self.directory)
        self.cl_here("plan", "--out", "plan.json")

    def cl_here(self, *arguments: str) -> None:
        """Run `cl` in this process, so that what it loads is there for all that are forked from it."""
        with (
            contextlib.chdir(self.directory),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            contextlib.suppress(SystemExit),
        ):
            main(arguments)

    def copy(self, directory: Path) -> Desk:
        return Desk(shutil.copytree(self.directory, directory))

    @property
    def planned(self) -> list[tuple[str, str, str]]:
        """The calls that the plan of the change has."""
        document = load_plan((self.directory / "plan.json").read_text(), "plan.json")
        names = {"enable_classic_link": "EnableVpcClassicLink", "disable_classic_link": "DisableVpcClassicLink"}
        names |= {"attach": "AttachClassicLinkVpc", "detach": "DetachClassicLinkVpc"}
        names |= {"add_guest_route": "AddGuestRoute", "remove_guest_route": "RemoveGuestRoute"}
        return [
            (names[step["action"]], step.get("instance_id") or "", step.get("vpc_id") or "")
            for step in document["steps"]
        ]

    def faults(self, *faults: dict[str, Any]) -> None:
        """Let the next calls fail to order; none lets all be well again."""
        (self.directory / "faults.json").write_text(json.dumps(faults))
        write_configuration(self.directory, settings='faults = "faults.json"' if faults else "")

    def cl(self, *arguments: str, first: Prepare = lambda: None) -> int:
        """Run `cl`, with `first` in its process before; its exit code, or minus the signal that ended it."""
        return wait_for(self.start(*arguments, first=first))

    def start(self, *arguments: str, first: Prepare = lambda: None) -> int:
        """Start `cl`; the id of its process."""
        child = os.fork()
        if child == 0:
            self._be_cl(arguments, first)
        return child

    def _be_cl(self, arguments: Sequence[str], first: Prepare) -> None:
        code = 70
        try:
            os.chdir(self.directory)
            for name in [name for name in os.environ if name.startswith("CL_")]:
                del os.environ[name]
            with (self.directory / SAID).open("w") as said:
                sys.stdout = sys.stderr = said
                first()
                main(arguments)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 71
        except BaseException:  # noqa: BLE001 - a child must not go on as its parent
            traceback.print_exc(file=sys.__stderr__)
        finally:
            os._exit(code)

    @property
    def said(self) -> str:
        return (self.directory / SAID).read_text()

    @property
    def store(self) -> FileStore:
        return FileStore(self.directory / "cl.state.json")

    def assert_all_is_as_declared(self) -> None:
        """World, state and call log agree, each call was done once, and there is nothing left to do."""
        world = json.loads((self.directory / "world.json").read_text())
        assert {link["instance_id"]: link["vpc_id"] for link in world["links"]} == {**LINKS_AFTER, **UNMANAGED}
        assert {vpc["vpc_id"] for vpc in world["vpcs"] if vpc["classic_link_enabled"]} == ENABLED_AFTER
        assert {one["instance_id"] for one in world["instances"] if one["guest_routes"]} == ROUTES_AFTER
        state = self.store.read()
        assert {str(found.address): found.identity.id for found in state.objects.values()} == identities_after()
        assert state.outputs["linked"].value == len(LINKS_AFTER) - 1
        assert sorted(self.done_calls()) == sorted(self.planned), "a step was done twice, or is missing"
        assert self.cl("plan", "--detailed-exitcode") == 0, self.said
        left = sorted(path.name for path in self.directory.glob("*cl.state.json*"))
        assert left == ["cl.state.json", "cl.state.json.backup", "cl.state.json.history"]
        assert not (self.directory / "world.json.log").exists()

    def done_calls(self) -> list[tuple[str, str, str]]:
        log = self.directory / "calls.jsonl"
        calls = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [
            (call["action"], call["instance_id"] or "", call["vpc_id"] or "")
            for call in calls
            if call["outcome"] in ("ok", "lost_reply")
        ]


def wait_for(child: int) -> int:
    """How that child process ends."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def killed_at(point: int) -> Prepare:
    """Let a process end at that point, counted from 1."""
    numbers = count(1)

    def tick() -> None:
        if next(numbers) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    return lambda: _at_each_point(tick)


def _at_each_point(tick: Callable[[], object]) -> None:
    def around(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            tick()
            try:
                return real(*arguments, **named)
            finally:
                tick()

        return call

    write = os.write
    for name in CALLS:
        setattr(os, name, around(getattr(os, name)))
    counted = os.write

    def write_unless_it_is_said(fd: int, data: Any) -> int:
        return (write if fd in (sys.stdout.fileno(), sys.stderr.fileno()) else counted)(fd, data)

    os.write = write_unless_it_is_said
    MockProvider.perform = around(MockProvider.perform)  # type: ignore[method-assign]
    AlicloudProvider.perform = around(AlicloudProvider.perform)  # type: ignore[method-assign]


def full_after(room: int) -> Prepare:
    """Let the disk of a process be full when it has written `room` more bytes. What it says is on no disk."""
    left = [room]

    def limited(real: Callable[..., int]) -> Callable[..., int]:
        def write(fd: int, data: Any, *offset: int) -> int:
            if fd == sys.stderr.fileno():
                return real(fd, data, *offset)
            if left[0] <= 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            data = memoryview(data)[: left[0]]
            left[0] -= len(data)
            return real(fd, data, *offset)

        return write

    def fill() -> None:
        os.write, os.pwrite = limited(os.write), limited(os.pwrite)

    return fill


def count_points(desk: Desk, command: Sequence[str] = APPLY) -> int:
    """How many points a command has that is left alone."""
    reading, writing = os.pipe()
    write = os.write
    assert desk.cl(*command, first=lambda: _at_each_point(lambda: write(writing, b"."))) == 0, desk.said
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        return len(pipe.read())
