"""`dynamic` blocks: nested blocks made from a collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from planner.config.constants import converted
from planner.config.module_instance import ModuleInstance, Roots
from planner.config.uses import iterator_of
from planner.diagnostics import ConfigError, Diagnostic, Span
from planner.hcl.cty.types import STRING, ListType, MapType, ObjectType, SetType, TupleType
from planner.hcl.cty.values import SENSITIVE, Value, object_of
from planner.hcl.evaluation.evaluator import elements
from planner.hcl.syntax.nodes import Attribute, Block, Body, TupleItems


class Placed(Struct, frozen=True):
    """A nested block, written out or made by `dynamic`; `roots` are the names that only its expressions see."""

    labels: tuple[str, ...]
    body: Body
    span: Span
    roots: Roots = field(default_factory=dict)


def expanded(body: Body, block_type: str, instance: ModuleInstance) -> Iterator[Placed]:
    """The nested blocks of a type, with those that `dynamic` blocks generate. Raises ConfigError and Abandoned."""
    for block in body.blocks:
        if block.type == block_type:
            yield Placed(block.labels, block.body, block.header_span)
        elif block.type == "dynamic" and block.labels[:1] == (block_type,):
            yield from _made(block, instance)


def _made(block: Block, instance: ModuleInstance) -> Iterator[Placed]:
    content = next(block.body.blocks_of("content"), None)
    for_each = block.body.attributes.get("for_each")
    if content is None or for_each is None:
        return
    collection = instance.value(for_each.expression)
    _check(collection, for_each)
    labels = block.body.attributes.get("labels")
    for key, value in elements(collection):
        roots: Mapping[str, Value] = {iterator_of(block): object_of({"key": key, "value": value})}
        names = tuple(_labels(labels, instance, roots)) if labels else ()
        yield Placed(names, content.body, block.header_span, roots)


def _labels(attribute: Attribute, instance: ModuleInstance, roots: Roots) -> Iterator[str]:
    if not isinstance(attribute.expression, TupleItems):
        detail = '"labels" is a list in brackets, such as labels = [rule.key].'
        raise ConfigError(Diagnostic("CFG316", "A list of names is required", detail, span=attribute.expression.span))
    whole = instance.value(attribute.expression, roots)
    for item, value in zip(attribute.expression.items, whole.raw, strict=True):
        text = converted(value, STRING, item, "labels")
        if not isinstance(text.raw, str):
            detail = "A label must be a known string."
            raise ConfigError(Diagnostic("CFG326", "Invalid dynamic block", detail, span=item.span))
        yield text.raw


def _check(collection: Value, attribute: Attribute) -> None:
    kinds = (ListType, SetType, MapType, TupleType, ObjectType)
    if isinstance(collection.type, kinds) and isinstance(collection.raw, tuple | dict):
        if SENSITIVE not in collection.marks:
            return
        detail = 'The "for_each" of a dynamic block cannot be sensitive: the number of its blocks is shown.'
    else:
        detail = 'The "for_each" of a dynamic block is a known list, set, map or object.'
    raise ConfigError(Diagnostic("CFG326", "Invalid dynamic block", detail, span=attribute.expression.span))
