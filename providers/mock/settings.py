"""The settings of `provider "mock"`, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from planner.diagnostics import Diagnostic, ProviderError, did_you_mean
from providers.mock.problems import expected, is_flag, is_id


@dataclass(frozen=True, slots=True)
class Settings:
    """Files are relative to the configuration's directory; `rate_limit` is calls a second, None is no limit."""

    world: Path
    world_shown_as: str
    call_log: Path | None = None
    faults: Path | None = None
    latency_seconds: float = 0.0
    rate_limit: float | None = None
    read_only: bool = False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_latency(value: Any) -> str | None:
    right = _is_number(value) and 0 <= value < 3_600_000
    return None if right else expected("a number of milliseconds, from 0 to an hour's", value)


def _is_rate(value: Any) -> str | None:
    right = _is_number(value) and 0 < value < 1_000_000_000
    return None if right else expected("a number of calls a second above 0", value)


_CHECKS: dict[str, Callable[[Any], str | None]] = {
    "world": is_id,
    "call_log": is_id,
    "latency_ms": _is_latency,
    "rate_limit": _is_rate,
    "faults": is_id,
    "read_only": is_flag,
}


def parse_settings(settings: Mapping[str, Any], base_dir: Path) -> Settings:
    """What the block's arguments mean; a null argument is one left out. Raises ProviderError with every problem."""
    given = {name: value for name, value in settings.items() if value is not None}
    problems = [_unknown(name) for name in given if name not in _CHECKS]
    for name, check in _CHECKS.items():
        wrong = check(given[name]) if name in given else None
        if wrong:
            problems.append(
                Diagnostic("PRV102", "Provider setting has a wrong value", f"{name}: {wrong}.", "Correct the setting.")
            )
    if "world" not in given:
        detail = 'The provider "mock" simulates a cloud in a file, and the setting that names the file is missing.'
        problems.append(Diagnostic("PRV103", "Provider setting is missing", detail, 'Add world = "world.json".'))
    if problems:
        raise ProviderError(problems)
    return Settings(
        world=base_dir / given["world"],
        world_shown_as=given["world"],
        call_log=base_dir / given["call_log"] if "call_log" in given else None,
        faults=base_dir / given["faults"] if "faults" in given else None,
        latency_seconds=float(given.get("latency_ms", 0)) / 1000,
        rate_limit=float(given["rate_limit"]) if "rate_limit" in given else None,
        read_only=given.get("read_only", False),
    )


def _unknown(name: str) -> Diagnostic:
    return Diagnostic(
        "PRV101",
        "Provider has no such setting",
        f'{name}: the provider "mock" has {", ".join(_CHECKS)}.{did_you_mean(name, _CHECKS)}',
        "Correct or remove the setting.",
    )
