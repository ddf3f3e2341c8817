"""What calls did since the world file was last written: one checksummed JSON line each, in order.

A line is written in one go and not forced to the disk: it outlives the process, however that ends, which is what a
simulated cloud has to outlive. A power cut may cost the last lines; the world file itself is forced to the disk.
"""

from __future__ import annotations

import json
import os
import secrets
import zlib
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import Any

from planner.diagnostics import Diagnostic, ProviderError
from planner.network.identity import (
    RULE_ACTIONS,
    SECURITY_RULE,
    Action,
    Authorization,
    Enablement,
    GuestRoute,
    Link,
    RuleBatch,
    RuleCall,
    RuleSettings,
    Target,
    identity_from,
)
from planner.reading import check_size, open_regular
from planner.remedy import Remedy
from providers.mock.call_log import NumberedCall
from providers.mock.stamp import Stamp, stamp

Act = tuple[Action, Target]

_compact = json.JSONEncoder(separators=(",", ":")).encode


def encode(action: Action, target: Target, seq: int | None = None) -> bytes:
    """The line for one act, with the number of its line in the call log, where there is one."""
    number = "" if seq is None else f',"seq":{seq}'
    if isinstance(target, RuleBatch):
        rules = [[call.rule.id, call.settings.priority, call.settings.description] for call in target.calls]
        return _line(f'{{"action":"{action.value}","rules":{_compact(rules)}{number}}}')
    return _line(f'{{"action":"{action.value}","id":{encode_basestring_ascii(target.id)}{number}}}')


def header() -> bytes:
    """The first line of a new log. Its id shows a reader that the log it knew is gone and this is another one."""
    return _line(_compact({"world_log": secrets.token_hex(8)}))


def _line(body: str) -> bytes:
    return f'{{"crc32":"{zlib.crc32(body.encode()):08x}","entry":{body}}}\n'.encode()


def _entry(line: bytes) -> dict[str, Any] | None:
    """What a line says, or None where it is damaged."""
    try:
        outer: dict[str, Any] = json.loads(line)
        entry: dict[str, Any] = outer["entry"]
        return entry if outer["crc32"] == f"{zlib.crc32(_compact(entry).encode()):08x}" else None
    except (ValueError, KeyError, TypeError):
        return None


def _act(entry: dict[str, Any]) -> Act:
    action = Action(entry["action"])
    if action in RULE_ACTIONS:
        return action, RuleBatch(tuple([_rule(*rule) for rule in entry["rules"]]))
    first, _, rest = entry["id"].partition("/")
    if action in (Action.ENABLE, Action.DISABLE):
        return action, Enablement(entry["id"])
    return action, Link(first, rest) if action in (Action.ATTACH, Action.DETACH) else GuestRoute(first, rest)


def _rule(rule_id: str, priority: int, description: str) -> RuleCall:
    rule = identity_from(SECURITY_RULE, rule_id)
    assert isinstance(rule, Authorization)  # noqa: S101 - its line has its checksum
    return RuleCall(rule, RuleSettings(priority, description))


class WorldLog:
    """The log beside a world file, and how far this process has read it.

    `offset` is where the lines that this process knows end. `unlogged` is the last act, as long as its line is not
    known to be in the call log: its process may have been killed before it wrote that line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        self.unlogged: NumberedCall | None = None
        self._descriptor = -1
        self._header = b""
        self._left: Stamp | None = None
        self._is_stamped = True

    def forget(self) -> None:
        self.offset, self._header, self.unlogged = 0, b"", None

    def leave(self) -> None:
        """Close the file and note how it is left. Call this before the world's lock is released."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            try:
                self._left, self._is_stamped = stamp(descriptor), True
            finally:
                os.close(descriptor)

    def is_as_left(self) -> bool:
        """Whether the file is as this process last read or left it."""
        try:
            return self._is_stamped and stamp(self.path) == self._left
        except FileNotFoundError:
            return self._left is None

    def replaced(self) -> bool:
        """Whether what was read so far has been folded into the world file, or deleted, by another process."""
        if not self.offset:
            return False
        try:
            with open(self.path, "rb", opener=open_regular) as file:
                return file.read(len(self._header)) != self._header or file.seek(0, os.SEEK_END) < self.offset
        except OSError:  # gone, or no log any more: the next reading says which
            return True

    def read_new(self) -> list[Act]:
        """The acts since the last call. A last line that is half there is left for later.

        Raises ProviderError where a line before the last is damaged, or nothing can be read.
        """
        self._is_stamped = True
        try:
            with open(self.path, "rb", opener=open_regular) as file:
                self._left = stamp(file.fileno())
                check_size(self._left[-1] - self.offset)
                file.seek(self.offset)
                data = file.read()
        except FileNotFoundError:
            self._left = None
            return []
        except OSError as problem:
            raise ProviderError(self._unreadable(problem)) from None
        acts: list[Act] = []
        lines = data.split(b"\n")
        for number, line in enumerate(lines[:-1]):
            entry = _entry(line)
            if entry is None:
                if number == len(lines) - 2 and not lines[-1]:
                    break
                raise ProviderError(self._damaged())
            if "world_log" in entry:
                self._header = line + b"\n"
            else:
                acts.append(_act(entry))
                self.unlogged = NumberedCall(*acts[-1], entry["seq"]) if "seq" in entry else None
            self.offset += len(line) + 1
        return acts

    def append(self, action: Action, target: Target, seq: int | None = None) -> None:
        """Write one act down. Only for who holds the world's lock and has read all that is new, and who will `leave`.

        Raises OSError.
        """
        line = encode(action, target, seq)
        if not self.offset:
            self._header = header()
            line = self._header + line
        if self._descriptor < 0:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if self._is_stamped and self._left and self._left[-1] > self.offset:
            os.ftruncate(self._descriptor, self.offset)  # drops a last line whose writer was killed
        if os.pwrite(self._descriptor, line, self.offset) != len(line):
            os.ftruncate(self._descriptor, self.offset)
            raise OSError("the disk is full")
        self._is_stamped = False
        self.offset += len(line)
        self.unlogged = None if seq is None else NumberedCall(action, target, seq)

    def _unreadable(self, problem: OSError) -> Diagnostic:
        return Diagnostic(
            "PRV211",
            "World log is damaged",
            f"{self.path} cannot be read: {problem.strerror or problem}.",
            Remedy.of(f"Keep a copy of {self.path} and remove it: the world is then what {self.path.stem} says."),
        )

    def _damaged(self) -> Diagnostic:
        return Diagnostic(
            "PRV211",
            "World log is damaged",
            f"{self.path}: the line that begins at byte {self.offset:,} does not match its checksum, and it is not the "
            "last one, so what the simulated cloud did is unknown.",
            Remedy.of(f"Keep a copy of {self.path} and remove it: the world is then what {self.path.stem} says."),
        )
