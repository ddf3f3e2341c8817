"""Functions over moments. Timestamps are RFC 3339's, as in `2026-01-31T12:00:00Z`, read strictly.

Own code, because the standard library reads more than RFC 3339 allows and keeps microseconds only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from msgspec import Struct

from planner.hcl.cty.types import STRING, Type
from planner.hcl.cty.values import Value, string, unknown
from planner.hcl.functions.plain import plain
from planner.hcl.functions.spec import Arguments, Function, FunctionError, function

_SECOND: Final = 1_000_000_000
_UNITS: Final = {
    "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000,
    "s": _SECOND, "m": 60 * _SECOND, "h": 3600 * _SECOND,
}  # fmt: skip
_LONGEST: Final = 2**63
"""Nanoseconds of a duration, as in Go: about 292 years."""

_TIMESTAMP: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:Z|([+-])(\d{2}):(\d{2}))", re.ASCII
)
_DURATION: Final = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_TOKEN: Final = re.compile(r"''|'(?:[^']|'')*'|'.*|([a-zA-Z])\1*|[^'a-zA-Z]+", re.DOTALL)
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Moment(Struct, frozen=True):
    """A time of day in a zone, to the second, and the nanoseconds past it."""

    at: datetime
    nanoseconds: int = 0

    def order(self) -> tuple[datetime, int]:
        return self.at.astimezone(UTC), self.nanoseconds


def parse_timestamp(text: str, argument: int) -> Moment:
    """Raises FunctionError."""
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        raise FunctionError(
            f'"{text}" is not a timestamp of RFC 3339; write it like 2026-01-31T12:00:00Z or 2026-01-31T12:00:00+08:00',
            argument,
        )
    parts = [int(part) for part in found.groups()[:6]]
    hours, minutes = int(found[9] or 0), int(found[10] or 0)
    if hours > 23 or minutes > 59:
        raise FunctionError(f'"{text}" is not a timestamp of RFC 3339: the UTC offset is out of range', argument)
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if found[8] == "-" else 1)
    try:
        at = datetime(*parts, tzinfo=timezone(offset))  # type: ignore[misc,arg-type]  # six numbers by the pattern
        at.astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise FunctionError(f'"{text}" is not a timestamp of RFC 3339: {problem}', argument) from problem
    return Moment(at, int((found[7] or "").ljust(9, "0")[:9]))


def format_timestamp(at: datetime) -> str:
    """RFC 3339 to the second."""
    return f"{at.year:04d}-{at:%m-%dT%H:%M:%S}{_offset(at, ':', 'Z')}"


def _offset(at: datetime, separator: str, zero: str | None = None) -> str:
    minutes = int((at.utcoffset() or timedelta()).total_seconds()) // 60
    if not minutes and zero is not None:
        return zero
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}{separator}{abs(minutes) % 60:02d}"


def yaml_timestamp(text: str) -> str | None:
    """The RFC 3339 form of a timestamp in one of YAML's forms, or None where it is none."""
    found = _YAML_TIMESTAMP.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.group(1, 2, 3))
    hour, minute, second = (int(part or 0) for part in found.group(4, 5, 6))
    hours, minutes = int(found[8] or 0), int(found[9] or 0)
    try:
        offset = timedelta(hours=hours, minutes=minutes) * (-1 if found[7] == "-" else 1)
        return format_timestamp(datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset)))
    except ValueError:
        return None


_YAML_TIMESTAMP: Final = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:[Tt](?=.*(?:Z|[+-]\d\d:\d\d)$)| (?=.*\d$)(?!.*[+-]))(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?"
    r"(?:Z|([+-])(\d\d):(\d\d))?)?",
    re.ASCII,
)


def parse_duration(text: str, argument: int) -> int:
    """The nanoseconds of a duration such as `-1h30m`. Raises FunctionError."""
    unsigned = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    total = 0
    end = 0
    for found in _DURATION.finditer(unsigned):
        if found.start() != end or len(found[1]) > 40:
            break
        end = found.end()
        whole, _, fraction = found[1].partition(".")
        unit = _UNITS[found[2]]
        total += int(whole or 0) * unit + int(fraction or 0) * unit // 10 ** len(fraction)
    if unsigned != "0" and (not unsigned or end != len(unsigned) or total >= _LONGEST):
        raise FunctionError(
            f'"{text}" is not a duration; write numbers with the units ns, us, ms, s, m or h, such as "1h30m"', argument
        )
    return -total if text.startswith("-") else total


