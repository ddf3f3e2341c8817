"""Shapes of JSON values: what a value must look like, and every place where it does not.

A shape is a function that gives what is wrong with a value. It tells paths from that value on; whoever holds the value
puts its own part before them, so that a value that fits costs no path. Shapes are made of shapes::

    step = an_object({"id": a_count("the id of a step", 1), "needs": a_list(…, "a list of step ids"), "parked?": BOOL})

A key with a question mark may be missing; one that is not named may be there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

MOST_TOLD = 20
"""So many problems of one document are told; of a list no more are looked for."""

_LONGEST = 40
"""How much is shown of a value or a key, in characters."""
_PLAIN_KEY = re.compile(r"[\w-]+")


class _Missing:
    """What a key that is not there holds: no shape takes it."""


MISSING: Final = _Missing()


class Wrong(NamedTuple):
    """One place where a value is of another shape; the path begins at the value that was looked at."""

    path: str
    needed: str
    found: Any

    def __str__(self) -> str:
        return f"{self.path.removeprefix('.')}: {self.needed} is needed, found {_shown(self.found)}."


Shape = Callable[[Any], Sequence[Wrong]]
_FITS: Sequence[Wrong] = ()


def _shown(found: Any) -> str:
    """A value in JSON's words."""
    if found is MISSING:
        return "nothing"
    if isinstance(found, dict):
        return "an object"
    return "a list" if isinstance(found, list) else _cut(json.dumps(found, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _within(key: str, told: Iterable[Wrong]) -> list[Wrong]:
    """What is wrong with the value of this key, told by whoever holds it."""
    part = f".{key}" if _PLAIN_KEY.fullmatch(key) else f"[{json.dumps(key, ensure_ascii=False)}]"
    return [Wrong(_cut(part) + path, needed, found) for path, needed, found in told]


def anything(value: Any) -> Sequence[Wrong]:
    """The shape of whatever is there."""
    return (Wrong("", "a value", value),) if value is MISSING else _FITS


def a(needed: str, *kinds: type) -> Shape:
    """A value of exactly one of these kinds: true is no number."""
    if len(kinds) > 1:
        return such(needed, lambda value: type(value) in kinds)
    (kind,) = kinds
    return lambda value: _FITS if type(value) is kind else (Wrong("", needed, value),)


def such(needed: str, fits: Callable[[Any], bool]) -> Shape:
    """A value for which this holds."""
    return lambda value: _FITS if fits(value) else (Wrong("", needed, value),)


def a_count(needed: str, least: int = 0) -> Shape:
    """A whole number of at least so much."""
    return lambda value: _FITS if type(value) is int and value >= least else (Wrong("", needed, value),)


def one_of(values: Iterable[Any]) -> Shape:
    """One of these values, of which none is a number."""
    known = list(values)
    words = frozenset(value for value in known if isinstance(value, str))
    needed = " or ".join(json.dumps(value) for value in known)
    return such(
        f"one of {needed}" if len(known) > 1 else needed,
        lambda value: value in words if type(value) is str else value in known,
    )


def or_null(shape: Shape) -> Shape:
    """This shape, or null."""

    def look(value: Any) -> Sequence[Wrong]:
        told = _FITS if value is None else shape(value)
        return [one if one.path else one._replace(needed=f"{one.needed}, or null,") for one in told] if told else _FITS

    return look


def a_list(shape: Shape, needed: str = "a list") -> Shape:
    """A list whose elements all have this shape."""

    def look(value: Any) -> Sequence[Wrong]:
        if type(value) is not list:
            return (Wrong("", needed, value),)
        told: Sequence[Wrong] = _FITS
        for place, element in enumerate(value):
            if found := shape(element):
                told = [*told, *(one._replace(path=f"[{place}]{one.path}") for one in found)]
                if len(told) >= MOST_TOLD:
                    break
        return told

    return look


def a_map(shape: Shape, needed: str = "an object") -> Shape:
    """An object with any keys, whose values all have this shape."""

    def look(value: Any) -> Sequence[Wrong]:
        if type(value) is not dict:
            return (Wrong("", needed, value),)
        told: Sequence[Wrong] = _FITS
        for key, element in value.items():
            if found := shape(element):
                told = [*told, *_within(key, found)]
                if len(told) >= MOST_TOLD:
                    break
        return told

    return look


def an_object(fields: Mapping[str, Shape], needed: str = "an object") -> Shape:
    """An object with these keys, each with its shape; `key?` may be missing, and other keys may be there."""
    always = [(key, shape) for key, shape in fields.items() if not key.endswith("?")]
    sometimes = [(key.removesuffix("?"), shape) for key, shape in fields.items() if key.endswith("?")]

    def look(value: Any) -> Sequence[Wrong]:
        if type(value) is not dict:
            return (Wrong("", needed, value),)
        told: Sequence[Wrong] = _FITS
        for key, shape in always:
            if found := shape(value.get(key, MISSING)):
                told = [*told, *_within(key, found)]
        for key, shape in sometimes:
            if key in value and (found := shape(value[key])):
                told = [*told, *_within(key, found)]
        return told

    return look


def by(key: str, shapes: Mapping[str, Shape]) -> Shape:
    """An object whose other keys depend on what this one holds."""
    known = one_of(shapes)

    def look(value: Any) -> Sequence[Wrong]:
        if type(value) is not dict:
            return (Wrong("", "an object", value),)
        chosen = value.get(key, MISSING)
        return shapes[chosen](value) if type(chosen) is str and chosen in shapes else _within(key, known(chosen))

    return look


def also(shape: Shape, check: Callable[[Any], Iterable[Wrong]]) -> Shape:
    """This shape; and of a value that has it, what the check says of how its parts go together."""
    return lambda value: shape(value) or list(islice(check(value), MOST_TOLD))
