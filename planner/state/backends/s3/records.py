"""What the objects of a journal hold: a line of JSON that says what it is, and behind it the records.

The line carries the id of the lock under which the object was written, so that no two writers write the same bytes.
"""

from __future__ import annotations

from enum import StrEnum

from planner.state.backends.bucket.records import headed, json_object


class Kind(StrEnum):
    """What an object of a journal is: its beginning, more records, its end, or the seal of who took the lock over."""

    BEGIN = "begin"
    RECORDS = "records"
    END = "end"
    SEAL = "seal"


def encode_records(lock_id: str, number: int, kind: Kind, data: bytes = b"", by: str = "") -> bytes:
    """One object of the journal of `lock_id`; `by` is who seals it."""
    return headed({"lock": lock_id, "number": number, "kind": kind, "by": by}, data)


def read_records(data: bytes) -> tuple[Kind, bytes] | None:
    """What an object of a journal is, and its records; None where it is none."""
    line, _, records = data.partition(b"\n")
    match json_object(line):
        case {"kind": str(kind)} if kind in Kind.__members__.values():
            return Kind(kind), records
    return None
