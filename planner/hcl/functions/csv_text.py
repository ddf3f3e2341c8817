"""`csvdecode`.

Own code, because the standard library's reader accepts what is not CSV (stray quotes, rows of different length), where
an error that names the line helps more. The rules are RFC 4180's, as in Go: empty lines do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from planner.diagnostics import counted
from planner.hcl.cty.types import DYNAMIC, STRING, ObjectType, Type
from planner.hcl.cty.values import Value, list_of, quoted, string
from planner.hcl.functions.arguments import check_elements
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, function

_QUOTED: Final = re.compile(r'"([^"]*(?:""[^"]*)*)"(?=[,\n]|\Z)')
_BARE: Final = re.compile(r'[^",\n]*(?=[,\n]|\Z)')


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with the number of the line each begins on. Raises FunctionError."""
    text = text.replace("\r\n", "\n").removesuffix("\r")
    if '"' not in text:
        yield from ((line, row.split(",")) for line, row in enumerate(text.split("\n"), 1) if row)
        return
    at = counted = 0
    line = 1
    while at < len(text):
        if text[at] == "\n":
            at += 1
            continue
        line += text.count("\n", counted, at)
        counted = at
        fields: list[str] = []
        while True:
            field, at = _field(text, at)
            fields.append(field)
            if at >= len(text) or text[at] == "\n":
                break
            at += 1
        yield line, fields


def _field(text: str, at: int) -> tuple[str, int]:
    """One field, and where the comma or the end of the line after it is."""
    is_quoted = text.startswith('"', at)
    found = (_QUOTED if is_quoted else _BARE).match(text, at)
    if found is None:
        line = text.count("\n", 0, at) + 1
        reason = "a quoted field does not end" if is_quoted else "there is a quote inside a field that is not quoted"
        raise FunctionError(f"not CSV: line {line}: {reason}", 0)
    return (found[1].replace('""', '"') if is_quoted else found[0]), found.end()


@function(Parameter("csv", STRING), returns=DYNAMIC)
def csvdecode(args: Arguments, result: Type) -> Value:
    """The rows of a CSV text as a list of objects; the first row names the attributes."""
    rows = _rows(args[0].raw)
    _, header = next(rows, (0, []))
    if not header:
        raise FunctionError("the header line is missing", 0)
    names = [string(name).raw for name in header]
    for position, name in enumerate(names):
        if name in names[:position]:
            raise FunctionError(f"two columns are named {quoted(name)}", 0)
    row = ObjectType(dict.fromkeys(names, STRING))
    order = sorted(range(len(names)), key=names.__getitem__)
    found: list[Value] = []
    for line, fields in rows:
        if len(fields) != len(names):
            raise FunctionError(
                f"not CSV: line {line} has {counted(len(fields), 'field')}, the header has {len(names):,}", 0
            )
        found.append(Value(row, {names[column]: string(fields[column]) for column in order}))
        check_elements(len(found))
    return list_of(row, found)


FUNCTIONS: Final[tuple[Function, ...]] = (csvdecode,)
