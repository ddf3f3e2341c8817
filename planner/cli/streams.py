"""The three standard streams: open also where the parent closed them, and able to write every character."""

from __future__ import annotations

import io
import os
import sys

_STREAMS = (("stdin", "r", "surrogateescape"), ("stdout", "w", "backslashreplace"), ("stderr", "w", "backslashreplace"))
"""Each with how it is opened, and how bytes and characters that are no text are treated."""


def set_up_streams() -> None:
    """Let the streams that were closed lead nowhere, before any other file can take their numbers. All are UTF-8."""
    for number, (name, mode, errors) in enumerate(_STREAMS):
        stream = getattr(sys, name)
        if stream is None:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", errors=errors))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)
