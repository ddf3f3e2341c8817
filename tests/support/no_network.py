"""Tests reach no network: a connection that leaves this machine fails, and so does looking a name up.

It holds for the test process. Processes that a test starts are `cl` itself, which has no code that connects.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable


class NetworkUsed(AssertionError):
    """A test tried to reach another machine."""


def refuse_network() -> None:
    """Guard the sockets of this process, for good."""
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    look_up = socket.getaddrinfo

    def getaddrinfo(host: object, *rest: object, **more: object) -> object:
        _check(host)
        return look_up(host, *rest, **more)  # type: ignore[arg-type]

    socket.getaddrinfo = getaddrinfo  # type: ignore[assignment]


def _guarded(connect: Callable[[socket.socket, object], object]) -> Callable[[socket.socket, object], object]:
    def guarded(self: socket.socket, address: object) -> object:
        if self.family != socket.AF_UNIX:
            _check(address[0] if isinstance(address, tuple) else address)
        return connect(self, address)

    return guarded


def _check(host: object) -> None:
    """Raises NetworkUsed where `host` is not this machine."""
    if host is None or host == "localhost":
        return
    try:
        is_here = ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        is_here = False
    if not is_here:
        raise NetworkUsed(f"a test tried to reach {host}; tests may use no network but this machine's own")
