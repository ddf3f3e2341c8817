"""What the backends ask of a bucket's objects, one request at a time.

A write is conditional: `create` needs that there is no object, `replace` that it is unchanged. Where a reply was lost,
the condition does not hold for the repetition. So what is there is read back: a write that is there has succeeded. For
that no two writers may write the same bytes to one object.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

AT_ONCE = 8
"""How many objects are read at once."""
LARGE = 2**18
"""From this size on a request may take the longer time."""


class Found(Struct, frozen=True):
    """An object: its bytes, the tag that changes with them, and when it was written, in seconds since the epoch."""

    data: bytes
    tag: str
    written_at: float


class Objects(Protocol):
    """The objects of one bucket. Threads may share it.

    Every method does one attempt. It raises Unreachable where that can be repeated, Denied where the answer is no, and
    StateError where there is no such bucket.
    """

    def name(self, key: str) -> str:
        """What messages call an object."""
        ...

    def get(self, key: str, *, large: bool = False) -> Found | None:
        """An object, or None where there is none. `large`: it may be a state."""
        ...

    def beginning(self, key: str, most: int) -> bytes | None:
        """The first bytes of an object that is not empty, `most` at most; None where there is none."""
        ...

    def tag(self, key: str) -> str | None:
        """The tag of an object, or None where there is none."""
        ...

    def create(self, key: str, data: bytes) -> Found:
        """What is there now: `data` itself (`is`) if this created it, or it was there before; else what was there."""
        ...

    def replace(self, key: str, data: bytes, tag: str) -> Found | None:
        """What is there now: `data` itself (`is`) if the object had this `tag`; else what was there, or None."""
        ...

    def overwrite(self, key: str, data: bytes) -> None:
        """Write an object whatever was there."""
        ...

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects, those that are there."""
        ...

    def keys(self, directory: str) -> list[str]:
        """The keys below `directory`, sorted."""
        ...

    def directories(self, directory: str) -> list[str]:
        """The names of the directories directly in `directory`, sorted."""
        ...
