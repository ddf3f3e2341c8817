"""Reads the conformance tables beside the project, where they are."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from planner.hcl.cty.conversion import convert
from planner.hcl.cty.python_values import from_python
from planner.hcl.cty.types import DYNAMIC, Type, type_from_json
from planner.hcl.cty.values import Value, elements_of, unknown

TABLES = Path(__file__).parents[3] / "shared" / "conformance"


def table(name: str) -> list[dict[str, Any]]:
    """The cases of a table; none where the tables are not at hand."""
    path = TABLES / f"{name}.json"
    if not path.exists():
        return []
    cases: list[dict[str, Any]] = json.loads(path.read_text("utf-8"), parse_float=Decimal)
    return cases


def value_of(notation: Any, notation_type: Any = None) -> Value:
    """The value that a table writes as JSON, of a type in cty's notation."""
    expected: Type = type_from_json(notation_type) if notation_type is not None else DYNAMIC
    if isinstance(notation, Mapping):
        if "$unknown" in notation:
            return unknown(type_from_json(notation["$unknown"]))
        if "$marked" in notation:
            return value_of(notation["$marked"], notation_type).with_marks(frozenset(notation["marks"]))
    return convert(_loose(notation), expected)


def _loose(notation: Any) -> Value:
    if isinstance(notation, Mapping) and not {"$unknown", "$marked"} & notation.keys():
        return from_python({key: _loose(inner) for key, inner in notation.items()})
    if isinstance(notation, list):
        return from_python([_loose(inner) for inner in notation])
    return value_of(notation) if isinstance(notation, Mapping) else from_python(notation)


def same(found: Value, expected: Value) -> bool:
    """Whether values are the same, numbers to 25 digits (the originals are binary), sets in any order."""
    if found.type != expected.type or found.marks != expected.marks:
        return False
    if not (found.is_known and expected.is_known):  # what more is known of them is not in the tables
        return not (found.is_known or expected.is_known)
    if isinstance(found.raw, tuple) and isinstance(expected.raw, tuple):
        return len(found.raw) == len(expected.raw) and all(map(same, found.raw, expected.raw))
    if isinstance(found.raw, dict) and isinstance(expected.raw, dict):
        pairs = zip(elements_of(found), elements_of(expected), strict=True)
        return found.raw.keys() == expected.raw.keys() and all(same(*pair) for pair in pairs)
    if (
        isinstance(found.raw, bool)
        or not isinstance(found.raw, int | Decimal)
        or not isinstance(expected.raw, int | Decimal)
    ):
        return bool(found.raw == expected.raw)
    return abs(Decimal(found.raw) - Decimal(expected.raw)) <= abs(Decimal(expected.raw)) * Decimal("1e-25")
