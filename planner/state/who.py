"""Who is at work, and where: names that come from outside, made such that every file can hold them."""

from __future__ import annotations

import getpass
import socket


def who() -> str:
    """`user@host`, for people who wonder who did it."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = "unknown"
    return f"{_writable(user)}@{host()}"


def host() -> str:
    """The name of this machine."""
    return _writable(socket.gethostname())


def _writable(name: str) -> str:
    """The name with bytes that are no text, which the system hands over as halves of characters, spelled out."""
    return name.encode("utf-8", "backslashreplace").decode()
