"""Every backend on a real server, for the tests that hold for all of them.

`KINDS` has an entry for each: what is missing on this machine, if anything, and how its server is run.
"""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from planner.diagnostics import Diagnostic, StateError
from planner.state.backends.declared import BackendBlock
from planner.state.backends.protocol import Backend, Version
from planner.state.backends.resolve import resolve
from planner.state.opening import OPENERS
from planner.waits import unwatched
from support import gitlab_state, oss_server, postgres, seaweed

Settings = Mapping[str, str | int | bool | Mapping[str, str]]


@dataclass(frozen=True)
class Server:
    """A server that runs; for `local`, a directory.

    `settings` are those of a backend that keeps its states in a place of this name. `steal` takes the lock of a
    workspace away behind the holder's back, with these settings. `is_free_at_once`: the lock of a process that was
    killed is free without a wait. `stop` and `start` are of the server. `lacks` is what its kind does not do, and other
    kinds do: `history`, `workspaces`, `holder` (who holds a lock is known whole), `records` (those of a journal are
    there at once) or `lease` (a lock without a sign of life is taken over).
    """

    type: str
    settings: Callable[[str], Settings]
    steal: Callable[[Settings, str], object]
    is_free_at_once: bool
    stop: Callable[[], object] | None = None
    start: Callable[[], object] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    lacks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Kind:
    """`missing` says why there can be no server here; it is empty where there can."""

    missing: Callable[[], str]
    serve: Callable[[], AbstractContextManager[Server]]


@dataclass(frozen=True)
class Spot:
    """Settings of a backend that no other test uses."""

    server: Server
    settings: Settings

    def open(self) -> Backend:
        """The backend as another process would open it."""
        return open_backend(self.server.type, self.settings, self.server.environment)

    def steal(self, workspace: str) -> None:
        """Take the lock of a workspace away behind its holder's back."""
        self.server.steal(self.settings, workspace)

    def has(self, *abilities: str) -> bool:
        """Whether its kind does all of this."""
        return not self.server.lacks.intersection(abilities)

    def needs(self, *abilities: str) -> None:
        """Skip the test where its kind does not do all of this."""
        if not self.has(*abilities):
            pytest.skip(f"{self.server.type} has no {' and '.join(sorted(self.server.lacks.intersection(abilities)))}")

    def but(self, **settings: str | int | bool) -> Spot:
        """The same place with other settings."""
        return Spot(self.server, {**self.settings, **settings})

    @property
    def block(self) -> str:
        """The block of the configuration."""
        return backend_block(self.server.type, self.settings)


def open_backend(kind: str, settings: Settings, environment: Mapping[str, str]) -> Backend:
    found = resolve(BackendBlock(kind, settings), environment)
    return OPENERS[kind](found, Path("/"), environment, ignore, unwatched)


def backend_block(kind: str, settings: Settings) -> str:
    """The backend as a configuration says it."""
    lines = "".join(f"    {name} = {_literal(value)}\n" for name, value in settings.items())
    return f'cl {{\n  backend "{kind}" {{\n{lines}  }}\n}}\n'


def _literal(value: str | int | bool | Mapping[str, str]) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{name} = {_literal(one)}' for name, one in value.items())} }}"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"' if isinstance(value, str) else text


@contextlib.contextmanager
def _pg() -> Iterator[Server]:
    with postgres.postgres() as server:

        def settings(name: str) -> Settings:
            return {"conn_str": server.conninfo(), "schema_name": f'{name} "x"'}

        def steal(of: Settings, workspace: str) -> None:
            schema = str(of["schema_name"]).replace('"', '""')
            server.admin(f"DELETE FROM \"{schema}\".locks WHERE workspace = '{workspace}'")  # noqa: S608

        yield Server("pg", settings, steal, is_free_at_once=True, stop=server.stop, start=server.start)


