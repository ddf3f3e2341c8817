"""Values of documents in HCL's notation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from planner.hcl.cty.unknowns import UNKNOWN as NOT_KNOWN
from planner.render.terminal import shorten

if TYPE_CHECKING:
    from planner.hcl.cty.values import Value

SENSITIVE = "(sensitive value)"
UNKNOWN = "(known after apply)"
_LIMIT = 120


def value_text(value: object, limit: int = _LIMIT) -> str:
    """A JSON value as HCL on one line, shortened to about `limit` characters. The result is not yet escaped."""
    return shorten(_hcl(value), limit)


def _hcl(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_hcl(item)}" for key, item in value.items()) + " }" if value else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(_hcl(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def block_text(value: object, indent: str = "") -> str:
    """A JSON value as HCL, each element of a list or map on a line of its own. The result is not yet escaped."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        rows = [f"{inner}{_key(key)} = {block_text(item, inner)}" for key, item in value.items()]
        return "\n".join(["{", *rows, f"{indent}}}"])
    if isinstance(value, list) and value:
        return "\n".join(["[", *(f"{inner}{block_text(item, inner)}," for item in value), f"{indent}]"])
    return _hcl(value)


def _key(key: str) -> str:
    return key if key.isidentifier() else json.dumps(key, ensure_ascii=False)


def plain_json(value: Value) -> object:
    """A value of the language as JSON data: numbers exact, what is not known as null."""
    return _known(value.to_python())


def _known(value: object) -> object:
    if isinstance(value, dict):
        return {key: _known(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_known(item) for item in value]
    return None if value is NOT_KNOWN else value
