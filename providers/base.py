"""The protocol that a provider speaks, and how its calls can fail.

How a call ends::

    returns          done
    CallFailed
    ├── Refused      nothing happened, and asking again will not help
    ├── Throttled    nothing happened; ask again later
    └── Unsure       the reply is lost: read before doing anything else
"""

from __future__ import annotations

from typing import Protocol

from planner.network.identity import Action, Identity
from planner.network.world import World


class CallFailed(Exception):
    """A call to the cloud did not answer "done". `code` is the API's, such as `QuotaExceeded`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Refused(CallFailed):
    """The cloud refused: nothing happened."""


class Throttled(Refused):
    """The cloud refused because too much was asked of it: nothing happened, a later try may succeed."""


class Unsure(CallFailed):
    """The reply is lost: it may have happened or not."""


class Provider(Protocol):
    """One account and region of a cloud. Safe to call from several threads."""

    read_only: bool

    def read(self) -> World:
        """Everything that can be seen; what could not be read is named in `World.unread`.

        Raises ProviderError where nothing can be read at all.
        """
        ...

    def perform(self, action: Action, target: Identity) -> None:
        """Carry one step out. Raises CallFailed."""
        ...

    def close(self) -> None:
        """End cleanly; nothing is lost if this is never called."""
        ...
