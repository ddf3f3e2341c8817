"""The journal: what an apply is about to do and what it did, durable before the state says so.

Lines, each a checksum, a space and a JSON record. The first holds the plan, so that a process that finds the
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
import zlib
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeGuard

from msgspec import Struct, field

from planner.diagnostics import Diagnostic, StateError
from planner.remedy import Remedy, cl
from planner.state.backends.protocol import Held, Place
from planner.state.encryption import Cipher

if TYPE_CHECKING:  # a type alone: commands that only read the state start without it
    from planner.documents.plan import FoldedPlan

JOURNAL_VERSION = 1
DONE = "done"
NOT_DONE = "not_done"


class Journal:
    """The journal of an apply under way. For one thread."""

    def __init__(self, held: Held, plan: str) -> None:
        """Begin a journal with the text of a plan, sealed where it shall be; it is there with the plan or not at all.

        Raises StateError where one is there already, or it cannot be written.
        """
        self._held = held
        self._pending: list[bytes] = []
        self._has_notes = False
        held.begin(encode({"record": "begin", "version": JOURNAL_VERSION, "plan": plan}))

    def intent(self, step: int) -> None:
        """This step's call is about to be made."""
        self._pending.append(_line(b'{"record":"intent","step":%d}' % step))

    def fact(self, step: int, outcome: str) -> None:
        """How this step's call ended: `done` or `not_done`."""
        self._pending.append(_line(b'{"record":"fact","step":%d,"outcome":"%b"}' % (step, outcome.encode())))

    def commit(self) -> None:
        """Make everything so far durable. Raises StateError if the lock is lost or that cannot be done."""
        self._held.append(self._taken())
        self._has_notes = False

    def check(self) -> None:
        """Raises StateError if the lock is lost: no step may begin any more."""
        self._held.check()

    def flush(self) -> None:
        """Hand over everything so far; it may be lost with this process. Raises StateError if that cannot be done."""
        data = self._taken()
        self._has_notes |= bool(data)
        self._held.note(data)

    def _taken(self) -> bytes:
        data, self._pending = b"".join(self._pending), []
        return data

    def close(self) -> None:
        """Make the last facts durable, as far as that can be done. The journal stays until it is in the state."""
        if self._pending or self._has_notes:
            with contextlib.suppress(StateError):  # the cloud can be asked about lost facts
                self.commit()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class JournalRecord(Struct):
    """What a journal says: the plan, the steps that were about to be taken, and how they ended.

    The code that folds the plan checks it.
    `damaged` counts records that could not be read although later ones could: any step may have been taken then, and
    so where it `is_whole` no more, for the last records may be missing.
    `changed_at` is when it was last written, in seconds since the epoch.
    """

    plan: FoldedPlan
    changed_at: float
    intents: set[int] = field(default_factory=set)
    facts: dict[int, str] = field(default_factory=dict)
    damaged: int = 0
    is_whole: bool = True

    @property
    def unsure(self) -> list[int]:
        """The steps whose outcome is not known, in order."""
        asked = {int(step["id"]) for step in self.plan["steps"]} if self.damaged or not self.is_whole else self.intents
        return sorted(asked - self.facts.keys())


def read_journal(place: Place, cipher: Cipher) -> JournalRecord | None:
    """What the journal of a place says, or None where there is none.

    A last record that was cut short is dropped: what it stood for had not started. Raises StateError where the plan
    in it cannot be read.
    """
    kept = place.journal()
    if kept is None:
        return None
    lines = kept.data.split(b"\n")
    records = [decode(line) for line in lines if line]
    while records and records[-1] is None:
        records.pop()
    match records[0] if records else None:
        case {"record": "begin", "version": int(version)} if version > JOURNAL_VERSION:
            raise StateError(_newer(place.journal_name, version))
        case {"record": "begin", "version": int(), "plan": str(text)}:
            plan = _parsed(cipher.open(text, place.journal_name)[0])
        case _:
            plan = None
    if not _is_plan(plan):
        raise StateError(no_beginning(place))
    found = JournalRecord(plan, kept.changed_at, is_whole=kept.is_whole)
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


def _parsed(text: str) -> object:
    """The JSON of a plan; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


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


def no_beginning(place: Place) -> Diagnostic:
    """Reports a journal whose first record is not a plan that can be read."""
    return Diagnostic(
        "STA303",
        "Journal is damaged",
        f"{place.journal_name} does not begin with a plan that can be read, so it does not show what was done.",
        Remedy.of(
            "Move it away, then plan: what the cloud has is adopted.\n  ", place.journal_away, "\n  ", cl("plan")
        ),
    )


def _newer(name: str, version: int) -> Diagnostic:
    return Diagnostic(
        "STA304",
        "Journal has a newer format",
        f"{name} has format version {version}; this cl knows up to {JOURNAL_VERSION}.",
        Remedy.of("Finish with the release of cl that began the apply."),
    )
