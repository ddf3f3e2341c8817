"""Files of values: lines of `name = value`, or one JSON object."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

from msgspec import Struct

from planner.config.names import needs_quotes
from planner.config.problems import Problems
from planner.diagnostics import ConfigError, Diagnostic, Position, Span
from planner.hcl.cty.python_values import from_python
from planner.hcl.cty.values import Value
from planner.hcl.evaluation.evaluator import DEEPEST_VALUE, evaluate_expression, excess
from planner.hcl.evaluation.scope import Scope
from planner.hcl.syntax.parser import parse_file
from planner.hcl.syntax.references import references
from planner.reading import not_utf8, read_named, read_regular
from planner.remedy import Remedy

VARIABLES: Final = "variables file"
"""What messages call a file of `--var-file`."""
BACKEND_CONFIG: Final = "file of --backend-config"
"""What messages call a file of `cl init --backend-config`."""


class FileValue(Struct, frozen=True):
    """A value, and where it stands."""

    name: str
    value: Value
    span: Span
    name_span: Span


def text_of(path: Path, name: str, what: str, *, may_be_pipe: bool) -> str:
    """The text of a file of values. One that the user names may be a pipe, as in `--var-file <(…)`.

    `what` is what messages call such a file. Raises ConfigError.
    """
    try:
        data = read_named(path) if may_be_pipe else read_regular(path)
        return data.decode("utf-8-sig")
    except OSError as problem:
        reason, remedy = problem.strerror or str(problem), "Check the path."
    except UnicodeDecodeError as problem:
        reason, remedy = not_utf8(problem), "Save it as UTF-8."
    detail = f"The {what} {name} cannot be read: {reason}."
    raise ConfigError(Diagnostic("CFG410", f"Cannot read {what}", detail, Remedy.of(remedy), files=(name,)))


def values_in(text: str, name: str, what: str) -> list[FileValue]:
    """What is in the text of a file of values. Raises ConfigError."""
    read = _json_values if name.endswith(".json") else _hcl_values
    return list(read(text, name, what))


def _hcl_values(text: str, name: str, what: str) -> Iterator[FileValue]:
    problems = Problems()
    body = parse_file(text, name)
    found: list[FileValue] = []
    for block in body.blocks:
        detail = f'A {what} has only lines like name = value; a "{block.type}" block belongs in a *.hcl file.'
        problems.add(Diagnostic("CFG301", "Unsupported block type", detail, span=block.type_span))
    for attribute in body.attributes.values():
        with problems.collecting():
            if used := references(attribute.expression):
                detail = f"A {what} has only plain values, which cannot refer to anything."
                remedy = needs_quotes(used[0])
                raise ConfigError(
                    Diagnostic("CFG401", "Variables not allowed", detail, Remedy.of(remedy), span=used[0].span)
                )
            value = evaluate_expression(attribute.expression, Scope({}))
            found.append(FileValue(attribute.name, value, attribute.expression.span, attribute.name_span))
    problems.raise_errors()
    yield from found


def _json_values(text: str, name: str, what: str) -> Iterator[FileValue]:
    from json import loads

    start = Span(name, Position(1, 1), Position(1, 1))
    try:
        found = loads(text, parse_float=Decimal)
        values = {key: from_python(value) for key, value in found.items()} if isinstance(found, dict) else {}
    except RecursionError:
        detail = f"Lists and objects can be nested at most {DEEPEST_VALUE} levels deep."
        raise ConfigError(Diagnostic("CFG107", "Too deeply nested", detail, span=start)) from None
    except ValueError as problem:
        from planner.wrong_files import not_json

        line, column = getattr(problem, "lineno", 1), getattr(problem, "colno", 1)
        place = Span(name, Position(line, column), Position(line, column + 1))
        detail = f"The file is not valid JSON: {not_json(problem, text).why}."
        raise ConfigError(Diagnostic("CFG107", "Invalid JSON", detail, span=place)) from None
    if not isinstance(found, dict):
        detail = f"A {what} in JSON must be one object, whose keys are names."
        raise ConfigError(Diagnostic("CFG107", "Invalid JSON", detail, span=start))
    for variable, value in values.items():
        if wrong := excess(value):
            raise ConfigError(Diagnostic("CFG107", wrong[0], wrong[1], span=start))
        yield FileValue(variable, value, start, start)
