"""The journal of one lock, as objects `KEY.journal/LOCKID/00000001` and so on, one for each commit."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial

from planner.diagnostics import StateError
from planner.state.backends.bucket.objects import AT_ONCE, Found
from planner.state.backends.patience import Patience
from planner.state.backends.protocol import Records
from planner.state.backends.s3.objects import S3Objects
from planner.state.backends.s3.records import Kind, encode_records, read_records
from planner.threads import side_by_side

_TRIES = 5
_UNREADABLE = b"?\n"
"""A line that is no record."""


class JournalObjects:
    """The objects of the journal of one lock, held by this or another process."""

    def __init__(self, objects: S3Objects, patience: Patience, key: str, lock_id: str) -> None:
        """`key` is the state's."""
        self._objects, self._patience, self._lock_id = objects, patience, lock_id
        self._directory = f"{key}.journal/{lock_id}"
        self.name = objects.name(self._directory)

    def add(self, number: int, kind: Kind, data: bytes, check: Callable[[], None]) -> Kind | None:
        """Add the object with this number. Returns what another one there is, such as a seal, or None if there is none.

        Raises StateError where that could not be done, and what `check` raises before it is tried again.
        """
        body = encode_records(self._lock_id, number, kind, data)
        there = self._patience.trying(lambda: self._objects.create(self._key(number), body), check)
        if there.data is body:
            return None
        found = read_records(there.data)
        return found[0] if found else Kind.SEAL

    def seal(self, by: str) -> bool:
        """Let nothing be added any more, and say whether there are records that are not in the state yet.

        One that is sealed stays as it is: a second seal behind it would be mistaken for the one that counts.
        """
        number = max(self._numbers(), default=1)
        while True:
            body = encode_records(self._lock_id, number, Kind.SEAL, by=by)
            there = self._patience.trying(partial(self._objects.create, self._key(number), body))
            found = read_records(there.data)
            if found is not None and found[0] is Kind.SEAL:
                return self.read() is not None
            number += 1

    def read(self) -> Records | None:
        """All records since its beginning; None where it has not begun, or has ended. Raises StateError.

        Where an object is missing or says nothing, there is a line that is no record, which a journal may have.
        """
        parts: list[bytes] = []
        written_at = 0.0
        for found in self._all():
            record = read_records(found.data) if found else None
            written_at = found.written_at if found else written_at
            match record:
                case Kind.BEGIN, data:
                    parts = [data]
                case Kind.END, _:
                    parts = []
                case Kind.SEAL, _:
                    break
                case _:
                    parts.append(record[1] if record else _UNREADABLE)
        return Records(b"".join(parts), written_at) if parts else None

    def remove(self, before: int | None = None) -> None:
        """Delete the objects with a number below `before`, or all but the seal. What cannot be deleted stays."""
        numbers = self._numbers()
        if before is None and numbers:
            before = max(numbers)
        gone = [self._key(number) for number in numbers if before is None or number < before]
        with contextlib.suppress(StateError):
            self._patience.trying(lambda: self._objects.delete(gone))

    def _all(self) -> list[Found | None]:
        """Its objects in order; None for each one that is missing between two others."""
        for _ in range(_TRIES):
            numbers = self._numbers()
            found = self._read(numbers)
            if None not in found:  # otherwise the holder of the lock removed some in between
                break
        known = dict(zip(numbers, found, strict=True))
        return [known.get(number) for number in range(min(known, default=1), max(known, default=0) + 1)]

    def _read(self, numbers: Sequence[int]) -> list[Found | None]:
        def get(number: int) -> Found | None:
            return self._patience.trying(lambda: self._objects.get(self._key(number), large=True))

        if len(numbers) < 2:
            return [get(number) for number in numbers]
        return side_by_side(get, numbers, AT_ONCE)

    def _numbers(self) -> list[int]:
        keys = self._patience.trying(lambda: self._objects.keys(self._directory))
        names = [key.rpartition("/")[2] for key in keys]
        return sorted(int(name) for name in names if name.isascii() and name.isdecimal())

    def _key(self, number: int) -> str:
        return f"{self._directory}/{number:08}"
