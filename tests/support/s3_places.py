"""Places of the s3 backend on one server, for its own tests."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from planner.state.backends.bucket.backend import BucketBackend, BucketPlace
from planner.state.backends.declared import BackendBlock
from planner.state.backends.resolve import resolve
from planner.state.backends.s3.opening import open_s3
from support.seaweed import BUCKET, KEYS, Bucket

_numbers = itertools.count(1)


@dataclass(frozen=True)
class S3:
    """A state's key on a server that no other test uses."""

    server: Bucket
    key: str = field(default_factory=lambda: f"s3-{next(_numbers)}/cl.state.json")

    def settings(self, port: int | None = None, **more: object) -> Mapping[str, object]:
        """The settings; `port` is that of a proxy."""
        return {
            "bucket": BUCKET,
            "key": self.key,
            "region": "us-east-1",
            "endpoints": {"s3": f"http://127.0.0.1:{port or self.server.port}"},
            "use_path_style": True,
            "max_retries": 0,
            "lease": "600s",
            **more,
        }

    def open(self, port: int | None = None, keys: Mapping[str, str] = KEYS, **more: object) -> BucketBackend:
        """The backend as another process would open it."""
        return opened(self.settings(port, **more), keys)

    def place(self, port: int | None = None, keys: Mapping[str, str] = KEYS, **more: object) -> BucketPlace:
        return self.open(port, keys, **more).place("default")

    def objects(self) -> Mapping[str, bytes]:
        """All objects of this key, by the rest of their names."""
        import obstore

        store = self.server.store()
        directory = self.key.rpartition("/")[0]
        keys = [entry["path"] for entry in obstore.list(store, directory).collect()]
        return {key.removeprefix(self.key): obstore.get(store, key).bytes().to_bytes() for key in keys}


def opened(settings: Mapping[str, object], environment: Mapping[str, str] = KEYS) -> BucketBackend:
    """The backend with these settings."""
    return open_s3(resolve(BackendBlock("s3", settings), environment), Path("/"), environment)
