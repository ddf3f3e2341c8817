"""The types of the language: cty's, as in Terraform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Primitive:
    name: str


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A type that is not known yet; in a constraint, `any`."""


@dataclass(frozen=True, slots=True)
class ListType:
    element: Type


@dataclass(frozen=True, slots=True)
class SetType:
    element: Type


@dataclass(frozen=True, slots=True)
class MapType:
    element: Type


@dataclass(frozen=True, slots=True)
class TupleType:
    elements: tuple[Type, ...]


@dataclass(frozen=True)
class ObjectType:
    """Attributes by name, sorted. `optional` names those a constraint lets be absent."""

    attributes: Mapping[str, Type]
    optional: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "attributes", dict(sorted(self.attributes.items())))

    def __hash__(self) -> int:
        return hash((tuple(self.attributes.items()), self.optional))


Type = Primitive | Dynamic | ListType | SetType | MapType | TupleType | ObjectType

STRING = Primitive("string")
NUMBER = Primitive("number")
BOOL = Primitive("bool")
DYNAMIC = Dynamic()


def type_json(found: Type) -> Any:
    """cty's JSON notation: `"string"`, `["list","string"]`, `["object",{…}]`; `any` is `"dynamic"`."""
    match found:
        case Primitive(name):
            return name
        case Dynamic():
            return "dynamic"
        case ListType(element):
            return ["list", type_json(element)]
        case SetType(element):
            return ["set", type_json(element)]
        case MapType(element):
            return ["map", type_json(element)]
        case TupleType(elements):
            return ["tuple", [type_json(element) for element in elements]]
        case ObjectType():
            notation: list[Any] = ["object", {name: type_json(inner) for name, inner in found.attributes.items()}]
            return [*notation, sorted(found.optional)] if found.optional else notation


def type_from_json(notation: Any) -> Type:
    """The type of cty's JSON notation. Raises ValueError where it is none."""
    match notation:
        case "string" | "number" | "bool":
            return Primitive(notation)
        case "dynamic":
            return DYNAMIC
        case ["list", element]:
            return ListType(type_from_json(element))
        case ["set", element]:
            return SetType(type_from_json(element))
        case ["map", element]:
            return MapType(type_from_json(element))
        case ["tuple", [*elements]]:
            return TupleType(tuple(type_from_json(element) for element in elements))
        case ["object", dict(attributes), *optional]:
            names = frozenset(optional[0]) if optional else frozenset()
            return ObjectType({name: type_from_json(inner) for name, inner in attributes.items()}, names)
    raise ValueError(f"not a type: {notation!r}")
