"""Which expressions a block has, and what each of them may refer to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from planner.config.names import name_of
from planner.hcl.syntax.nodes import Access, Attribute, Block, Body, Expression, GetElement
from planner.values import replace


class Visible(Struct, frozen=True):
    """Which roots an expression may refer to, besides those that are visible everywhere."""

    each: bool = False
    count: bool = False
    own: bool = False
    """Whether `self` is visible."""
    objects: bool = True
    check: str = ""
    """The name of the `check` block whose own data source is visible."""
    iterators: frozenset[str] = frozenset()
    """The iterators of the `dynamic` blocks around the expression."""


ANYWHERE = Visible()
BEFORE_OBJECTS = Visible(objects=False)
"""For what is evaluated before resources and data sources: settings and providers."""


class Use(Struct, frozen=True):
    """An expression of a declaration, and what it may refer to.

    With `everything` a module stands for all that is in it, as `depends_on` means it, not for its outputs.
    """

    expression: Expression
    visible: Visible = ANYWHERE
    everything: bool = False


def of_attributes(attributes: Iterable[Attribute], visible: Visible) -> Iterator[Use]:
    return (Use(attribute.expression, visible) for attribute in attributes)


def of_body(body: Body, visible: Visible) -> Iterator[Use]:
    """Every expression of a body and of the blocks in it; those in `dynamic` blocks see their iterators."""
    yield from of_attributes(body.attributes.values(), visible)
    for block in body.blocks:
        if block.type == "dynamic":
            yield from _of_dynamic(block, visible)
        else:
            yield from of_body(block.body, visible)


def _of_dynamic(block: Block, visible: Visible) -> Iterator[Use]:
    inside = replace(visible, iterators=visible.iterators | {iterator_of(block)})
    for name, attribute in block.body.attributes.items():
        if name != "iterator":
            yield Use(attribute.expression, visible if name == "for_each" else inside)
    for content in block.body.blocks:
        yield from of_body(content.body, inside)


def of_keys(address: Expression, visible: Visible) -> Iterator[Use]:
    """The keys in brackets of an address."""
    if isinstance(address, Access):
        yield from (Use(step.key, visible) for step in address.steps if isinstance(step, GetElement))


def iterator_of(block: Block) -> str:
    """The name under which the expressions of a `dynamic` block see the element at hand."""
    attribute = block.body.attributes.get("iterator")
    path = name_of(attribute.expression) if attribute else None
    return str(path) if path else (block.labels[0] if block.labels else "")
