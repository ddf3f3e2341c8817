"""`jsonencode` and `jsondecode`, byte for byte as Terraform writes and reads JSON.

Own code around the standard library's scanner: numbers stay exact, objects have their keys in order, and `<`, `>`, `&`
and Unicode's line separators are written as escapes.
"""

from __future__ import annotations

import json
from typing import Any, Final

from planner.hcl.cty.arithmetic import is_infinite, number_text, parse_number
from planner.hcl.cty.types import BOOL, DYNAMIC, NUMBER, STRING, ListType, MapType, ObjectType, SetType, TupleType, Type
from planner.hcl.cty.unknowns import Unknown
from planner.hcl.cty.values import (
    Value,
    boolean,
    is_wholly_known,
    may_be_null,
    null,
    number,
    object_of,
    quoted,
    string,
    tuple_of,
    unknown,
)
from planner.hcl.functions.arguments import check_length
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, function

_STRINGS: Final = json.JSONEncoder(ensure_ascii=False)

_OPENED: Final = {ObjectType: "{", MapType: "{", TupleType: "[", ListType: "[", SetType: "["}
_OPENS: Final = {'"': STRING, **dict.fromkeys("tf", BOOL), **dict.fromkeys("-0123456789.", NUMBER)}

MAX_DEPTH: Final = 200
"""How deep lists and objects may lie in each other."""

MAX_PIECES: Final = 8_000_000
"""Values, keys and marks between them that one text may have: values that are used many times make huge ones."""

_ESCAPES: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def encode_json(value: Value) -> str:
    """The JSON text of a wholly known value. Raises FunctionError."""
    parts: list[str] = []
    _encode(value, parts, 0)
    return "".join(parts).translate(_ESCAPES)


def _encode(value: Value, parts: list[str], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise too_deep()
    if len(parts) > MAX_PIECES:
        raise FunctionError(f"the value has more than {MAX_PIECES:,} parts", 0)
    raw = value.raw
    if isinstance(raw, tuple):
        _encode_sequence(raw, parts, depth)
    elif isinstance(raw, dict):
        _encode_mapping(raw, parts, depth)
    elif isinstance(raw, str):
        parts.append(_STRINGS.encode(raw))
    elif raw is None or isinstance(raw, bool):
        parts.append("null" if raw is None else "true" if raw else "false")
    elif is_infinite(raw):
        raise FunctionError("JSON has no infinite numbers", 0)
    else:
        parts.append(number_text(raw))


def _encode_sequence(raw: tuple[Value, ...], parts: list[str], depth: int) -> None:
    parts.append("[")
    for position, element in enumerate(raw):
        if position:
            parts.append(",")
        _encode(element, parts, depth + 1)
    parts.append("]")


def _encode_mapping(raw: dict[str, Value], parts: list[str], depth: int) -> None:
    parts.append("{")
    for position, (key, element) in enumerate(raw.items()):
        parts.append(f"{',' if position else ''}{_STRINGS.encode(key)}:")
        _encode(element, parts, depth + 1)
    parts.append("}")


def too_deep() -> FunctionError:
    return FunctionError(f"lists and objects are nested more than {MAX_DEPTH} deep", 0)


def decode_json(text: str) -> Value:
    """The value of a JSON text; of equal keys the last one counts. Raises FunctionError."""
    try:
        parsed = json.loads(text, parse_int=parse_number, parse_float=parse_number, parse_constant=_not_json)
    except json.JSONDecodeError as problem:
        raise FunctionError(f"not JSON: line {problem.lineno}, column {problem.colno}: {problem.msg}", 0) from problem
    except ValueError as problem:
        raise FunctionError(f"not JSON: {problem}", 0) from problem
    except RecursionError as problem:
        raise too_deep() from problem
    return _decoded(parsed, 0)


def _not_json(name: str) -> Any:
    raise ValueError(f"{name} is not a number in JSON")


def _decoded(parsed: Any, depth: int) -> Value:
    if depth > MAX_DEPTH:
        raise too_deep()
    match parsed:
        case None:
            return null()
        case bool():
            return boolean(parsed)
        case str():
            return string(parsed)
        case list():
            return tuple_of(_decoded(each, depth + 1) for each in parsed)
        case dict():
            return object_of({string(key).raw: _decoded(each, depth + 1) for key, each in parsed.items()})
    return number(parsed)


@function(Parameter("value", allow_null=True, allow_unknown=True, allow_dynamic=True), returns=STRING)
def jsonencode(args: Arguments, result: Type) -> Value:
    """The value as JSON."""
    if not is_wholly_known(args[0]):
        of = args[0].type
        opened = '"' if of == STRING else _OPENED.get(type(of), "")
        return unknown(result, Unknown(not_null=True, prefix="" if may_be_null(args[0]) else opened))
    text = encode_json(args[0])
    check_length(len(text))
    return string(text)


def _decoded_type(args: Arguments) -> Type:
    """The type that a text which is not known yet can only have, by how it begins."""
    (text,) = args
    begun = "" if text.is_known else text.raw.prefix.strip()
    if begun and begun[0] not in "{[n" and begun[0] not in _OPENS:
        raise FunctionError(f"JSON cannot begin with {quoted(begun[0])}", 0)
    return _OPENS.get(begun[:1], DYNAMIC)


@function(Parameter("json", STRING), returns=_decoded_type)
def jsondecode(args: Arguments, result: Type) -> Value:
    """The value that a JSON text stands for."""
    return decode_json(args[0].raw)


FUNCTIONS: Final[tuple[Function, ...]] = (jsonencode, jsondecode)
