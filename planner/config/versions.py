"""Version constraints, as in `required_version = ">= 0.1, < 1.0"`."""

from __future__ import annotations

import re
from collections.abc import Callable

_CONSTRAINT = r"\s*(=|!=|>=|<=|>|<|~>)?\s*v?(\d+(?:\.\d+){0,2})\s*$"

Version = tuple[int, ...]

_TESTS: dict[str, Callable[[Version, Version], bool]] = {
    "=": lambda version, bound: version == bound,
    "!=": lambda version, bound: version != bound,
    ">": lambda version, bound: version > bound,
    ">=": lambda version, bound: version >= bound,
    "<": lambda version, bound: version < bound,
    "<=": lambda version, bound: version <= bound,
}


def satisfies(version: str, constraint: str) -> bool:
    """Whether a version meets every part of a constraint. Raises ValueError if it is no constraint."""
    return all(_meets(_padded(version), part) for part in constraint.split(","))


def _meets(version: Version, part: str) -> bool:
    match = re.match(_CONSTRAINT, part)
    if match is None:
        raise ValueError(f'"{part.strip()}" is not a version constraint')
    operator, bound = match[1] or "=", match[2]
    if operator == "~>":
        fixed = tuple(map(int, bound.split(".")))[:-1]
        return version >= _padded(bound) and version[: len(fixed)] == fixed
    return _TESTS[operator](version, _padded(bound))


def _padded(version: str) -> Version:
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    return numbers + (0,) * (3 - len(numbers))
