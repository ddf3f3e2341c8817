"""What a change does not show at once: reads that lag behind, and VPCs that stay Pending for a while."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

Clock = Callable[[], float]
Key = TypeVar("Key")
Value = TypeVar("Value")


class Lag(Generic[Key, Value]):
    """What was before each change that is still unseen. `seconds` is how long that is."""

    def __init__(self, seconds: float, clock: Clock = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._order: deque[tuple[float, Key]] = deque()
        self._before: dict[Key, deque[tuple[float, Value]]] = {}

    def note(self, key: Key, before: Value) -> None:
        """A change of `key` happens now, and `before` is what it had until now."""
        if self._seconds > 0:
            due = self._clock() + self._seconds
            self._order.append((due, key))
            self._before.setdefault(key, deque()).append((due, before))

    def seen(self, key: Key, current: Value) -> Value:
        """What a reader sees of `key`, which has the value `current`."""
        self._drop_old()
        changes = self._before.get(key)
        return changes[0][1] if changes else current

    def unseen(self) -> Iterable[Key]:
        """The keys of which a reader sees an old value."""
        self._drop_old()
        return self._before.keys()

    def _drop_old(self) -> None:
        now = self._clock()
        while self._order and self._order[0][0] <= now:
            _, key = self._order.popleft()
            changes = self._before[key]
            changes.popleft()
            if not changes:
                del self._before[key]


class Pending:
    """The VPCs that are not Available yet after a change of theirs."""

    def __init__(self, seconds: float, clock: Clock = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until: dict[str, float] = {}

    def begin(self, vpc_id: str) -> None:
        """This VPC is changing from now on."""
        if self._seconds > 0:
            self._until[vpc_id] = self._clock() + self._seconds

    def __contains__(self, vpc_id: object) -> bool:
        return self._until.get(vpc_id, -math.inf) > self._clock() if isinstance(vpc_id, str) else False