@contextlib.contextmanager
def _s3() -> Iterator[Server]:
    with seaweed.seaweed() as server:

        def settings(name: str) -> Settings:
            return {
                "bucket": seaweed.BUCKET,
                "key": f"{name}/cl.state.json",
                "region": "us-east-1",
                "endpoints": {"s3": server.endpoint},
                "use_path_style": True,
                "lease": "60s",
            }

        def steal(of: Settings, workspace: str) -> None:
            key = str(of["key"])
            server.bucket.steal(key if workspace == "default" else f"env:/{workspace}/{key}")

        yield Server(
            "s3",
            settings,
            steal,
            is_free_at_once=False,
            stop=server.stop,
            start=server.start,
            environment=seaweed.KEYS,
        )


@contextlib.contextmanager
def _local() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="cl-local-") as directory:

        def settings(name: str) -> Settings:
            place = Path(directory, name)
            return {"path": str(place / "cl.state.json"), "workspace_dir": str(place / "cl.state.d")}

        def steal(of: Settings, workspace: str) -> None:
            state = Path(str(of["path"]))
            if workspace != "default":
                state = Path(str(of["workspace_dir"]), workspace, state.name)
            state.with_name(f"{state.name}.lock").unlink()

        yield Server("local", settings, steal, is_free_at_once=True, lacks=frozenset({"lease"}))


@contextlib.contextmanager
def _http() -> Iterator[Server]:
    running = gitlab_state.Running(gitlab_state.GitLab())
    gitlab = running.gitlab

    def steal(of: Settings, _workspace: str) -> None:
        gitlab.state(str(of["address"]).rpartition("/")[2]).lock = None

    lacks = frozenset({"history", "workspaces", "holder", "records", "lease"})
    try:
        yield Server("http", gitlab.settings, steal, False, running.stop, running.start, lacks=lacks)
    finally:
        running.stop()


@contextlib.contextmanager
def _oss(versioning: str) -> Iterator[Server]:
    running = oss_server.Running(oss_server.Oss(versioning))

    def settings(name: str) -> Settings:
        return {
            "bucket": oss_server.BUCKET,
            "key": f"{name}/cl.state.json",
            "region": oss_server.REGION,
            "endpoint": f"http://127.0.0.1:{running.port}",
            "lease": "60s",
        }

    def steal(of: Settings, workspace: str) -> None:
        key = str(of["key"])
        running.oss.steal(key if workspace == "default" else f"env:/{workspace}/{key}")

    try:
        yield Server("oss", settings, steal, False, running.stop, running.start, oss_server.KEYS)
    finally:
        running.stop()


KINDS: Mapping[str, Kind] = {
    "local": Kind(lambda: "", _local),
    "http": Kind(lambda: "", _http),
    "pg": Kind(postgres.missing, _pg),
    "s3": Kind(seaweed.missing, _s3),
    "oss": Kind(lambda: "", lambda: _oss("")),
    "oss with versions": Kind(lambda: "", lambda: _oss("Enabled")),
}


class Servers:
    """The servers of one session of tests: each is started once, when it is first asked for."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._running: dict[str, Server] = {}
        self._numbers = itertools.count(1)

    def spot(self, kind: str) -> Spot:
        """A new place on the server of this kind. Skips the test where there can be none."""
        if reason := KINDS[kind].missing():
            pytest.skip(reason)
        if kind not in self._running:
            self._running[kind] = self._stack.enter_context(KINDS[kind].serve())
        server = self._running[kind]
        return Spot(server, server.settings(f"place-{next(self._numbers)}"))

    def close(self) -> None:
        self._stack.close()


def version(serial: int, operation: str = "apply", plan_id: str = "p-1", steps: int = 3) -> Version:
    """What the history is to say of a state."""
    return Version(serial, "a-lineage", "2026-01-02T03:04:05Z", "me@here", operation, plan_id, steps)


def ignore(_problem: Diagnostic) -> None:
    """Drop the report."""


@contextlib.contextmanager
def refusal(*codes: str) -> Iterator[list[Diagnostic]]:
    """A StateError with just these codes; its diagnostics are in the list afterwards."""
    found: list[Diagnostic] = []
    with pytest.raises(StateError) as caught:
        yield found
    found += caught.value.diagnostics
    assert [problem.code for problem in found] == list(codes), found
