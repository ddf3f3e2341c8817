"""How deeply expressions may nest: evaluation and references walk them recursively."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from planner.diagnostics import ConfigError, Diagnostic, Span
from planner.hcl.syntax.nodes import Attribute, Block, Expression
from planner.hcl.syntax.references import children
from planner.remedy import Remedy

DEEPEST_EXPRESSION = 200
"""Expressions in each other, `!!a` counting as three. Brackets alone may be nested less deep: see the scanner."""


def check_depth(items: Iterable[Attribute | Block]) -> None:
    """Raises ConfigError with each expression that is nested too deeply."""
    deep = [attribute.expression for attribute in _attributes(items) if _is_deep(attribute.expression)]
    if deep:
        raise ConfigError(too_deep(expression.span) for expression in deep)


def too_deep(span: Span) -> Diagnostic:
    detail = f"Expressions may be nested {DEEPEST_EXPRESSION} deep at most, and large ones less deep."
    return Diagnostic(
        "CFG102", "Too deeply nested", detail, Remedy.of("Give its parts names of their own in locals."), span=span
    )


def _attributes(items: Iterable[Attribute | Block]) -> Iterator[Attribute]:
    for item in items:
        if isinstance(item, Attribute):
            yield item
        else:
            yield from item.body.attributes.values()
            yield from _attributes(item.body.blocks)


def _is_deep(expression: Expression) -> bool:
    open_ = [(expression, 1)]
    while open_:
        node, depth = open_.pop()
        if depth > DEEPEST_EXPRESSION:
            return True
        open_.extend((child, depth + 1) for child in children(node))
    return False
