"""How a command of `cl` can end."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ends (contract: 0 done, 1 error, 2 changes or drift, 3 incomplete)."""

    DONE = 0
    ERROR = 1
    CHANGES = 2
    INCOMPLETE = 3
    USAGE = 64
    INTERRUPTED = 130
