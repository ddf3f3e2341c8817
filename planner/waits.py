"""What a user waits for: the code that waits says it, and the command line shows it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager

Words = Callable[[], str]
"""Says what is waited for, by now: `Reading the cloud: 12 calls`. Called from another thread."""
Watch = Callable[[Words], AbstractContextManager[None]]
"""Entered while the user waits. Threads may share it."""


def unwatched(_words: Words) -> AbstractContextManager[None]:
    """A `Watch` that shows nothing."""
    return contextlib.nullcontext()


def plainly(words: str) -> Words:
    """The same words all the time."""
    return lambda: words
