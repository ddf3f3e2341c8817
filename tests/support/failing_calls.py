"""System calls that fail as those of some file systems do."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest


def failing(monkeypatch: pytest.MonkeyPatch, call: str, code: int, fits: Callable[[int], bool]) -> list[int]:
    """Let a system call fail for the files that fit; gives those for which it did."""
    real: Callable[..., object] = getattr(os, call)
    failed: list[int] = []

    def failing_call(fd: int, *arguments: int) -> object:
        if fits(fd):
            failed.append(fd)
            if call == "close":
                real(fd)
            raise OSError(code, os.strerror(code))
        return real(fd, *arguments)

    monkeypatch.setattr(os, call, failing_call)
    return failed


def is_directory(fd: int) -> bool:
    return stat.S_ISDIR(os.fstat(fd).st_mode)


def is_file(name: str) -> Callable[[int], bool]:
    """Whether an open file has this name."""
    return lambda fd: Path(f"/proc/self/fd/{fd}").readlink().name == name
