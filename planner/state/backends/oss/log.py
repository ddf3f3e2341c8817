"""`KEY.lock`: what was appended to it last is what holds."""

from __future__ import annotations

import time
import uuid

from msgspec import Struct

from planner.diagnostics import Diagnostic, StateError
from planner.remedy import Remedy
from planner.state.backends.bucket.locking import Put, Seen
from planner.state.backends.bucket.records import Lock
from planner.state.backends.oss.entries import LONGEST_LINE, Entry, Kind, entries_from, last_entry
from planner.state.backends.oss.objects import OssObjects
from planner.state.backends.protocol import Records
from planner.values import replace

LONGEST = 2**30
"""From this length on a lock that is free goes on in the next object. OSS allows five times that."""


class End(Struct, frozen=True):
    """Where the log ends: in which of its objects, at which position. Each entry changes it.

    `journal` is where in that object the journal begins that is not in the state yet. `is_full`: the next entry belongs
    in the next object.
    """

    number: int = 1
    position: int = 0
    journal: int | None = None
    is_full: bool = False

    @property
    def tag(self) -> str:
        journal = "-" if self.journal is None else self.journal
        return f"{self.number} {self.position} {journal} {'full' if self.is_full else ''}"

    @classmethod
    def of(cls, tag: str | None) -> End:
        if tag is None:
            return cls()
        number, position, journal, full = tag.split(" ")
        return cls(int(number), int(position), None if journal == "-" else int(journal), bool(full))


class Log:
    """The lock and the journal of one state.

    Each method does one attempt; it raises Unreachable, Denied, StateError.
    """

    def __init__(self, objects: OssObjects, key: str) -> None:
        """`key` is the state's."""
        self._objects = objects
        self._first = f"{key}.lock"
        self.name = objects.name(self._first)

    def read(self) -> Seen | None:
        """What the last entry says of the lock; None where there never was one."""
        end, before = End(), None
        while (tail := self._objects.tail(self._key(end), LONGEST_LINE)) is not None:
            data, length = tail
            entry = last_entry(data, self.name)
            if entry.kind is not Kind.CONTINUED:
                return Seen(entry.lock, self._end(replace(end, position=length), entry).tag)
            end, before = End(end.number + 1), entry.lock
        return Seen(before, end.tag) if before else None

    def write(self, lock: Lock, tag: str | None) -> Seen | None:
        """What holds after an attempt to append what the lock says, where the log ended as `tag` says."""
        return self._append(lock, End.of(tag), uuid.uuid5(uuid.NAMESPACE_OID, lock.encode().decode()).hex)

    def adding(self, kind: Kind, records: bytes) -> Put:
        """Appends these records with the lock; the same ones where that is repeated."""
        own_id = uuid.uuid4().hex
        return lambda lock, tag: self._append(lock, End.of(tag), own_id, kind, records)

    def journal(self) -> Records | None:
        """The journal that is not in the state yet; None where there is none."""
        present = self.read()
        end = End.of(present.tag if present else None)
        if end.journal is None:
            return None
        parts: list[bytes] = []
        when = 0.0
        data = self._objects.rest(self._key(end), end.journal) or b""
        for entry, records in entries_from(data, end.journal, self.name):
            match entry.kind:
                case Kind.BEGIN:
                    parts, when = [records], entry.when
                case Kind.RECORDS:
                    parts, when = [*parts, records], entry.when
                case Kind.END:
                    parts = []
        return Records(b"".join(parts), when) if parts else None

    def _append(self, lock: Lock, end: End, own_id: str, kind: Kind = Kind.LOCK, records: bytes = b"") -> Seen | None:
        if end.is_full:
            free = Lock(None, lock.lease, lock.written_by)
            if self._append_entry(end, Entry("", Kind.CONTINUED, end.position, 0, None, time.time(), free)) is None:
                since = self._since(end)
                if not since or since[-1].kind is not Kind.CONTINUED:
                    return self.read()
            end = End(end.number + 1)
        journal = {Kind.BEGIN: end.position, Kind.END: None}.get(kind, end.journal)
        if lock.is_deleted:
            journal = None  # it goes with its workspace
        entry = Entry(own_id, kind, end.position, len(records), journal, time.time(), replace(lock, journal=""))
        length = self._append_entry(end, entry, records)
        if length is not None:
            return Seen(lock, self._end(replace(end, position=length), entry).tag)
        since = self._since(end)
        if since and since[-1].id == own_id:  # the reply to an earlier attempt was lost
            last = since[-1]
            return Seen(lock, self._end(replace(end, position=last.at + len(last.encode(records))), last).tag)
        present = self.read()
        if (present.tag if present else End().tag) == end.tag:
            raise StateError(self._not_appendable())
        return present

    def _append_entry(self, end: End, entry: Entry, records: bytes = b"") -> int | None:
        """The length of the object after this was appended; None where it did not end there."""
        return self._objects.append(self._key(end), end.position, entry.encode(records))

    def _since(self, end: End) -> list[Entry]:
        """The entries from a position on."""
        data = self._objects.rest(self._key(end), end.position) or b""
        return [entry for entry, _ in entries_from(data, end.position, self.name)]

    def _end(self, end: End, last: Entry) -> End:
        """The end, with what its last entry says."""
        is_full = end.position >= LONGEST and last.lock.holder is None and last.journal is None
        return replace(end, journal=last.journal, is_full=is_full and not last.lock.is_deleted)

    def _key(self, end: End) -> str:
        return self._first if end.number == 1 else f"{self._first}.{end.number}"

    def _not_appendable(self) -> Diagnostic:
        detail = f"{self.name} is there, but OSS does not append to it: it was uploaded, copied or moved there."
        remedy = "Move the object away, then run the command again."
        return Diagnostic("STA205", "Not a lock", detail, Remedy.of(remedy))


def has_journal(tag: str) -> bool:
    """Whether there is a journal that is not in the state yet, where the log ends so."""
    return End.of(tag).journal is not None
