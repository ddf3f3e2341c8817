"""Who works on a state, where and when: written into locks and states."""

from __future__ import annotations

from datetime import UTC, datetime


def who() -> str:
    """`user@host`, for people who wonder who did it."""
    import getpass

    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = "unknown"
    return f"{_writable(user)}@{host()}"


def host() -> str:
    """The name of this machine."""
    import socket

    return _writable(socket.gethostname())


def _writable(name: str) -> str:
    """The name with bytes that are no text, which the system hands over as halves of characters, spelled out."""
    return name.encode("utf-8", "backslashreplace").decode()


def now() -> str:
    """This moment, RFC 3339, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
