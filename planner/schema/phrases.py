"""Schemas and values in English, as messages name them: `a list of strings or null`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from planner.schema.keywords import Schema

_LONGEST = 60
"""How much of a value is shown, in characters."""
_TYPES = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
}
_PLURALS = {"string": "strings", "integer": "whole numbers"}


class Missing:
    """What a key that is not there holds."""


MISSING: Final = Missing()


def expected(schema: Schema, resolve: Callable[[Schema], Schema], *, type_alone: bool = False) -> str:
    """What a value of this schema is. `type_alone` leaves out the limits of what has no title."""
    schema = resolve(schema)
    if "const" in schema:
        return shown(schema["const"])
    if isinstance(values := schema.get("enum"), list):
        return f"one of {' or '.join(map(shown, values))}" if len(values) > 1 else shown(values[0])
    if isinstance(branches := schema.get("anyOf"), list):
        return " or ".join(expected(branch, resolve, type_alone=type_alone) for branch in branches)
    if isinstance(name := schema.get("title"), str) and schema.get("type") != "object":
        return _with_article(name) + _such_as(schema)
    types = schema.get("type")
    if isinstance(types, list):
        return _either([_TYPES[name] for name in types])
    if types == "array":
        return _list_of(resolve(_part(schema, "items")))
    if not isinstance(types, str):
        return "a value"
    if type_alone:
        return _TYPES[types]
    least = f" of at least {schema['minimum']}" if "minimum" in schema else ""
    if least and "maximum" in schema:
        least = f" from {schema['minimum']} to {schema['maximum']}"
    return _TYPES[types] + least + (" that is not empty" if "minLength" in schema else "")


def _either(names: Sequence[str]) -> str:
    """`a string, a whole number or null`."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _list_of(items: Schema) -> str:
    if isinstance(name := items.get("title"), str):
        return f"a list of {name}es" if name.endswith("s") else f"a list of {name}s"
    plural = _PLURALS.get(str(items.get("type"))) if "enum" not in items else None
    return f"a list of {plural}" if plural else "a list"


def _with_article(name: str) -> str:
    return f"an {name}" if name[:1] in "aeiouAEIO" else f"a {name}"


def _such_as(schema: Schema) -> str:
    examples = schema.get("examples")
    return f" such as {shown(examples[0])}" if isinstance(examples, list) else ""


def _part(schema: Schema, key: str) -> Schema:
    part = schema.get(key)
    return part if isinstance(part, dict) else {}


def shown(value: object) -> str:
    """A value as JSON, cut to a length that fits a sentence; of a long one no more is encoded."""
    if value is MISSING:
        return "nothing"
    text = ""
    for piece in json.JSONEncoder(ensure_ascii=False, default=str).iterencode(value):
        text += piece
        if len(text) > _LONGEST:
            return f"{text[: _LONGEST - 3]}..."
    return text


def path_text(path: Sequence[str | int]) -> str:
    """`steps[3].slot.from`; a key that is no plain word stands in brackets and quotes."""
    return "".join(map(_segment, path)).removeprefix(".")


def _segment(key: Any) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if key.replace("-", "_").isidentifier() else f"[{shown(key)}]"
