"""Paths from a value to a part of it."""

from __future__ import annotations

from msgspec import Struct

from planner.hcl.cty.values import quoted


class AttributeStep(Struct, frozen=True):
    """A step of a path to an attribute of an object."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"


class IndexStep(Struct, frozen=True):
    """A step of a path to an element of a collection or tuple."""

    key: str | int

    def __str__(self) -> str:
        return f"[{quoted(self.key) if isinstance(self.key, str) else self.key}]"


Path = tuple[AttributeStep | IndexStep, ...]
