"""What an expression refers to, found without evaluating it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from planner.diagnostics import Span
from planner.hcl.cty.path import AttributeStep, IndexStep
from planner.hcl.syntax.nodes import (
    Access,
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    GetAttribute,
    Item,
    Join,
    Literal,
    ObjectItems,
    Parentheses,
    Splat,
    Template,
    TupleItems,
    Unary,
    Variable,
    Wrapped,
)


class Traversal(Struct, frozen=True):
    """A root name and the steps from it that are written out, up to the first that must be computed."""

    root: str
    steps: tuple[AttributeStep | IndexStep, ...]
    span: Span

    def __str__(self) -> str:
        return self.root + "".join(map(str, self.steps))


def references(node: Expression) -> tuple[Traversal, ...]:
    """All references of an expression in the order of the source; names of its own `for` are none."""
    return tuple(_references(node, frozenset()))


def as_traversal(node: Expression) -> Traversal | None:
    """The whole expression as one reference, or None where it is something else."""
    if isinstance(node, Variable):
        return Traversal(node.name, (), node.span)
    if isinstance(node, Access) and isinstance(node.subject, Variable):
        found = _of_access(node, node.subject)
        return found if len(found.steps) == len(node.steps) else None
    return None


def _of_access(node: Access, root: Variable) -> Traversal:
    steps: list[AttributeStep | IndexStep] = []
    end = root.end
    for step in node.steps:
        if isinstance(step, GetAttribute):
            steps.append(AttributeStep(step.name))
        elif isinstance(step.key, Literal) and isinstance(step.key.value.raw, str | int):
            steps.append(IndexStep(step.key.value.raw))
        else:
            break
        end = step.end
    return Traversal(root.name, tuple(steps), node.source.span(root.start, end))


def _references(node: Expression, local: frozenset[str]) -> Iterator[Traversal]:
    match node:
        case Variable(name=name):
            if name not in local:
                yield Traversal(name, (), node.span)
        case Access(subject=subject, steps=steps):
            if isinstance(subject, Variable):
                if subject.name not in local:
                    yield _of_access(node, subject)
            else:
                yield from _references(subject, local)
            for step in steps:
                if not isinstance(step, GetAttribute):
                    yield from _references(step.key, local)
        case For():
            yield from _references(node.collection, local)
            inner = local | {node.value_name} | ({node.key_name} if node.key_name else set())
            for part in (node.key, node.value, node.condition):
                if part is not None:
                    yield from _references(part, inner)
        case _:
            for child in children(node):
                yield from _references(child, local)


def has_calls(node: Expression) -> bool:
    """Whether a function is called anywhere in an expression."""
    return isinstance(node, Call) or any(map(has_calls, children(node)))


def children(node: Expression) -> Iterator[Expression]:
    """The expressions directly in an expression."""
    match node:
        case Template(parts=inner) | TupleItems(items=inner) | Call(arguments=inner):
            yield from inner
        case Wrapped(inner=only) | Parentheses(inner=only) | Unary(operand=only) | Join(loop=only):
            yield only
        case Binary():
            yield node.first
            for _, operand in node.rest:
                yield operand
        case Conditional():
            yield from (node.condition, node.when_true, node.when_false)
        case ObjectItems(items=items):
            for key, value in items:
                yield from (key, value)
        case Splat():
            yield from (node.subject, node.each)
        case Access():
            yield node.subject
            yield from (step.key for step in node.steps if not isinstance(step, GetAttribute))
        case For():
            parts = (node.collection, node.key, node.value, node.condition)
            yield from (part for part in parts if part is not None)
        case Literal() | Variable() | Item():
            return
