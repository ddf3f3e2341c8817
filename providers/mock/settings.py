"""The settings of `provider "mock"`, checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from providers.arguments import Arguments

NAMES = ("world", "call_log", "latency_ms", "rate_limit", "faults", "read_only")
"""The arguments that the block may have."""

_NO_WORLD = 'The provider "mock" simulates a cloud in a file, and the setting that names the file is missing.'
_MILLISECONDS = "a number of milliseconds, from 0 to an hour's"
_CALLS_A_SECOND = "a number of calls a second above 0"


class Settings(Struct, frozen=True):
    """Files are relative to the configuration's directory; `rate_limit` is calls a second, None is no limit."""

    world: Path
    world_shown_as: str
    call_log: Path | None = None
    faults: Path | None = None
    latency_seconds: float = 0.0
    rate_limit: float | None = None
    read_only: bool = False


def parse_settings(settings: Mapping[str, object], base_dir: Path) -> Settings:
    """What the block's arguments mean; a null argument is one left out. Raises ProviderError with every problem."""
    given = Arguments("mock", settings, NAMES)
    world = given.text("world")
    call_log = given.text("call_log")
    latency_ms = given.number("latency_ms", lambda found: 0 <= found < 3_600_000, _MILLISECONDS)
    rate_limit = given.number("rate_limit", lambda found: 0 < found < 1_000_000_000, _CALLS_A_SECOND)
    faults = given.text("faults")
    read_only = given.flag("read_only")
    given.required("world", 'Add world = "world.json".', _NO_WORLD)
    given.raise_if_wrong()
    assert world is not None  # noqa: S101 - it is required
    return Settings(
        world=base_dir / world,
        world_shown_as=world,
        call_log=base_dir / call_log if call_log else None,
        faults=base_dir / faults if faults else None,
        latency_seconds=(latency_ms or 0) / 1000,
        rate_limit=rate_limit,
        read_only=read_only,
    )
