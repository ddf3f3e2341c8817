"""How text looks on a terminal."""

from __future__ import annotations

import sys

from planner.cli.session import Session
from planner.cli.width import width_at
from planner.render.terminal import Style


def style_of(session: Session, *, stderr: bool = False) -> Style:
    """Colours and width for stdout, or for stderr."""
    stream = sys.stderr if stderr else sys.stdout
    colored = session.color and not session.environment.get("NO_COLOR") and stream.isatty()
    return Style(color=colored, width=width_at(session.environment, stream))
