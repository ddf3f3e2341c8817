"""Ports of this machine that no other process gets while a server there comes and goes."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field


def _bound() -> socket.socket:
    """A socket that has a port and does not listen: Linux lets a server of ours listen there all the same."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", 0))
    return found


@dataclass(frozen=True)
class Port:
    """A port that stays ours until it is closed."""

    _socket: socket.socket = field(default_factory=_bound)

    @property
    def number(self) -> int:
        return int(self._socket.getsockname()[1])

    def close(self) -> None:
        self._socket.close()
