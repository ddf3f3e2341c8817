"""How a plan is applied: built once by the command line, read by every part of an apply."""

from __future__ import annotations

from msgspec import Struct


class RetryPolicy(Struct, frozen=True):
    """How often a step is tried, and for how long; times are in seconds.

    Waits between tries grow from `first_wait` to `longest_wait`, with full jitter.
    """

    first_wait: float = 0.1
    longest_wait: float = 20.0
    step_timeout: float = 600.0
    unsure_tries: int = 5


class ApplyOptions(Struct, frozen=True):
    """The options of one apply; times are in seconds.

    `operation` is the command that the lock and the state name. Without a `run_timeout` there is no limit.
    """

    operation: str = "apply"
    parallelism: int = 10
    lock_timeout: float = 0.0
    run_timeout: float | None = None
    retry: RetryPolicy = RetryPolicy()

    @property
    def read_timeout(self) -> float | None:
        """How long one reading of the cloud may take: no longer than a step, or than the whole run."""
        return min(filter(None, (self.retry.step_timeout, self.run_timeout)), default=None)


DEFAULTS = ApplyOptions()
