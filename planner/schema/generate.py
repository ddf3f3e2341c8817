"""JSON Schemas from types: the types are the one home of what a document holds.

`TypedDict`s become objects, with their docstrings as descriptions; `Annotated` adds keywords and descriptions. Modules
of such types do without `from __future__ import annotations`: of text, each annotation is compiled and evaluated again,
which takes three times as long.
"""

from __future__ import annotations

from inspect import cleandoc
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from planner.schema.keywords import Keyword, Schema, holds

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SCALARS: dict[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


def schema_of(document: object, title: str, *, closed: bool = False) -> Schema:
    """The JSON Schema of a `TypedDict`, or of a union of several: by the key that distinguishes them, if any.

    `closed` refuses keys that are not named.
    """
    definitions = _Definitions(closed=closed)
    root = definitions.of_object(document) if is_typeddict(document) else definitions.of(document)
    return {"$schema": DIALECT, "title": title, **root, "$defs": dict(sorted(definitions.found.items()))}


class _Definitions:
    """The schemas of the objects met so far, by name."""

    def __init__(self, *, closed: bool) -> None:
        self.found: dict[str, Schema] = {}
        self._closed = closed

    def of_object(self, kind: Any) -> Schema:
        """The schema of a `TypedDict`."""
        hints = get_type_hints(kind, include_extras=True)
        required = [key for key, hint in hints.items() if get_origin(hint) is not NotRequired]
        return {
            "description": cleandoc(kind.__doc__ or ""),
            "type": "object",
            "properties": {key: self.of(hint) for key, hint in hints.items()},
            **({"required": required} if required else {}),
            **({"additionalProperties": False} if self._closed else {}),
        }

    def of(self, hint: Any) -> Schema:
        """The schema of any type."""
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is NotRequired:
            return self.of(arguments[0])
        if origin is Annotated:
            return self.of(arguments[0]) | _keywords(arguments[1:])
        if origin in (Union, UnionType):
            return self._of_union(arguments)
        if origin is Literal:
            return {"const": arguments[0]} if len(arguments) == 1 else {"enum": list(arguments)}
        if origin is list:
            return {"type": "array", "items": self.of(arguments[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        if is_typeddict(hint):
            return self._reference(hint)
        return {} if hint is object else {"type": _SCALARS[hint]}

    def _of_union(self, kinds: tuple[Any, ...]) -> Schema:
        if key := _telling_key(kinds):
            return self._by_key(key, kinds)
        schemas = [self.of(kind) for kind in kinds]
        if all(schema.keys() == {"type"} for schema in schemas):
            return {"type": [schema["type"] for schema in schemas]}
        return {"anyOf": schemas}

    def _by_key(self, key: str, kinds: tuple[Any, ...]) -> Schema:
        """Objects that one key distinguishes: what is wrong with one is said of its own kind alone."""
        values = {_only_value(kind, key): self._reference(kind) for kind in kinds}
        return {
            "description": f"One of several kinds of objects: {key} says which.",
            "type": "object",
            "properties": {key: {"enum": list(values), "description": "Which kind it is."}},
            "required": [key],
            "allOf": [
                {"if": {"type": "object", **holds(key, value)}, "then": reference}
                for value, reference in values.items()
            ],
        }

    def _reference(self, kind: Any) -> Schema:
        name: str = kind.__name__.lstrip("_")
        if name not in self.found:
            self.found[name] = {}  # so that an object may hold others of its kind
            self.found[name] = self.of_object(kind)
        return {"$ref": f"#/$defs/{name}"}


def _telling_key(kinds: tuple[Any, ...]) -> str | None:
    """The key whose value, another one in each of these `TypedDict`s, distinguishes them."""
    if not all(map(is_typeddict, kinds)):
        return None
    for key in get_type_hints(kinds[0]):
        values = {_only_value(kind, key) for kind in kinds} - {None}
        if len(values) == len(kinds):
            return key
    return None


def _only_value(kind: Any, key: str) -> Any:
    hint = get_type_hints(kind).get(key)
    values = get_args(hint) if get_origin(hint) is Literal else ()
    return values[0] if len(values) == 1 else None


def _keywords(extras: tuple[object, ...]) -> Schema:
    """The keywords that `Annotated` adds; the last description counts."""
    return {
        ("description" if isinstance(extra, str) else extra.name): extra if isinstance(extra, str) else extra.value
        for extra in extras
        if isinstance(extra, str | Keyword)
    }
