"""`count` and `for_each`: which instances a block has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from planner.address import Key
from planner.config.declarations import Repetition
from planner.diagnostics import ConfigError, Diagnostic
from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.types import DYNAMIC, NUMBER, STRING, MapType, ObjectType, SetType, Type, with_article
from planner.hcl.cty.values import SENSITIVE, Value, number, object_of, string, unknown
from planner.hcl.syntax.nodes import Attribute, Expression
from planner.remedy import Remedy

MOST_INSTANCES = 1_000_000
"""More than any estate holds: a count beyond it is a slip of the pen."""


class Expansion(Struct, frozen=True):
    """The instances of a block: for each key the roots (`each` or `count`) that its expressions see.

    With `unknown` the keys are not known yet; one instance stands for all of them.
    """

    argument: str | None
    instances: Mapping[Key, Mapping[str, Value]]
    unknown: bool = False


_SINGLE = Expansion(None, {None: {}})


def expand(repetition: Repetition, value: Callable[[Expression], Value], *, planning: bool) -> Expansion:
    """The instances that `count` or `for_each` ask for. Unknown keys are refused when planning.

    Raises ConfigError.
    """
    if repetition.count:
        return _by_count(repetition.count, value(repetition.count.expression), planning)
    if repetition.for_each:
        return by_keys(repetition.for_each, value(repetition.for_each.expression), planning=planning)
    return _SINGLE


def _by_count(attribute: Attribute, given: Value, planning: bool) -> Expansion:
    if SENSITIVE in given.marks:
        raise _refused(attribute, "cannot be sensitive: every plan shows the number of instances.")
    try:
        count = convert(given, NUMBER)
    except ConversionError as problem:
        raise _refused(attribute, f"must be a whole number: {problem}.") from None
    if count.is_null:
        raise _refused(attribute, "must be a whole number; this is null.")
    if not count.is_known:
        if planning:
            raise _unknown_keys(attribute)
        return Expansion("count", {0: {"count": object_of({"index": unknown(NUMBER)})}}, unknown=True)
    if not isinstance(count.raw, int):
        raise _refused(attribute, f"must be a whole number; this is {count.raw}.")
    if count.raw < 0:
        raise _refused(attribute, f"must be 0 or more; this is {count.raw}.")
    if count.raw > MOST_INSTANCES:
        raise _refused(attribute, f"must be at most {MOST_INSTANCES:,}; this is {count.raw:,}.")
    return Expansion("count", {index: {"count": object_of({"index": number(index)})} for index in range(count.raw)})


def by_keys(attribute: Attribute, given: Value, *, planning: bool) -> Expansion:
    """The instances that a `for_each` asks for: one for each key of a map or object, or element of a set of strings."""
    if SENSITIVE in given.marks:
        raise _refused(
            attribute,
            "cannot be sensitive: every plan shows its keys.",
            "If the keys themselves are not secret, wrap the value in nonsensitive().",
        )
    if given.is_null:
        raise _refused(attribute, "must be a map or a set of strings; this is null.")
    _check_type(attribute, given.type)
    if not given.is_known:
        if planning:
            raise _unknown_keys(attribute)
        element = given.type.element if isinstance(given.type, MapType) else DYNAMIC
        either = unknown(STRING) if isinstance(given.type, SetType) else unknown(element)
        return Expansion("for_each", {"": {"each": object_of({"key": unknown(STRING), "value": either})}}, unknown=True)
    if isinstance(given.type, SetType):
        return _by_set(attribute, given, planning)
    each = _EachObjects()
    return Expansion("for_each", {key: {"each": each.make(string(key), value)} for key, value in given.raw.items()})


def _by_set(attribute: Attribute, given: Value, planning: bool) -> Expansion:
    if any(element.is_null for element in given.raw):
        raise _refused(attribute, "contains null, and each element becomes an instance key.")
    if any(not element.is_known for element in given.raw):
        if planning:
            raise _unknown_keys(attribute)
        either = unknown(STRING)
        return Expansion("for_each", {"": {"each": object_of({"key": either, "value": either})}}, unknown=True)
    each = _EachObjects()
    return Expansion("for_each", {element.raw: {"each": each.make(element, element)} for element in given.raw})


class _EachObjects:
    """Makes `each` objects; the type is made once for all values of one type."""

    def __init__(self) -> None:
        self._types: dict[int, tuple[Type, ObjectType]] = {}

    def make(self, key: Value, value: Value) -> Value:
        known = self._types.get(id(value.type))
        if known is None:
            known = value.type, ObjectType({"key": STRING, "value": value.type})
            self._types[id(value.type)] = known
        return Value(known[1], {"key": key, "value": value})


def _check_type(attribute: Attribute, found: Type) -> None:
    if found == DYNAMIC or isinstance(found, MapType | ObjectType):
        return
    if isinstance(found, SetType):
        if found.element in (STRING, DYNAMIC):
            return
        raise _refused(attribute, f"must be a map or a set of strings; this is {with_article(found)}.")
    remedy = "Wrap a list of strings in toset(), or make a map with { for x in … : x.id => x }."
    detail = f"must be a map or a set of strings; this is {with_article(found)}."
    raise _refused(attribute, detail, remedy)


def _refused(attribute: Attribute, detail: str, remedy: str = "") -> ConfigError:
    return ConfigError(
        Diagnostic(
            "CFG312",
            f"Invalid {attribute.name} argument",
            f'"{attribute.name}" {detail}',
            Remedy.of(remedy),
            span=attribute.expression.span,
        )
    )


def _unknown_keys(attribute: Attribute) -> ConfigError:
    return _refused(
        attribute,
        "is not known, because it depends on something that could not be read.",
        "Use keys that the configuration itself contains.",
    )
