"""Places of the oss backend on one server, for its own tests."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from planner.state.backends.bucket.backend import BucketBackend
from planner.state.backends.declared import BackendBlock
from planner.state.backends.oss.opening import open_oss
from planner.state.backends.oss.place import OssPlace
from planner.state.backends.resolve import resolve
from support.oss_server import BUCKET, KEYS, REGION, Oss, Running

_numbers = itertools.count(1)


@dataclass(frozen=True)
class OssSpot:
    """A state's key on a server that no other test uses."""

    running: Running
    key: str = field(default_factory=lambda: f"oss-{next(_numbers)}/cl.state.json")

    @property
    def oss(self) -> Oss:
        return self.running.oss

    def settings(self, port: int | None = None, **more: object) -> Mapping[str, object]:
        """The settings; `port` is that of a proxy."""
        return {
            "bucket": BUCKET,
            "key": self.key,
            "region": REGION,
            "endpoint": f"http://127.0.0.1:{port or self.running.port}",
            "lease": "600s",
            **more,
        }

    def open(self, port: int | None = None, keys: Mapping[str, str] = KEYS, **more: object) -> BucketBackend:
        """The backend as another process would open it."""
        return opened(self.settings(port, **more), keys)

    def place(self, port: int | None = None, keys: Mapping[str, str] = KEYS, **more: object) -> OssPlace:
        found = self.open(port, keys, **more).place("default")
        assert isinstance(found, OssPlace)
        return found

    def objects(self) -> Mapping[str, bytes]:
        """All objects of this key, by the rest of their names."""
        keys = self.oss.keys(self.key.rpartition("/")[0] + "/")
        return {key.removeprefix(self.key): self.oss.data(key) for key in keys}


def opened(
    settings: Mapping[str, object], environment: Mapping[str, str] = KEYS, directory: Path = Path("/")
) -> BucketBackend:
    """The backend with these settings."""
    return open_oss(resolve(BackendBlock("oss", settings), environment), directory, environment)
