"""The types of the language: cty's, as in Terraform."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import force_setattr


class Primitive(Struct, frozen=True):
    """A string, a number or a bool."""

    name: str


class Dynamic(Struct, frozen=True):
    """A type that is not known yet; in a constraint, `any`."""


class ListType(Struct, frozen=True):
    """A list of elements of one type."""

    element: Type


class SetType(Struct, frozen=True):
    """A set of elements of one type."""

    element: Type


class MapType(Struct, frozen=True):
    """A map from strings to elements of one type."""

    element: Type


class TupleType(Struct, frozen=True):
    """A tuple: a type for each element."""

    elements: tuple[Type, ...]


class ObjectType(Struct, frozen=True, dict=True):
    """Attributes by name, sorted. `optional` names those a constraint lets be absent."""

    attributes: Mapping[str, Type]
    optional: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        force_setattr(self, "attributes", dict(sorted(self.attributes.items())))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((tuple(self.attributes.items()), self.optional))


Type = Primitive | Dynamic | ListType | SetType | MapType | TupleType | ObjectType

STRING = Primitive("string")
NUMBER = Primitive("number")
BOOL = Primitive("bool")
DYNAMIC = Dynamic()


TypeJson = str | list["TypeJson"] | dict[str, "TypeJson"]
"""A type in cty's JSON notation: `"string"`, `["list","string"]`, `["object",{…}]`."""


def type_json(found: Type) -> TypeJson:
    """The type in cty's JSON notation; `any` is `"dynamic"`."""
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
            attributes = {name: type_json(inner) for name, inner in found.attributes.items()}
            optional: list[TypeJson] = [*sorted(found.optional)]
            return ["object", attributes, optional] if optional else ["object", attributes]


def type_from_json(notation: object) -> Type:
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
        case ["object", dict(attributes)]:
            return ObjectType({name: type_from_json(inner) for name, inner in attributes.items()})
        case ["object", dict(attributes), [*optional]]:
            return ObjectType(
                {name: type_from_json(inner) for name, inner in attributes.items()}, frozenset(map(str, optional))
            )
    raise ValueError(f"not a type: {notation!r}")


def friendly_name(found: Type, *, constraint: bool = False) -> str:
    """What an error calls the type: `list of string`, `object`; in a constraint `any` stands for "any type"."""
    match found:
        case Primitive(name):
            return name
        case Dynamic():
            return "any type" if constraint else "dynamic"
        case TupleType():
            return "tuple"
        case ObjectType():
            return "object"
        case ListType(element) | SetType(element) | MapType(element):
            kind = {ListType: "list", SetType: "set", MapType: "map"}[type(found)]
            if constraint and isinstance(element, Dynamic):
                return f"{kind} of any single type"
            return f"{kind} of {friendly_name(element, constraint=constraint)}"


def with_article(found: Type, *, constraint: bool = False) -> str:
    """The same with its article: `a list of string`, `an object`, `any type`."""
    name = friendly_name(found, constraint=constraint)
    if name == "any type":
        return name
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def has_dynamic(found: Type) -> bool:
    """Whether a part of the type is not known yet."""
    match found:
        case Dynamic():
            return True
        case ListType(element) | SetType(element) | MapType(element):
            return has_dynamic(element)
        case TupleType(elements):
            return any(has_dynamic(element) for element in elements)
        case ObjectType(attributes):
            return any(has_dynamic(element) for element in attributes.values())
    return False


def without_optional(found: Type) -> Type:
    """The type a value can have: no attribute of it may be absent."""
    match found:
        case ListType(element):
            return ListType(without_optional(element))
        case SetType(element):
            return SetType(without_optional(element))
        case MapType(element):
            return MapType(without_optional(element))
        case TupleType(elements):
            return TupleType(tuple(without_optional(element) for element in elements))
        case ObjectType(attributes):
            return ObjectType({name: without_optional(inner) for name, inner in attributes.items()})
    return found
