"""The values that an expression looked at, in words, for the message of a condition that does not hold."""

from __future__ import annotations

from collections.abc import Iterator

from planner.diagnostics import counted
from planner.hcl.cty.path import AttributeStep
from planner.hcl.cty.types import ObjectType, friendly_name
from planner.hcl.cty.values import Value, deep_marks, number, quoted, string
from planner.hcl.evaluation.access import AccessError, attribute_of, element_of
from planner.hcl.evaluation.scope import Scope
from planner.hcl.syntax.nodes import Expression
from planner.hcl.syntax.references import Traversal, references
from planner.hcl.writing.console_format import format_value

_LONGEST = 80


def values_looked_at(node: Expression, scope: Scope) -> list[str]:
    """`var.p is 80`, for each reference once. What is sensitive, ephemeral or not known yet is left out."""
    named = {str(traversal): traversal for traversal in references(node)}
    return [f"{name} is {text}" for name in sorted(named) for text in _in_words(named[name], scope)]


def _in_words(traversal: Traversal, scope: Scope) -> Iterator[str]:
    value = _found(traversal, scope)
    if value is not None and value.is_known and not deep_marks(value):
        yield _brief(value)


def _found(traversal: Traversal, scope: Scope) -> Value | None:
    value = scope.lookup(traversal.root)
    if value is None:
        return None
    try:
        for step in traversal.steps:
            if isinstance(step, AttributeStep):
                value = attribute_of(value, step.name)
            else:
                key = step.key
                value = element_of(value, string(key) if isinstance(key, str) else number(key))
    except AccessError:
        return None
    return value


def _brief(value: Value) -> str:
    if value.is_null:
        return "null"
    if isinstance(value.raw, tuple | dict):
        what = "attribute" if isinstance(value.type, ObjectType) else "element"
        return f"{friendly_name(value.type)} with {counted(len(value.raw), what)}"
    if isinstance(value.raw, str):
        text = value.raw
        length = f"… ({counted(len(text), 'character')})" if len(text) > _LONGEST else ""
        return quoted(text[:_LONGEST]) + length
    text = format_value(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
