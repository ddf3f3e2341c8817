"""Resource blocks that differ only in plain arguments from one that was decoded before: its *model*.

What was found to be right of the model is right of them. Everything else that their nodes say is decoded when it is
first asked for, and of most it never is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from planner.config.blocks import is_name
from planner.config.declarations import NO_LIFECYCLE, ObjectBlock, object_key
from planner.config.decode_objects import decode_object
from planner.config.problems import Problems
from planner.hcl.cty.values import Value
from planner.hcl.syntax.nodes import Block
from planner.hcl.syntax.references import has_calls
from planner.hcl.syntax.repeated_blocks import RepeatedBlock, Shape

_DECODED = ("repetition", "arguments", "depends_on", "provider", "lifecycle")


class RepeatedObject(ObjectBlock):
    """A resource block that is like its model but for its name and for plain arguments."""

    __slots__ = ("model",)
    block: RepeatedBlock
    model: ObjectBlock

    def __init__(self, block: RepeatedBlock, name: str, shared: Mapping[str, object]) -> None:
        self.block = block
        self.name = name
        for field, value in shared.items():
            setattr(self, field, value)
        self.key = object_key(self.mode, self.schema.type, name)

    def __getattr__(self, name: str) -> Any:
        """Called for what is not there yet."""
        if name not in _DECODED:
            raise AttributeError(name)
        decoded = decode_object(self.mode, self.block, Problems())
        for field in _DECODED:
            setattr(self, field, getattr(decoded, field))
        return getattr(decoded, name)

    def plain_arguments(self) -> Iterator[tuple[str, Value]]:
        """The arguments in which it can differ from its model, and their values."""
        return self.block.plain_arguments()


class RepeatedObjects:
    """What the resources of one module share with their models, by the shape of their blocks and their type."""

    def __init__(self) -> None:
        self._shared: dict[tuple[Shape, str], Mapping[str, object]] = {}

    def like_another(self, block: Block) -> RepeatedObject | None:
        """The resource of a block that is like another; None if it has to be decoded."""
        if not isinstance(block, RepeatedBlock) or len(labels := block.labels) != 2:
            return None
        shared = self._shared.get((block.shape, labels[0]))
        return RepeatedObject(block, labels[1], shared) if shared and is_name(labels[1]) else None

    def add(self, model: ObjectBlock) -> None:
        """Take a sound resource as the model of those that are like it."""
        block = model.block
        if not isinstance(block, RepeatedBlock) or block.shape.arguments is None:
            return
        if not block.shape.arguments.keys() <= model.arguments.keys():  # a number for "count", say
            return
        if not any(has_calls(use.expression) for use in model.uses()):  # each call of uuid() gives another value
            self._shared[block.shape, model.type] = {"model": model, **dict(_shared(model))}


def _shared(model: ObjectBlock) -> Iterator[tuple[str, object]]:
    """The fields of a resource that say nothing of a place in its block."""
    yield from (("mode", model.mode), ("schema", model.schema), ("sound", model.sound))
    if model.repetition.argument is None:
        yield "repetition", model.repetition
    if not model.depends_on:
        yield "depends_on", ()
    if model.provider is None:
        yield "provider", None
    if model.lifecycle is NO_LIFECYCLE:
        yield "lifecycle", NO_LIFECYCLE
