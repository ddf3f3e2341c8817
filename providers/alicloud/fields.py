"""Reading an answer's JSON. What has another shape than the API documents raises Malformed: it is no answer."""

from __future__ import annotations

from collections.abc import Mapping

Fields = Mapping[str, object]


class Malformed(Exception):
    """An answer is not what the API documents. The message says where."""


def text(fields: Fields, name: str, default: str | None = None) -> str:
    """A text; a number is written as one, as the API gives ids of accounts. Raises Malformed."""
    value = fields.get(name)
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is None and default is not None:
        return default
    raise Malformed(f"{name} is missing" if value is None else f"{name} is not text")


def flag(fields: Fields, name: str) -> bool:
    """True or false; what is missing is false. Raises Malformed."""
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise Malformed(f"{name} is neither true nor false")
    return value


def number(fields: Fields, name: str) -> int | None:
    """A whole number, or None where there is none. Raises Malformed."""
    value = fields.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise Malformed(f"{name} is not a whole number")


def items(fields: Fields, outer: str, inner: str) -> list[Fields]:
    """The objects of a list, which the API wraps as `{"Links": {"Link": [...]}}`. Raises Malformed."""
    found = _list(fields, outer, inner)
    for item in found:
        if not isinstance(item, dict):
            raise Malformed(f"{outer}.{inner} has an item that is not an object")
    return [item for item in found if isinstance(item, dict)]


def texts(fields: Fields, outer: str, inner: str) -> tuple[str, ...]:
    """The texts of a list that is wrapped in the same way; empty where it is missing. Raises Malformed."""
    if fields.get(outer) is None:
        return ()
    found = _list(fields, outer, inner)
    for item in found:
        if not isinstance(item, str):
            raise Malformed(f"{outer}.{inner} has an item that is not text")
    return tuple(item for item in found if isinstance(item, str))


def _list(fields: Fields, outer: str, inner: str) -> list[object]:
    wrapped = fields.get(outer)
    if not isinstance(wrapped, dict):
        raise Malformed(f"{outer} is missing" if wrapped is None else f"{outer} is not an object")
    found = wrapped.get(inner, [])
    if not isinstance(found, list):
        raise Malformed(f"{outer}.{inner} is not a list")
    return found
