"""The values of the language: a type, what it holds, and its marks.

What `raw` is: None for null; UNKNOWN; `str` (NFC); `bool`; for a number an `int` where it is whole (and not too
large to write out) or a `Decimal`; for a list, set or tuple a tuple of values (a set's in canonical order, without
repeats); for a map or object a dict of values in key order. A value is never changed once made.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from planner.hcl.types import BOOL, DYNAMIC, NUMBER, STRING, Type, type_json


class Unknown(Enum):
    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
SENSITIVE: Final = "sensitive"

Number = int | Decimal
Raw = None | Unknown | str | bool | int | Decimal | tuple["Value", ...] | dict[str, "Value"]


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One value. `marks` are those of the value itself; elements have marks of their own."""

    type: Type
    raw: Any
    marks: frozenset[str] = frozenset()

    @property
    def is_null(self) -> bool:
        return self.raw is None

    @property
    def is_known(self) -> bool:
        """Whether the value itself is known; its elements may not be."""
        return self.raw is not UNKNOWN

    def with_marks(self, marks: frozenset[str]) -> Value:
        return self if marks <= self.marks else Value(self.type, self.raw, self.marks | marks)

    def to_python(self) -> Any:
        """Plain Python: numbers exact, sets as lists in canonical order, marks dropped, unknown as UNKNOWN."""
        if isinstance(self.raw, tuple):
            return [element.to_python() for element in self.raw]
        if isinstance(self.raw, dict):
            return {key: element.to_python() for key, element in self.raw.items()}
        return self.raw

    def type_json(self) -> Any:
        return type_json(self.type)


def string(text: str) -> Value:
    return Value(STRING, text)


def number(amount: Number) -> Value:
    return Value(NUMBER, amount)


def boolean(truth: bool) -> Value:
    return Value(BOOL, truth)


def null(of: Type = DYNAMIC) -> Value:
    return Value(of, None)


def unknown(of: Type = DYNAMIC) -> Value:
    return Value(of, UNKNOWN)
