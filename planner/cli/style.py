"""How text looks on a terminal."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from planner.cli.session import Session
from planner.render.terminal import ENDLESS, Style

_WIDEST = 140
"""More columns than are read with ease."""


def style_of(session: Session, *, stderr: bool = False) -> Style:
    """Colours and width for stdout, or for stderr."""
    stream = sys.stderr if stderr else sys.stdout
    colored = session.color and not session.environment.get("NO_COLOR") and stream.isatty()
    return Style(color=colored, width=_width(session, stream))


def _width(session: Session, stream: TextIO) -> int:
    """The width to wrap at: `COLUMNS`, else that of the terminal behind the stream; a pipe or a file has none."""
    given = session.environment.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return min(int(given), _WIDEST)
    try:
        return min(os.get_terminal_size(stream.fileno()).columns or ENDLESS, _WIDEST)
    except (OSError, ValueError):
        return ENDLESS
