"""Functions over ordinary Python values."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final

from planner.hcl.cty.types import BOOL, NUMBER, STRING, ListType, Type
from planner.hcl.cty.values import Value, list_of, string
from planner.hcl.functions.arguments import whole_number
from planner.hcl.functions.spec import Arguments, Function, Parameter, bare_name

_TYPES: Final[dict[str, Type]] = {
    "str": STRING,
    "bool": BOOL,
    "Number": NUMBER,
    "int": NUMBER,
    "list[str]": ListType(STRING),
}


def plain(body: Callable[..., Any]) -> Function:
    """Make a `Function` of Python code over plain values; parameters and result are read from the annotations.

    They are `str`, `bool`, `Number`, `int` (a whole number) and, as a result, `list[str]`.
    """
    signature = inspect.signature(body)
    kinds = [parameter.annotation for parameter in signature.parameters.values()]
    whole = [index for index, kind in enumerate(kinds) if kind == "int"]
    parameters = tuple(Parameter(name, _TYPES[kind]) for name, kind in zip(signature.parameters, kinds, strict=True))

    def run(args: Arguments, result: Type) -> Value:
        raws = [whole_number(arg, index) if index in whole else arg.raw for index, arg in enumerate(args)]
        return plain_value(body(*raws), result)

    return Function(
        bare_name(body), parameters, _TYPES[signature.return_annotation], run, description=inspect.getdoc(body) or ""
    )


def plain_value(raw: Any, of: Type) -> Value:
    """A value of a known primitive type, or a list of strings; strings are brought to NFC."""
    if isinstance(raw, str):
        return string(raw)
    if isinstance(raw, list):
        return list_of(STRING, map(string, raw))
    return Value(of, raw)
