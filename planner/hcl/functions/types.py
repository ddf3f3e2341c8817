"""Functions about types and marks. `try` and `can`, whose arguments may fail, are the evaluator's."""

from __future__ import annotations

from typing import Final

from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.mismatch import mismatch
from planner.hcl.cty.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
    friendly_name,
)
from planner.hcl.cty.unification import is_convertible
from planner.hcl.cty.values import SENSITIVE, TYPE_MARK, Value, boolean, deep_marks, quoted, unknown
from planner.hcl.functions.arguments import is_sensitive
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, ReturnRule, function

_ANYTHING: Final = Parameter("value", allow_null=True, allow_unknown=True, allow_marked=True, allow_dynamic=True)
_CONVERTED: Final = Parameter("value", allow_null=True, allow_marked=True, allow_dynamic=True)


def _conversion_to(name: str, to: Type) -> Function:
    def run(args: Arguments, result: Type) -> Value:
        try:
            return convert(args[0], to)
        except ConversionError as problem:
            raise FunctionError(_refusal(args[0], to, str(problem)), 0) from problem

    description = f"The value as {friendly_name(to, constraint=True)}."
    return Function(name, (_CONVERTED,), _conversion_type(to), run, description=description, nullable=True)


def _conversion_type(to: Type) -> ReturnRule:
    def rule(args: Arguments) -> Type:
        of = args[0].type
        if of != to and of != DYNAMIC and not is_convertible(of, to):
            raise FunctionError(_refusal(args[0], to, mismatch(of, to)), 0)
        return to

    return rule


def _refusal(arg: Value, to: Type, reason: str) -> str:
    target = friendly_name(to, constraint=True)
    if SENSITIVE in deep_marks(arg):
        return f"cannot convert this sensitive {friendly_name(arg.type)} to {target}"
    if isinstance(arg.raw, str) and to == BOOL:
        return f'cannot convert {quoted(arg.raw)} to bool; only the strings "true" and "false" can be'
    if isinstance(arg.raw, str) and to == NUMBER:
        return f"cannot convert {quoted(arg.raw)} to number; the string must be a number in decimal notation"
    return f"cannot convert {friendly_name(arg.type)} to {target}: {reason}"


@function(_ANYTHING, returns=lambda args: args[0].type, nullable=True)
def sensitive(args: Arguments, result: Type) -> Value:
    """The value, marked so that it is not shown."""
    return args[0].with_marks(frozenset({SENSITIVE}))


@function(_ANYTHING, returns=lambda args: args[0].type, nullable=True)
def nonsensitive(args: Arguments, result: Type) -> Value:
    """The value without the mark that hides it; what lies in it keeps marks of its own."""
    return Value(args[0].type, args[0].raw, args[0].marks - {SENSITIVE})


@function(_ANYTHING, returns=BOOL)
def issensitive(args: Arguments, result: Type) -> Value:
    """Whether the value is marked as sensitive."""
    if is_sensitive(args[0]):
        return boolean(True)
    return boolean(False) if args[0].is_known else unknown(BOOL)


@function(_ANYTHING, returns=lambda args: args[0].type, nullable=True)
def ephemeralasnull(args: Arguments, result: Type) -> Value:
    """The value: none is ephemeral here."""
    return args[0]


@function(
    Parameter("value", allow_null=True, allow_unknown=True, allow_dynamic=True),
    returns=STRING,
)
def type_(args: Arguments, result: Type) -> Value:
    """The type of the value, as `console` shows it."""
    return Value(STRING, type_text(args[0].type), frozenset({TYPE_MARK}))


def type_text(of: Type, indent: int = 0) -> str:
    """A type in the layout of `type()`: attributes and tuple elements have lines of their own."""
    inner = " " * (indent + 4)
    close = " " * indent
    match of:
        case ListType(element):
            return f"list({_element_text(element, indent)})"
        case SetType(element):
            return f"set({_element_text(element, indent)})"
        case MapType(element):
            return f"map({_element_text(element, indent)})"
        case TupleType(elements):
            lines = [f"{inner}{type_text(element, indent + 4)},\n" for element in elements]
            return f"tuple([\n{''.join(lines)}{close}])" if lines else "tuple([])"
        case ObjectType():
            lines = [f"{inner}{name}: {type_text(each, indent + 4)},\n" for name, each in of.attributes.items()]
            return f"object({{\n{''.join(lines)}{close}}})" if lines else "object({})"
    return friendly_name(of)


def _element_text(of: Type, indent: int) -> str:
    if not isinstance(of, ObjectType | TupleType):
        return type_text(of, indent)
    return f"\n{' ' * (indent + 4)}{type_text(of, indent + 4)},\n{' ' * indent}"


FUNCTIONS: Final[tuple[Function, ...]] = (
    _conversion_to("tostring", STRING),
    _conversion_to("tonumber", NUMBER),
    _conversion_to("tobool", BOOL),
    _conversion_to("tolist", ListType(DYNAMIC)),
    _conversion_to("toset", SetType(DYNAMIC)),
    _conversion_to("tomap", MapType(DYNAMIC)),
    sensitive, nonsensitive, issensitive, ephemeralasnull,
)  # fmt: skip
