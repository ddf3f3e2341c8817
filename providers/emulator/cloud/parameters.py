"""The parameters of a request, read as an action needs them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping

from providers.emulator.cloud.errors import ApiError, invalid, missing

COMMON = frozenset({"RegionId", "OwnerId", "OwnerAccount", "ResourceOwnerId", "ResourceOwnerAccount", "DryRun"})
"""Parameters that every action takes."""

_NUMBER = re.compile(r"\.[1-9]\d*(?=\.|$)")
_WHOLE = re.compile(r"-?\d{1,9}")


class Parameters:
    """The parameters of one request by name; an empty value counts as absent."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {name: value for name, value in values.items() if value}

    def check(self, required: Collection[str], optional: Collection[str]) -> None:
        """Raises ApiError where a required parameter is missing, or the action does not have a given one.

        A name such as `Tag.N.Key` stands for those with a number in place of `N`.
        """
        for name in required:
            if name not in self._values:
                raise missing(name)
        known = {*COMMON, *required, *optional}
        for name in self._values:
            if _NUMBER.sub(".N", name) not in known:
                raise ApiError("UnsupportedParameter", f'The emulator does not support the parameter "{name}" here.')

    def text(self, name: str, default: str = "") -> str:
        """The value as it came."""
        return self._values.get(name, default)

    def one_of(self, name: str, allowed: Collection[str]) -> str:
        """The value, one of these, or an empty text where it is absent. Raises ApiError."""
        value = self.text(name)
        if value and value not in allowed:
            raise invalid(name, f"Expected {', '.join(allowed)}.")
        return value

    def flag(self, name: str) -> bool:
        """Whether it is set to true. Raises ApiError."""
        return self.one_of(name, ("true", "false", "True", "False")).lower() == "true"

    def number(self, name: str, default: int) -> int | None:
        """The whole number, or None where it is something else."""
        value = self.text(name)
        if not value:
            return default
        return int(value) if _WHOLE.fullmatch(value) else None

    def listed(self, name: str) -> list[str]:
        """The parts of a value such as `vpc-a,vpc-b`, each once."""
        return list(dict.fromkeys(part.strip() for part in self.text(name).split(",") if part.strip()))

    def json_list(self, name: str, code: str) -> list[str]:
        """The strings of a JSON array. Raises ApiError with this code."""
        if not (value := self.text(name)):
            return []
        try:
            items = json.loads(value)
        except (ValueError, RecursionError):
            items = None
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise ApiError(code, f"The specified {name} is not valid: a JSON array of strings is expected.")
        return list(dict.fromkeys(items))

    def numbered(self, name: str) -> list[str]:
        """The values of `NAME.1`, `NAME.2`, … in order."""
        pattern = re.compile(rf"{re.escape(name)}\.([1-9]\d*)")
        matches = [(int(match[1]), value) for key, value in self._values.items() if (match := pattern.fullmatch(key))]
        return [value for _, value in sorted(matches)]

    def numbers_of(self, name: str) -> list[int]:
        """The numbers of `NAME.1.KEY`, `NAME.2.KEY`, … in order, whatever the keys."""
        pattern = re.compile(rf"{re.escape(name)}\.([1-9]\d*)\..+")
        return sorted({int(match[1]) for given in self._values if (match := pattern.fullmatch(given))})

    def pairs(self, name: str, key: str, value: str) -> list[tuple[str, str]]:
        """The pairs of `NAME.1.KEY` and `NAME.1.VALUE`, …; a missing value is an empty one."""
        pattern = re.compile(rf"{re.escape(name)}\.([1-9]\d*)\.{re.escape(key)}")
        numbers = [(match[1], text) for given, text in self._values.items() if (match := pattern.fullmatch(given))]
        return [(text, self.text(f"{name}.{number}.{value}")) for number, text in numbers]

    def all(self) -> Mapping[str, str]:
        """Every parameter that is not empty."""
        return self._values
