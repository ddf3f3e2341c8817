"""The settings of `provider "mock"`, checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from planner.diagnostics import Diagnostic, ProviderError, did_you_mean
from providers.mock.problems import expected, is_flag, is_id

NAMES = ("world", "call_log", "latency_ms", "rate_limit", "faults", "read_only")
"""The arguments that the block may have."""

_MILLISECONDS = "a number of milliseconds, from 0 to an hour's"
_CALLS_A_SECOND = "a number of calls a second above 0"


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


def parse_settings(settings: Mapping[str, object], base_dir: Path) -> Settings:
    """What the block's arguments mean; a null argument is one left out. Raises ProviderError with every problem."""
    given = _Given(settings)
    world = given.text("world")
    call_log = given.text("call_log")
    latency_ms = given.number("latency_ms", lambda found: 0 <= found < 3_600_000, _MILLISECONDS)
    rate_limit = given.number("rate_limit", lambda found: 0 < found < 1_000_000_000, _CALLS_A_SECOND)
    faults = given.text("faults")
    read_only = given.flag("read_only")
    given.raise_if_wrong()
    return Settings(
        world=base_dir / world,
        world_shown_as=world,
        call_log=base_dir / call_log if call_log else None,
        faults=base_dir / faults if faults else None,
        latency_seconds=(latency_ms or 0) / 1000,
        rate_limit=rate_limit,
        read_only=read_only,
    )


class _Given:
    """The arguments that a block gives, read one by one; what is wrong with them is collected."""

    def __init__(self, settings: Mapping[str, object]) -> None:
        self._values = {name: value for name, value in settings.items() if value is not None}
        self._problems = [_unknown(name) for name in self._values if name not in NAMES]

    def text(self, name: str) -> str:
        """The text, or an empty one where it is left out."""
        value = self._values.get(name, "")
        if name in self._values:
            self._note(name, is_id(value))
        return value if isinstance(value, str) else ""

    def number(self, name: str, fits: Callable[[int | float | Decimal], bool], requirement: str) -> float | None:
        """The number, or None where it is left out."""
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool) and fits(value):
            return float(value)
        self._note(name, expected(requirement, value))
        return None

    def flag(self, name: str) -> bool:
        """Whether it is set to true."""
        value = self._values.get(name, False)
        self._note(name, is_flag(value))
        return value is True

    def raise_if_wrong(self) -> None:
        """Raises ProviderError with every problem."""
        if "world" not in self._values:
            detail = 'The provider "mock" simulates a cloud in a file, and the setting that names the file is missing.'
            remedy = 'Add world = "world.json".'
            self._problems.append(Diagnostic("PRV103", "Provider setting is missing", detail, remedy))
        if self._problems:
            raise ProviderError(self._problems)

    def _note(self, name: str, wrong: str | None) -> None:
        if wrong:
            detail = f"{name}: {wrong}."
            self._problems.append(
                Diagnostic("PRV102", "Provider setting has a wrong value", detail, "Correct the setting.", setting=name)
            )


def _unknown(name: str) -> Diagnostic:
    return Diagnostic(
        "PRV101",
        "Provider has no such setting",
        f'{name}: the provider "mock" has {", ".join(NAMES)}.{did_you_mean(name, NAMES)}',
        "Correct or remove the setting.",
        setting=name,
    )
