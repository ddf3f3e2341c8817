"""That a cloud is being read, for people at a terminal."""

from __future__ import annotations

from planner.cli.session import Session
from planner.cli.style import style_of
from planner.render.reading import ReadingProgress


def reading_progress(session: Session) -> ReadingProgress:
    """What shows it, on stderr."""
    return ReadingProgress(session.mention, style_of(session, stderr=True))
