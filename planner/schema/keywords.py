"""What a type says beyond itself, for `Annotated`: each keyword is one of JSON Schema.

    StepId = Annotated[int, at_least(1), title("step id")]

A plain string in `Annotated` is the description.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Struct

Schema = dict[str, object]
"""A JSON Schema, or a part of one."""


class Keyword(Struct, frozen=True, eq=False):
    """One keyword of JSON Schema with its value."""

    name: str
    value: object


def title(noun: str) -> Keyword:
    """What the value is, as a noun without an article: messages say `expected a step id`."""
    return Keyword("title", noun)


def example(value: str) -> Keyword:
    """A value that fits, shown where one does not."""
    return Keyword("examples", [value])


def at_least(least: int) -> Keyword:
    """The least number that fits."""
    return Keyword("minimum", least)


def at_most(most: int) -> Keyword:
    """The greatest number that fits."""
    return Keyword("maximum", most)


Count = Annotated[int, at_least(0)]
"""A number of things."""


def not_empty() -> Keyword:
    """A string of at least one character."""
    return Keyword("minLength", 1)


def pattern(regex: str) -> Keyword:
    """What a string looks like. Beside a `text_format` that is checked it is for validators that do not know that."""
    return Keyword("pattern", regex)


def one_of(values: type[StrEnum] | Iterable[object]) -> Keyword:
    """The values that fit, in the order in which messages list them."""
    return Keyword("enum", [value.value if isinstance(value, StrEnum) else value for value in values])


def text_format(name: str) -> Keyword:
    """The name of a format; the validator is given the checks of those that JSON Schema does not define."""
    return Keyword("format", name)


def where(conditions: Iterable[tuple[Schema, Schema]]) -> Keyword:
    """Further schemas: the second of each pair holds for objects that the first one fits."""
    return Keyword("allOf", [{"if": condition, "then": schema} for condition, schema in conditions])


def holds(key: str, *values: str) -> Schema:
    """The condition that an object has this key with one of these values."""
    return {"properties": {key: {"enum": list(values)}}, "required": [key]}


def needs(properties: Mapping[str, Schema]) -> Schema:
    """The schema of an object that must have these keys, each with its own schema."""
    return {"properties": dict(properties), "required": list(properties)}
