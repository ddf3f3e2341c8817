"""The entries of `KEY.lock`: the records of a journal, if any, and behind them a line of JSON.

The line says where its entry begins, so that entries are read from the end, and what holds from then on: the lock, and
where the journal begins that is not in the state yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from planner.diagnostics import StateError
from planner.state.backends.bucket.records import Lock, json_object, lock_of, no_lock_there

LONGEST_LINE = 8192
"""More bytes than the line of an entry has."""


class Kind(StrEnum):
    """What an entry adds: nothing but the lock, the beginning of a journal, more records, its end.

    `CONTINUED` says that the next entry is in the next object.
    """

    LOCK = "lock"
    BEGIN = "begin"
    RECORDS = "records"
    END = "end"
    CONTINUED = "continued"


class Entry(Struct, frozen=True):
    """One entry.

    `id` is that of the attempt to write it, however often it is repeated. `at` is where the entry begins in its object,
    `size` how many bytes of records it has. `journal` is where the journal begins that is not in the state yet. `when`
    is the time of the writer, in seconds since the epoch.
    """

    id: str
    kind: Kind
    at: int
    size: int
    journal: int | None
    when: float
    lock: Lock

    def encode(self, records: bytes) -> bytes:
        """The bytes to append."""
        line = {
            "id": self.id,
            "kind": self.kind,
            "at": self.at,
            "size": self.size,
            "journal_at": self.journal,
            "when": self.when,
            "lock": self.lock.document,
        }
        gap = b"" if not records or records.endswith(b"\n") else b"\n"
        return records + gap + json.dumps(line, separators=(",", ":")).encode() + b"\n"


def last_entry(tail: bytes, name: str) -> Entry:
    """The entry that ends with `tail`. Raises StateError where there is none.

    `name` is what messages call its object.
    """
    match json_object(tail[tail.rfind(b"\n", 0, -1) + 1 :]):
        case {
            "id": str(entry_id),
            "kind": str(kind),
            "at": int(at),
            "size": int(size),
            "journal_at": int() | None as journal,
            "when": int() | float() as when,
            "lock": dict(document),
        } if kind in Kind.__members__.values() and at >= 0 and size >= 0:
            return Entry(entry_id, Kind(kind), at, size, journal, float(when), lock_of(document, name))
        case {"lock": dict(document)}:
            lock_of(document, name)  # says so where it is of a newer release
    raise StateError(no_lock_there(name))


def entries_from(data: bytes, start: int, name: str) -> list[tuple[Entry, bytes]]:
    """All entries of `data`, which begins at position `start`, in order, with their records. Raises StateError."""
    return list(_backwards(data, start, name))[::-1]


def _backwards(data: bytes, start: int, name: str) -> Iterator[tuple[Entry, bytes]]:
    end = len(data)
    while end:
        line = data.rfind(b"\n", 0, end - 1) + 1
        entry = last_entry(data[line:end], name)
        begin = entry.at - start
        if not 0 <= begin <= begin + entry.size <= line:
            raise StateError(no_lock_there(name))
        yield entry, data[begin : begin + entry.size]
        end = begin
