"""How text looks on a terminal."""

from __future__ import annotations

import shutil
import sys

from planner.cli.session import Session
from planner.render.terminal import Style


def style_of(session: Session, *, stderr: bool = False) -> Style:
    """Colours and width for stdout, or for stderr."""
    stream = sys.stderr if stderr else sys.stdout
    colored = session.color and not session.environment.get("NO_COLOR") and stream.isatty()
    return Style(color=colored, width=min(shutil.get_terminal_size((120, 24)).columns, 140))
