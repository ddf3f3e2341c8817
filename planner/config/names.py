"""Arguments that are names, not expressions: addresses, references in lists, words."""

from __future__ import annotations

from collections.abc import Iterator

from planner.address import format_key, parse_address, plain_address
from planner.config.problems import Problems
from planner.diagnostics import ConfigError, Diagnostic, Position
from planner.hcl.syntax.nodes import (
    Access,
    Attribute,
    Expression,
    GetAttribute,
    GetElement,
    Literal,
    TupleItems,
    Variable,
)
from planner.hcl.syntax.parser import parse_expression
from planner.hcl.syntax.references import Traversal, as_traversal
from planner.hcl.syntax.words import literal_for
from planner.network.identity import VPC

_NO_OBJECTS = frozenset({"var", "local", "each", "count", "self", "path", "cl", "terraform"})


def unquoted(expression: Expression) -> Expression:
    """What a quoted name stands for: the JSON syntax has no other way to write one."""
    if not isinstance(expression, Literal) or not isinstance(expression.value.raw, str):
        return expression
    start = expression.span.start
    try:
        return parse_expression(expression.value.raw, expression.span.filename, Position(start.line, start.column + 1))
    except ConfigError:
        return expression


def needs_quotes(path: Traversal) -> str:
    """What to do with a bare word that is no reference: `vpc-a` is a name in HCL, as `vpc_a` is."""
    if path.steps:
        return ""
    word = literal_for(path.root)
    return f"Write {word}." if word else f'A string needs quotes: "{path.root}".'


def name_of(expression: Expression) -> Traversal | None:
    """The path that an argument names, or None if it is no path."""
    return as_traversal(unquoted(expression))


def listed(attribute: Attribute | None, problems: Problems) -> Iterator[Expression]:
    """The items of an argument that has to be a list, such as `depends_on`."""
    if attribute is None:
        return
    if isinstance(attribute.expression, TupleItems):
        yield from attribute.expression.items
        return
    detail = f'"{attribute.name}" is a list in brackets, such as {attribute.name} = [ … ].'
    problems.add(Diagnostic("CFG316", "A list of names is required", detail, span=attribute.expression.span))


def dependencies(attribute: Attribute | None, problems: Problems) -> tuple[Expression, ...]:
    """The references of a `depends_on`."""
    found = []
    for item in listed(attribute, problems):
        path = name_of(item)
        if path is None or not path.steps or path.root in _NO_OBJECTS:
            detail = '"depends_on" lists resources, data sources and modules by name, such as [classiclink_vpc.shop].'
            problems.add(Diagnostic("CFG316", "Invalid depends_on reference", detail, span=item.span))
        else:
            found.append(unquoted(item))
    return tuple(found)


def words(attribute: Attribute | None, problems: Problems) -> Iterator[tuple[str, Expression]]:
    """The bare words of a list, such as `ignore_changes = [vpc_id]`; a bare word in place of the list too."""
    if attribute is not None and isinstance(attribute.expression, Variable):
        yield attribute.expression.name, attribute.expression
        return
    for item in listed(attribute, problems):
        path = name_of(item)
        if path is None or path.steps:
            detail = f'"{attribute.name if attribute else ""}" lists names of arguments, such as [vpc_id].'
            problems.add(Diagnostic("CFG316", "A list of names is required", detail, span=item.span))
        else:
            yield path.root, item


def kind_of_address(text: str) -> str | None:
    """What an address stands for: the type of a resource, `module`, or None if it is neither."""
    for kind, probe in (("", text), ("module", f"{text}.{VPC}.x")):
        try:
            found = parse_address(probe)
        except ValueError:
            continue
        if found.mode == "managed":
            return kind or found.type
    return None


def address_text(expression: Expression) -> str | None:
    """The address that an expression spells, such as `module.a["x"].classiclink_vpc.b`; None if it is none."""
    expression = unquoted(expression)
    if isinstance(expression, Variable):
        return expression.name
    if not isinstance(expression, Access) or not isinstance(expression.subject, Variable):
        return None
    text = expression.subject.name
    for step in expression.steps:
        match step:
            case GetAttribute(name=name):
                text += f".{name}"
            case GetElement(key=Literal(value=value)) if isinstance(value.raw, str | int):
                text += format_key(value.raw)
            case _:
                return None
    return plain_address(text)
