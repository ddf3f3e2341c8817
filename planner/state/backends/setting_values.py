"""The values of a backend's settings as their kinds, from values of the language or from text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from planner.durations import SECONDS
from planner.state.backends.settings import Kind, Setting

Plain = str | int | float | bool | Mapping[str, str]
_DURATION = r"(\d+(?:\.\d+)?)(ms|s|m|h)?"
_BOOLS = {"true": True, "1": True, "false": False, "0": False}


def converted(setting: Setting, value: object) -> Plain:
    """The value as its kind, from a value of the language or from text. Raises TypeError, ValueError."""
    match setting.kind:
        case Kind.BOOL:
            found: Plain = _bool(value)
        case Kind.NUMBER:
            found = _number(value)
        case Kind.DURATION:
            found = _seconds(value)
        case Kind.FILE | Kind.DIRECTORY:
            found = _path(value, is_file=setting.kind is Kind.FILE)
        case _:
            found = as_string(value)
    if setting.allowed and found not in setting.allowed:
        raise ValueError
    return found


def as_string(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise TypeError
    return str(value)


def _bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or value.lower() not in _BOOLS:
        raise ValueError
    return _BOOLS[value.lower()]


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError
    found = int(value)
    if not 0 <= found < 2**31:
        raise ValueError
    return found


def _seconds(value: object) -> float:
    parts = re.fullmatch(_DURATION, as_string(value))
    if parts is None or not float(parts[1]):
        raise ValueError
    return float(parts[1]) * SECONDS[parts[2] or "s"]


def _path(value: object, *, is_file: bool) -> str:
    """A path which, for a file, ends in a name."""
    if not isinstance(value, str) or not value or "\0" in value or (is_file and Path(value).name in ("", "..")):
        raise ValueError
    return value
