"""The call log: one JSON line for each call that would change the cloud, on disk before the call answers.

A call that takes effect stores its number in the world's log too. So the process that comes after one that was killed
between the two finds that the line is missing, and writes it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from msgspec import Struct

from planner.network.identity import Action, RuleBatch, Target
from providers.mock.calls import API_NAMES
from providers.mock.lock import locked

OK, LOST_REPLY, NOT_DONE = "ok", "lost_reply", "not_done"
_LONGEST_LINE = 4096

LONGEST_WAIT = 10.0
"""Seconds that a call waits for a process with another world that writes to the same call log."""


class NumberedCall(Struct, frozen=True):
    """A call that took effect, and the number that its line in the call log has, or should have."""

    action: Action
    target: Target
    seq: int


class CallLog:
    """Appends to one file, which other processes may append to as well; `seq` counts on through all of them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1
        self._end = -1
        self._seq = 0
        self._second = 0
        self._second_text = ""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes out: the other methods are for then, and for one thread at a time. Raises OSError."""
        with locked(self._path, LONGEST_WAIT) as self._descriptor:
            size = os.fstat(self._descriptor).st_size
            if size != self._end:
                self._catch_up(size)
            yield

    @property
    def next_seq(self) -> int:
        """The number that the next line has."""
        return self._seq + 1

    def write(self, action: Action, target: Target, outcome: str) -> None:
        """Write one call down; `outcome` is `ok`, the error's code, `lost_reply` or `not_done`. Raises OSError."""
        line = self._line(action, target, outcome)
        if os.pwrite(self._descriptor, line, self._end) != len(line):
            raise OSError("the disk is full")
        self._end += len(line)
        self._seq += 1

    def complete(self, call: NumberedCall) -> None:
        """Write down a call that took effect, unless it is there. Its time is that of now. Raises OSError.

        A log that ends long before the call was created since, and is left alone.
        """
        if call.seq <= self.next_seq and not self._holds(call):
            self.write(call.action, call.target, OK)

    def _holds(self, call: NumberedCall) -> bool:
        """Whether there is a line of this call. Another world's call may have its number: then it has a later one."""
        of_call = (API_NAMES[call.action], call.target.instance_id, call.target.vpc_id, *_of_rules(call.target))
        length = min(self._end, (self.next_seq - call.seq) * _LONGEST_LINE)
        for line in reversed(os.pread(self._descriptor, length, self._end - length).splitlines()):
            entry = _entry(line)
            if entry.get("seq", call.seq) < call.seq:
                return False
            keys = ("action", "instance_id", "vpc_id", "security_group_id", "rules")
            of_line = tuple([entry.get(key) for key in keys])
            if of_line == of_call and entry.get("outcome") in (OK, LOST_REPLY):
                return True
        return False

    def _line(self, action: Action, target: Target, outcome: str) -> bytes:
        # Put together by hand: encoding a dictionary would take longer than writing the line.
        call = f'"action": "{API_NAMES[action]}", "instance_id": {_text(target.instance_id)}'
        group_id, rules = _of_rules(target)
        about_rules = f'"security_group_id": {_text(group_id)}, "rules": {rules}, ' if group_id else ""
        return (
            f'{{"seq": {self.next_seq}, "time": "{self._now()}", {call}, "vpc_id": {_text(target.vpc_id)}, '
            f'{about_rules}"outcome": {_text(outcome)}}}\n'
        ).encode()

    def _now(self) -> str:
        """This moment, RFC 3339, UTC. The text of a second is made once."""
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second, self._second_text = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._second_text}.{int((now - second) * 1000):03d}Z"

    def _catch_up(self, size: int) -> None:
        """Read the last number in the log, and drop a last line whose writer was killed."""
        tail = os.pread(self._descriptor, _LONGEST_LINE, max(0, size - _LONGEST_LINE))
        whole = tail[: tail.rfind(b"\n") + 1]
        self._end = size - len(tail) + len(whole)
        os.ftruncate(self._descriptor, self._end)
        self._seq = _last_seq(whole)


def _of_rules(target: Target) -> tuple[str | None, int | None]:
    """Of a call about security rules, their group and how many they are."""
    return (target.security_group_id, len(target.calls)) if isinstance(target, RuleBatch) else (None, None)


def _text(found: str | None) -> str:
    """As JSON has it."""
    return "null" if found is None else encode_basestring(found)


def _last_seq(lines: bytes) -> int:
    return next((entry["seq"] for line in reversed(lines.splitlines()) if (entry := _entry(line))), 0)


def _entry(line: bytes) -> dict[str, Any]:
    """What a line says; nothing where another program wrote it."""
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) and isinstance(entry.get("seq"), int) else {}
