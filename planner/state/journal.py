"""The journal: what an apply is about to do and what it did, on disk before the state says so.

A file of lines, each a checksum, a space and a JSON record. The first holds the plan, so that whoever finds the
journal after a crash can fold it into the state; then, for each step, an intent before its call and a fact after it::

    5f3a90c1 {"record":"begin","version":1,"plan":"…"}
    0b7c1e22 {"record":"intent","step":1}
    91aa03d4 {"record":"fact","step":1,"outcome":"done"}

`append` gathers records and `commit` makes all of them durable at once. A call may start when its intent is committed;
a fact needs no commit of its own, because the cloud can be asked about an intent that has none.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeGuard

from planner.diagnostics import Diagnostic, StateError
from planner.reading import read_regular, what_to_do
from planner.remedy import Remedy, cl, shell
from planner.state.backends.refusals import journal_in_the_way
from planner.state.encryption import Cipher
from planner.state.format import parse_json
from planner.writing import close_quietly, keep_private, open_temporary, sync_directory, write_all

if TYPE_CHECKING:  # a type alone: commands that only read the state start without it
    from planner.documents.plan import FoldedPlan

JOURNAL_VERSION = 1
DONE = "done"
NOT_DONE = "not_done"


class Journal:
    """The journal of an apply under way. For one thread."""

    def __init__(self, path: Path, plan: str, check_lock: Callable[[], None] = lambda: None) -> None:
        """Begin a journal with the text of a plan, sealed where it shall be; it is there with the plan or not at all.

        `check_lock` raises StateError once the lock is lost. Raises StateError where one is there already, or it
        cannot be written. `lack` is what the file system does not do of what was asked of it.
        """
        self._path = path
        self._check_lock = check_lock
        self._pending: list[bytes] = []
        self._is_broken = False
        if os.path.lexists(path):
            raise StateError(journal_in_the_way(str(path)))
        try:
            self._fd, begun = open_temporary(path, flags=os.O_APPEND)
        except OSError as problem:
            raise StateError(_not_written(path, problem)) from None
        try:
            self.lack = keep_private(self._fd)
            write_all(self._fd, encode({"record": "begin", "version": JOURNAL_VERSION, "plan": plan}))
            os.fsync(self._fd)
            os.replace(begun, path)  # noqa: PTH105 - the name that a test can hold on to
            self.lack |= sync_directory(path.parent)
        except OSError as problem:
            self.close()
            with contextlib.suppress(OSError):
                begun.unlink()
            raise StateError(_not_written(path, problem)) from None

    def intent(self, step: int) -> None:
        """This step's call is about to be made."""
        self._pending.append(_line(b'{"record":"intent","step":%d}' % step))

    def fact(self, step: int, outcome: str) -> None:
        """How this step's call ended: `done` or `not_done`."""
        self._pending.append(_line(b'{"record":"fact","step":%d,"outcome":"%b"}' % (step, outcome.encode())))

    def commit(self) -> None:
        """Make everything appended so far durable. Raises StateError if the lock is lost or the disk refuses it."""
        self._check_lock()
        self.flush()
        try:
            os.fsync(self._fd)
        except OSError as problem:
            self._is_broken = True
            raise StateError(_not_written(self._path, problem)) from None

    def check(self) -> None:
        """Raises StateError if the lock is lost, or another command removed the file: no step may begin any more."""
        self._check_lock()
        if not os.fstat(self._fd).st_nlink:
            raise StateError(_taken_away(self._path))

    def flush(self) -> None:
        """Hand everything appended so far to the system: it survives the process, though not the machine.

        A record cut short by a full disk is the last one: nothing is written after it. Raises StateError.
        """
        data, self._pending = b"".join(self._pending), []
        if self._is_broken or not data:
            return
        try:
            write_all(self._fd, data)
        except OSError as problem:
            self._is_broken = True
            raise StateError(_not_written(self._path, problem)) from None

    def close(self) -> None:
        """Stop writing. The file stays until its content is in the state."""
        if self._fd >= 0:
            close_quietly(self._fd)  # intents are on disk by now, and the cloud can be asked about lost facts
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


