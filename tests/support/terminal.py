"""`cl` as a person runs it at a terminal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator

from support.desk import Desk
from support.watching import PATIENCE

_CONTROLS = re.compile(r"\x1b\[[0-9;]*[mJK]|\r|\n|[^\x1b\r\n]+")


def on_terminal(desk: Desk, columns: int, *arguments: str, typed: bytes = b"") -> str:
    """All that a command writes to a terminal, without colours, where `typed` was typed ahead."""
    with at_terminal(desk, columns, *arguments) as terminal:
        terminal.type(typed)
        terminal.end()
    return re.sub(r"\x1b\[[0-9;]*[mJK]", "", terminal.written).replace("\r\n", "\n")


@contextlib.contextmanager
def at_terminal(desk: Desk, columns: int, *arguments: str) -> Iterator[Terminal]:
    """A command that runs at a terminal so wide; it is killed where the test ends before it."""
    own, terminal = os.openpty()
    _resize(own, columns)
    environment = {name: value for name, value in desk.environment.items() if name not in ("COLUMNS", "LINES")}
    command = [sys.executable, "-c", _AS_ITS_OWN, *arguments]
    running = subprocess.Popen(
        command,
        cwd=desk.directory,
        env=environment,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    try:
        yield Terminal(own, columns, running)
    finally:
        running.kill()
        running.wait(timeout=PATIENCE)
        os.close(own)


_AS_ITS_OWN = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from planner.cli.main import main
main()
"""
"""Runs `cl` with the terminal as its own, so that keys such as Ctrl-C reach it."""


class Terminal:
    """A terminal, and who sits at it. `written` is all that was written to it so far."""

    def __init__(self, own: int, columns: int, running: subprocess.Popen[bytes]) -> None:
        self._own, self._running = own, running
        self.screen = Screen(columns)
        self.written = ""

    def type(self, keys: bytes) -> None:
        os.write(self._own, keys)

    def interrupt(self) -> None:
        """Type Ctrl-C."""
        self.type(b"\x03")

    def resize(self, columns: int) -> None:
        """Make the window so wide: whatever was written before is on the screen by then."""
        while self._read(0.0):
            pass
        _resize(self._own, columns)
        self.screen.columns = columns

    def until(self, pattern: str) -> re.Match[str]:
        """Wait until what is written from now on has this in it."""
        start, ends = len(self.written), time.monotonic() + PATIENCE
        while not (match := re.compile(pattern).search(self.written, start)):
            more = self._read(PATIENCE) and time.monotonic() < ends
            assert more, f"ended or hangs without {pattern!r}:\n{self.written[-2000:]}"
        return match

    def end(self) -> int:
        """Wait for the end of the command, and give its exit code."""
        while self._read(PATIENCE):
            pass
        return self._running.wait(timeout=PATIENCE)

    def _read(self, seconds: float) -> bool:
        """Take more of what is written; False where nothing comes for so long, or the command has ended."""
        if not select.select([self._own], [], [], seconds)[0]:
            return False
        try:
            part = os.read(self._own, 65_536)
        except OSError:  # no process has it open any more
            return False
        text = part.decode(errors="replace")
        self.written += text
        self.screen.take(text)
        return bool(part)


class Screen:
    """What a person sees on a terminal that breaks its lines again when its width changes, as most do.

    A line is what stands before a line break, over as many rows as it takes.
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self._lines = [""]
        self._column = 0

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self._lines]

    def take(self, text: str) -> None:
        for control in _CONTROLS.findall(text):
            if control == "\r":  # the start of the row, which is not that of a line over several rows
                self._column -= self._column % self.columns
            elif control == "\n":
                self._lines.append("")
                self._column = 0
            elif control.endswith(("J", "K")) and control[0] == "\x1b":
                self._lines[-1] = self._lines[-1][: self._column]
            elif control[0] != "\x1b":
                line = self._lines[-1].ljust(self._column)
                self._lines[-1] = line[: self._column] + control + line[self._column + len(control) :]
                self._column += len(control)


def _resize(terminal: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
