"""What the lock and the versions of a state hold.

An object says in a line of JSON what it is, and behind it is the text. The line carries the id of the lock under which
the object was written, so that no two writers write the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import asdict

from planner.diagnostics import Diagnostic, StateError
from planner.remedy import Remedy
from planner.state.backends.lease import LEASE_SECONDS, Lease
from planner.state.backends.protocol import LockInfo, Version

FORMAT = 1
LONGEST_LINE = 8192
"""More bytes than the first line of a version has."""
_LONGEST_LEASE = 86_400.0


class Lock(Struct, frozen=True):
    """What `KEY.lock` says. `holder` is None where it is free.

    `journal` is the lock under which a journal was begun that is not in the state yet; empty where there is none.
    `renewal` counts the signs of life, `written_by` is the id of who wrote this: together they never come again.
    `is_deleted`: the workspace was removed, only the lock stays.
    """

    holder: LockInfo | None
    lease: Lease
    written_by: str
    renewal: int = 0
    journal: str = ""
    is_deleted: bool = False

    @property
    def document(self) -> Mapping[str, object]:
        """What is written of it, as JSON."""
        return {
            "format": FORMAT,
            "holder": asdict(self.holder) if self.holder else None,
            "lease": self.lease.seconds,
            "written_by": self.written_by,
            "renewal": self.renewal,
            "journal": self.journal,
            "deleted": self.is_deleted,
        }

    def encode(self) -> bytes:
        """The object that says nothing else."""
        return json.dumps(self.document, indent=2).encode() + b"\n"

    @property
    def unfinished(self) -> str:
        """The lock whose journal the next process reads; empty where there can be none."""
        return self.journal or (self.holder.id if self.holder else "")


def read_lock(data: bytes, name: str) -> Lock:
    """What a lock says. Raises StateError where it is none."""
    return lock_of(json_object(data), name)


def lock_of(document: object, name: str) -> Lock:
    """What the document of a lock says. Raises StateError where it is none."""
    match document:
        case {"format": int(version)} if version > FORMAT:
            raise StateError(_newer(name, version))
        case {
            "format": int(),
            "holder": holder,
            "lease": int() | float() as lease,
            "written_by": str(writer),
            "renewal": int(renewal),
            "journal": str(journal),
            "deleted": bool(is_deleted),
        } if holder is None or _is_info(holder):
            info = LockInfo(**holder) if holder else None
            seconds = float(lease) if 0 < lease <= _LONGEST_LEASE else LEASE_SECONDS
            return Lock(info, Lease(seconds), writer, renewal, journal, is_deleted)
    raise StateError(no_lock_there(name))


def _is_info(holder: object) -> bool:
    fields = LockInfo.__annotations__
    return (
        isinstance(holder, dict)
        and holder.keys() == fields.keys()
        and all(type(value).__name__ == fields[name] for name, value in holder.items())
    )


def encode_version(version: Version, lock_id: str, text: str) -> bytes:
    """One version of the state."""
    return headed({"version": asdict(version), "lock": lock_id}, text.encode())


def read_version(data: bytes) -> tuple[Version, bytes] | None:
    """A version and its text, as much of it as there is in `data`; None where it is none."""
    line, _, text = data.partition(b"\n")
    match json_object(line):
        case {"version": dict(version)}:
            fields = Version.__annotations__
            if version.keys() == fields.keys() and all(type(version[name]).__name__ == fields[name] for name in fields):
                return Version(**version), text
    return None


def headed(line: Mapping[str, object], data: bytes) -> bytes:
    """A line of JSON, and behind it `data`."""
    return json.dumps(line, separators=(",", ":")).encode() + b"\n" + data


def json_object(data: bytes) -> object:
    """What JSON says; None where it is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def no_lock_there(name: str) -> Diagnostic:
    """What is where the lock should be is none."""
    detail = f"{name} exists, but does not say who holds the lock, so it was not changed."
    return Diagnostic("STA205", "Not a lock", detail, Remedy.of("Move the object away, then run the command again."))


def _newer(name: str, version: int) -> Diagnostic:
    detail = f"{name} has format {version}; this cl knows up to {FORMAT}."
    remedy = Remedy.of("Use the release of cl that wrote it, or a newer one.")
    return Diagnostic("STA210", "Lock has a newer format", detail, remedy)
