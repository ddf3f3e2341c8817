"""The call log: one JSON line for each call that would change the cloud, on disk before the call answers."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

from planner.network.identity import Action, Identity
from providers.mock.calls import API_NAMES

_TAIL = 4096


class CallLog:
    """Appends to one file, which other processes may append to as well; `seq` counts on through all of them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._end = -1
        self._seq = 0

    def write(self, action: Action, target: Identity, outcome: str) -> None:
        """Write one call down; `outcome` is `ok`, the error's code, `lost_reply` or `not_done`. Raises OSError."""
        with self._lock:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                self._catch_up(descriptor)
                line = self._line(action, target, outcome)
                os.pwrite(descriptor, line, self._end)
                self._end += len(line)
                self._seq += 1
            finally:
                os.close(descriptor)

    def _line(self, action: Action, target: Identity, outcome: str) -> bytes:
        entry = {
            "seq": self._seq + 1,
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "action": API_NAMES[action],
            "instance_id": target.instance_id,
            "vpc_id": target.vpc_id,
            "outcome": outcome,
        }
        return json.dumps(entry, ensure_ascii=False).encode() + b"\n"

    def _catch_up(self, descriptor: int) -> None:
        """Learn the last number that was given, and drop a last line that somebody was killed in."""
        size = os.fstat(descriptor).st_size
        if size == self._end:
            return
        tail = os.pread(descriptor, _TAIL, max(0, size - _TAIL))
        whole = tail[: tail.rfind(b"\n") + 1]
        self._end = size - len(tail) + len(whole)
        os.ftruncate(descriptor, self._end)
        self._seq = _last_seq(whole)


def _last_seq(lines: bytes) -> int:
    for line in reversed(lines.splitlines()):
        try:
            return int(json.loads(line)["seq"])
        except (ValueError, KeyError, TypeError):
            continue
    return 0
