"""What the emulator counts."""

from __future__ import annotations

from collections import Counter

OK = "ok"
NO_REPLY = "no_reply"


class Stats:
    """Calls by action, and how they ended as their clients saw it."""

    def __init__(self) -> None:
        self._endings: dict[str, Counter[str]] = {}
        self.connections = 0
        self.redirects_followed = 0

    def count(self, action: str, ending: str) -> None:
        """One call has ended: with `OK`, the code of an error, `NO_REPLY`, or the kind of a fault of the wire."""
        self._endings.setdefault(action, Counter())[ending] += 1

    def to_json(self) -> dict[str, object]:
        """The document of `GET /stats`."""
        return {
            "calls": {action: endings.total() for action, endings in sorted(self._endings.items())},
            "endings": {action: dict(sorted(endings.items())) for action, endings in sorted(self._endings.items())},
            "connections": self.connections,
            "redirects_followed": self.redirects_followed,
        }
