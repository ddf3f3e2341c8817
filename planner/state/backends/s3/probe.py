"""Whether a server does what the lock and the journal rest on: it refuses a write whose condition does not hold."""

from __future__ import annotations

import contextlib
import uuid

from planner.diagnostics import Diagnostic, StateError
from planner.remedy import Remedy
from planner.state.backends.patience import Denied, Patience, Unreachable
from planner.state.backends.s3.objects import S3Objects


def check_conditions(objects: S3Objects, patience: Patience, key: str) -> None:
    """Write, read, list and delete an object beside the state `key`, and try what must be refused.

    Raises StateError, STA448 where the server does not refuse it.
    """
    probe = f"{key}.probe/{uuid.uuid4()}"
    first, second, third = b"first", b"second", b"third"
    try:
        created = patience.trying(lambda: objects.create(probe, first))
        if patience.trying(lambda: objects.create(probe, second)).data is second:
            raise StateError(_not_honoured(objects.bucket, "If-None-Match: *", "an object that was there"))
        replaced = patience.trying(lambda: objects.replace(probe, second, created.tag))
        if replaced is None or replaced.data is not second:
            raise StateError(_not_honoured(objects.bucket, "If-Match", "an object that was unchanged", did=False))
        again = patience.trying(lambda: objects.replace(probe, third, created.tag))
        if again is None or again.data is third:
            raise StateError(_not_honoured(objects.bucket, "If-Match", "an object that had changed"))
        if again.data != second or probe not in patience.trying(lambda: objects.keys(f"{key}.probe")):
            raise StateError(_not_honoured(objects.bucket, "a read or a list", "an object that was written", did=False))
    finally:
        with contextlib.suppress(Denied, Unreachable, StateError):
            objects.delete([probe])


def _not_honoured(bucket: str, condition: str, what: str, *, did: bool = True) -> Diagnostic:
    verb = "replaced" if did else "did not find or replace"
    return Diagnostic(
        "STA448",
        "Conditional writes are not honoured",
        f'The server of the bucket "{bucket}" {verb} {what}, though {condition} was asked for. '
        "Two commands could hold the lock at once.",
        Remedy.of(
            "Use a server that supports conditional writes, such as Amazon S3, MinIO, SeaweedFS or Ceph in a current "
            "release, or another backend."
        ),
    )
