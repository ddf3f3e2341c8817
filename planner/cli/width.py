"""How wide a terminal is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TextIO

from planner.render.terminal import ENDLESS

_WIDEST = 140
"""More columns than are read with ease."""


def width_at(environment: Mapping[str, str], stream: TextIO) -> int:
    """The width to wrap at: `COLUMNS`, else that of the terminal behind the stream; a pipe or a file has none."""
    given = environment.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return min(int(given), _WIDEST)
    try:
        return min(os.get_terminal_size(stream.fileno()).columns or ENDLESS, _WIDEST)
    except (OSError, ValueError):
        return ENDLESS
