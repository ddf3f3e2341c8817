"""How `console` and outputs show a value: as an expression that would make it, types included.

Strings with line breaks are shown as heredocs. Sensitive values, and those not known yet, are not shown.
"""

from __future__ import annotations

from typing import Final

from planner.hcl.cty.arithmetic import number_text
from planner.hcl.cty.go_text import quoted_as_go
from planner.hcl.cty.types import (
    BOOL,
    NUMBER,
    STRING,
    Dynamic,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
    friendly_name,
)
from planner.hcl.cty.values import SENSITIVE, TYPE_MARK, Value

EPHEMERAL: Final = "ephemeral"

_STEP: Final = "  "


def format_value(value: Value) -> str:
    """The value as text, on one line or more."""
    if TYPE_MARK in value.marks and value.is_known and not value.is_null:
        return str(value.raw)
    return _formatted(value, "")


def _formatted(value: Value, indent: str) -> str:
    if not value.is_known:
        return "(known after apply)"
    if SENSITIVE in value.marks:
        return "(sensitive value)"
    if EPHEMERAL in value.marks:
        return "(ephemeral value)"
    raw = value.raw
    if raw is None:
        return _null(value.type)
    if isinstance(raw, str):
        return _text(raw, indent)
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, dict):
        inner = indent + _STEP
        lines = [f"\n{inner}{_text(key, inner)} = {_formatted(element, inner)}" for key, element in raw.items()]
        shown = _enclosed("{", lines, "}", indent)
        return f"tomap({shown})" if isinstance(value.type, MapType) else shown
    if isinstance(raw, tuple):
        lines = [f"\n{indent}{_STEP}{_formatted(element, indent + _STEP)}," for element in raw]
        shown = _enclosed("[", lines, "]", indent)
        name = {ListType: "tolist", SetType: "toset"}.get(type(value.type))
        return f"{name}({shown})" if name else shown
    return number_text(raw)


def _enclosed(opened: str, lines: list[str], closed: str, indent: str) -> str:
    return f"{opened}{''.join(lines)}\n{indent}{closed}" if lines else opened + closed


def _null(of: Type) -> str:
    match of:
        case Dynamic():
            return "null"
        case ListType(element):
            return f"tolist(null) /* of {friendly_name(element)} */"
        case SetType(element):
            return f"toset(null) /* of {friendly_name(element)} */"
        case MapType(element):
            return f"tomap(null) /* of {friendly_name(element)} */"
        case TupleType() | ObjectType():
            return f"null /* {friendly_name(of)} */"
    return {STRING: "tostring(null)", NUMBER: "tonumber(null)", BOOL: "tobool(null)"}[of]


def _text(text: str, indent: str) -> str:
    if "\n" not in text:
        return quoted_as_go(text)
    lines = text.split("\n")
    delimiter = "EOT"
    taken = {line.strip() for line in lines}
    while delimiter in taken:
        delimiter += "_"
    operator = "<<-" if indent else "<<"
    return f"{operator}{delimiter}" + "".join(f"\n{indent}{line}" for line in [*lines, delimiter])
