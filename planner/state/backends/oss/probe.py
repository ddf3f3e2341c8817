"""Whether a server does what the lock and the journal rest on: it appends only where an object ends."""

from __future__ import annotations

import contextlib
import uuid

from planner.diagnostics import Diagnostic, StateError
from planner.remedy import Remedy
from planner.state.backends.oss.objects import OssObjects
from planner.state.backends.patience import Denied, Patience, Unreachable


def check_appends(objects: OssObjects, patience: Patience, key: str) -> None:
    """Append to, read, list and delete an object beside the state `key`, and try what must be refused.

    Raises StateError, STA448 where the server does not refuse it.
    """
    probe = f"{key}.probe/{uuid.uuid4()}"
    first, second, other = b"first", b"second", b"other"
    try:
        patience.trying(lambda: objects.create(probe, first))
        if patience.trying(lambda: objects.append(probe, 0, other)) is not None:
            raise StateError(_not_honoured(objects.bucket, "created an object that was there"))
        patience.trying(lambda: objects.append(probe, len(first), second))
        if patience.trying(lambda: objects.append(probe, len(first), other)) is not None:
            raise StateError(_not_honoured(objects.bucket, "appended to an object that did not end there"))
        data, length = first + second, len(first + second)
        tail = patience.trying(lambda: objects.tail(probe, len(second)))
        rest = patience.trying(lambda: objects.rest(probe, len(first)))
        keys = patience.trying(lambda: objects.keys(f"{key}.probe"))
        found = patience.trying(lambda: objects.get(probe))
        if (tail, rest) != ((second, length), second) or found is None or found.data != data or probe not in keys:
            raise StateError(_not_honoured(objects.bucket, "did not find what was appended"))
    finally:
        with contextlib.suppress(Denied, Unreachable, StateError):
            objects.delete([probe])


def _not_honoured(bucket: str, what: str) -> Diagnostic:
    return Diagnostic(
        "STA448",
        "Conditional writes are not honoured",
        f'The server of the bucket "{bucket}" {what}, though AppendObject names the position. '
        "Two commands could hold the lock at once.",
        Remedy.of("Use Alibaba Cloud OSS, or another backend."),
    )