@dataclass
class JournalRecord:
    """What a journal says: the plan, the steps that were about to be taken, and how they ended.

    Whoever folds the plan checks it.
    `damaged` counts records that could not be read although later ones could: any step may have been taken then.
    `changed_at` is when it was last written, in seconds since the epoch.
    """

    plan: FoldedPlan
    changed_at: float
    intents: set[int] = field(default_factory=set)
    facts: dict[int, str] = field(default_factory=dict)
    damaged: int = 0

    @property
    def unsure(self) -> list[int]:
        """The steps that nobody knows the end of, in order."""
        asked = {int(step["id"]) for step in self.plan["steps"]} if self.damaged else self.intents
        return sorted(asked - self.facts.keys())


def read_journal(path: Path, cipher: Cipher) -> JournalRecord | None:
    """What the journal at `path` says, or None where there is none.

    A last record that was cut short is dropped: what it stood for had not started. Raises StateError where the plan
    in it cannot be read.
    """
    try:
        data, changed_at = read_regular(path), path.stat().st_mtime
    except FileNotFoundError:
        return None
    except OSError as problem:
        detail = f"{path}: {problem.strerror}."
        raise StateError(Diagnostic("STA301", "Journal cannot be read", detail, what_to_do(path, problem))) from None
    lines = data.split(b"\n")
    records = [decode(line) for line in lines if line]
    while records and records[-1] is None:
        records.pop()
    match records[0] if records else None:
        case {"record": "begin", "version": int(version)} if version > JOURNAL_VERSION:
            raise StateError(_newer(path, version))
        case {"record": "begin", "version": int(), "plan": str(text)}:
            plan = parse_json(cipher.open(text, str(path))[0], str(path))
        case _:
            plan = None
    if not _is_plan(plan):
        raise StateError(no_beginning(path))
    found = JournalRecord(plan, changed_at)
    for record in records[1:]:
        match record:
            case {"record": "intent", "step": int(step)}:
                found.intents.add(step)
            case {"record": "fact", "step": int(step), "outcome": str(outcome)}:
                found.facts[step] = outcome
            case _:
                found.damaged += 1
    return found


def _is_plan(plan: object) -> TypeGuard[FoldedPlan]:
    """Whether it says which plan it is, of which state, and with which steps; what they are, those ask who fold it."""
    match plan:
        case {"plan_id": str(), "lineage": str(), "steps": list(steps)}:
            return all(isinstance(step, dict) and isinstance(step.get("id"), int) for step in steps)
    return False


def encode(record: Mapping[str, object]) -> bytes:
    """The line of one record."""
    return _line(json.dumps(record, separators=(",", ":")).encode())


def _line(payload: bytes) -> bytes:
    return b"%08x %b\n" % (zlib.crc32(payload), payload)


def decode(line: bytes) -> dict[str, object] | None:
    """The record of a line, or None where it is not whole."""
    checksum, _, payload = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(payload):
        return None
    try:
        record = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _not_written(path: Path, problem: OSError) -> Diagnostic:
    return Diagnostic(
        "STA302",
        "Journal cannot be written",
        f"{path}: {problem.strerror or problem}. No call is made that is not in the journal first.",
        Remedy.of("Make room or give permission, then run the command again."),
    )


def _taken_away(path: Path) -> Diagnostic:
    detail = f"{path} is not there any more: somebody took the lock of this apply away, and completed what it had done."
    remedy = Remedy.of("See that no second apply runs, then go on: ", cl("apply"))
    return Diagnostic("STA314", "Journal was taken away", detail, remedy)


def no_beginning(path: Path) -> Diagnostic:
    """Told of a journal whose first record is not what it must be."""
    return Diagnostic(
        "STA303",
        "Journal is damaged",
        f"{path} does not begin with a plan that can be read, so nobody can say from it what was done.",
        Remedy.of(
            "Move it away, then plan: what the cloud has is adopted.\n  ",
            shell("mv", path, Path(f"{path}.damaged")),
            "\n  ",
            cl("plan"),
        ),
    )


def _newer(path: Path, version: int) -> Diagnostic:
    return Diagnostic(
        "STA304",
        "Journal is of a newer format",
        f"{path} has format version {version}; this cl knows up to {JOURNAL_VERSION}.",
        Remedy.of("Finish with the release of cl that began the apply."),
    )
