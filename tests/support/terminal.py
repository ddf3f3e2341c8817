"""`cl` as a person runs it at a terminal."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios

from support.desk import Desk


def on_terminal(desk: Desk, columns: int, *arguments: str, typed: bytes = b"") -> str:
    """What is on the screen after a command, without its colours, where `typed` was typed ahead."""
    screen, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {name: value for name, value in desk.environment.items() if name not in ("COLUMNS", "LINES")}
    command = [sys.executable, "-m", "planner.cli.main", *arguments]
    with subprocess.Popen(
        command, cwd=desk.directory, env=environment, stdin=terminal, stdout=terminal, stderr=terminal
    ) as running:
        os.close(terminal)
        os.write(screen, typed)
        seen = b""
        while part := _read(screen):
            seen += part
        running.wait(timeout=60)
    os.close(screen)
    return re.sub(r"\x1b\[[0-9;]*[mK]", "", seen.decode()).replace("\r\n", "\n")


def _read(screen: int) -> bytes:
    """More of what was written; nothing when the terminal is closed."""
    try:
        return os.read(screen, 65_536)
    except OSError:
        return b""