@plain
def timeadd(timestamp: str, duration: str) -> str:
    """The timestamp moved by a duration such as `-10m`."""
    moment = parse_timestamp(timestamp, 0)
    seconds, _ = divmod(moment.nanoseconds + parse_duration(duration, 1), _SECOND)
    try:
        return format_timestamp(moment.at + timedelta(seconds=seconds))
    except OverflowError as problem:
        raise FunctionError("the result is not in the years 1 to 9999", 1) from problem


@plain
def timecmp(timestamp_a: str, timestamp_b: str) -> int:
    """-1, 0 or 1: whether the first moment is before, at or after the second."""
    first, second = parse_timestamp(timestamp_a, 0).order(), parse_timestamp(timestamp_b, 1).order()
    return (first > second) - (first < second)


@plain
def formatdate(layout: str, timestamp: str) -> str:
    """The timestamp in a layout such as `DD MMM YYYY hh:mm ZZZ`."""
    at = parse_timestamp(timestamp, 1).at
    return "".join(_rendered(found[0], at) for found in _TOKEN.finditer(layout))


def _rendered(token: str, at: datetime) -> str:
    if token[0] == "'":
        if len(token) == 1 or not token.endswith("'") or token[1:-1].replace("''", "").count("'"):
            raise FunctionError("a literal that begins with ' does not end", 0)
        return token[1:-1].replace("''", "'") or "'"
    if not token.isascii() or not token[0].isalpha():
        return token
    verbs = _VERBS.get(token[0])
    if verbs is None:
        raise FunctionError(f'"{token}" is not a date verb; put literal text between single quotes', 0)
    render = verbs.get(len(token))
    if render is None:
        known = ", ".join(f'"{token[0] * length}"' for length in verbs)
        raise FunctionError(f'"{token}" is not a date verb; there is {known}', 0)
    return render(at)


def _numbers(pick: Callable[[datetime], int]) -> dict[int, Callable[[datetime], str]]:
    return {1: lambda at: str(pick(at)), 2: lambda at: f"{pick(at):02d}"}


_VERBS: Final[dict[str, dict[int, Callable[[datetime], str]]]] = {
    "Y": {2: lambda at: f"{at.year % 100:02d}", 4: lambda at: f"{at.year:04d}"},
    "M": {
        **_numbers(lambda at: at.month),
        3: lambda at: _MONTHS[at.month - 1][:3],
        4: lambda at: _MONTHS[at.month - 1],
    },
    "D": _numbers(lambda at: at.day),
    "E": {3: lambda at: _DAYS[at.weekday()][:3], 4: lambda at: _DAYS[at.weekday()]},
    "h": _numbers(lambda at: at.hour),
    "H": _numbers(lambda at: at.hour % 12 or 12),
    "A": {2: lambda at: "AM" if at.hour < 12 else "PM"},
    "a": {2: lambda at: "am" if at.hour < 12 else "pm"},
    "m": _numbers(lambda at: at.minute),
    "s": _numbers(lambda at: at.second),
    "Z": {
        1: lambda at: _offset(at, ":", "Z"),
        3: lambda at: _offset(at, "", "UTC"),
        4: lambda at: _offset(at, ""),
        5: lambda at: _offset(at, ":"),
    },
}

FUNCTIONS: Final[tuple[Function, ...]] = (timeadd, timecmp, formatdate)


def clock_functions(now: Callable[[], datetime], plan: datetime | None) -> tuple[Function, ...]:
    """`timestamp` by a clock, and `plantimestamp`: the plan's moment, unknown where there is none."""

    @function(returns=STRING)
    def timestamp(args: Arguments, result: Type) -> Value:
        """The present moment."""
        return string(format_timestamp(now().astimezone(UTC)))

    @function(returns=STRING)
    def plantimestamp(args: Arguments, result: Type) -> Value:
        """The moment of the plan."""
        return unknown(STRING) if plan is None else string(format_timestamp(plan.astimezone(UTC)))

    return timestamp, plantimestamp
