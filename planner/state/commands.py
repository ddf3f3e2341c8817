"""Running a command for what it prints, within bounds: it gets no input, some time, and room for a few lines."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Sequence
from subprocess import DEVNULL, PIPE, Popen

from msgspec import Struct

_SECONDS = 60.0
_MOST_BYTES = 2**16
_PART = 2**14
_PAUSE = 0.01
"""Seconds between two checks whether the command has ended."""


class Printed(Struct, frozen=True):
    """What a command printed, and how it ended."""

    out: bytes
    err: bytes
    code: int


def printed_by(words: Sequence[str]) -> Printed:
    """Run a command to its end. Raises OSError where it cannot be run, ValueError where it goes beyond its bounds.

    It takes nothing of the input of `cl`.
    """
    deadline = time.monotonic() + _SECONDS
    with Popen(words, stdin=DEVNULL, stdout=PIPE, stderr=PIPE) as child:  # noqa: S603 - that is what it is for
        try:
            found = _gathered(child, deadline)
            while child.poll() is None:
                _check(deadline)
                time.sleep(_PAUSE)
        except BaseException:
            child.kill()
            raise
    return Printed(*found, child.returncode)


def _gathered(child: Popen[bytes], deadline: float) -> tuple[bytes, bytes]:
    """Everything from both its outputs, up to its own end: a process that it leaves behind may hold them open."""
    assert child.stdout is not None and child.stderr is not None  # noqa: S101, PT018 - they are pipes
    found = {child.stdout.fileno(): bytearray(), child.stderr.fileno(): bytearray()}
    has_ended = False
    with selectors.DefaultSelector() as outputs:
        for output in found:
            outputs.register(output, selectors.EVENT_READ)
        while outputs.get_map():
            ready = outputs.select(0.0 if has_ended else _PAUSE)
            if has_ended and not ready:
                break
            has_ended = child.poll() is not None
            for one, _ in ready:
                part = os.read(one.fd, _PART)
                found[one.fd] += part
                if not part:
                    outputs.unregister(one.fd)
                if len(found[one.fd]) > _MOST_BYTES:
                    raise ValueError(f"it prints more than {_MOST_BYTES // 2**10} KiB")
            _check(deadline)
    out, err = map(bytes, found.values())
    return out, err


def _check(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise ValueError(f"it has not ended in {_SECONDS:g} seconds")
