"""The variables that generated expressions look at: unknown ones, sensitive ones and nulls, here and for Terraform."""

from __future__ import annotations

from planner.hcl.cty.types import BOOL, DYNAMIC, NUMBER, STRING, ListType, MapType, ObjectType, SetType, TupleType, Type
from planner.hcl.cty.values import SENSITIVE, Value, list_of, null, object_of, string, unknown

_MARK = frozenset({SENSITIVE})

UNKNOWN: dict[str, Type] = {
    "s": STRING,
    "n": NUMBER,
    "b": BOOL,
    "l": ListType(STRING),
    "set": SetType(STRING),
    "m": MapType(STRING),
    "o": ObjectType({"a": STRING, "l": ListType(NUMBER)}),
    "t": TupleType((STRING, NUMBER)),
    "deep": ListType(ObjectType({"a": STRING, "b": ListType(STRING)})),
    "any": DYNAMIC,
}

DECLARATIONS = """
variable "s" { type = string }
variable "n" { type = number }
variable "b" { type = bool }
variable "l" { type = list(string) }
variable "set" { type = set(string) }
variable "m" { type = map(string) }
variable "o" { type = object({ a = string, l = list(number) }) }
variable "t" { type = tuple([string, number]) }
variable "deep" { type = list(object({ a = string, b = list(string) })) }
variable "any" { type = any }
variable "hidden" {
  type      = number
  sensitive = true
}
variable "secret" {
  type      = string
  default   = "hush"
  sensitive = true
}
variable "secrets" {
  type      = list(string)
  default   = ["a", "b"]
  sensitive = true
}
variable "none" {
  type    = string
  default = null
}
variable "nothing" {
  default = null
}
"""


def variables() -> Value:
    """`var`, as the declarations have it."""
    given = {name: unknown(of) for name, of in UNKNOWN.items()}
    return object_of(
        given
        | {
            "hidden": unknown(NUMBER).with_marks(_MARK),
            "secret": string("hush").with_marks(_MARK),
            "secrets": list_of(STRING, [string("a"), string("b")]).with_marks(_MARK),
            "none": null(STRING),
            "nothing": null(),
        }
    )
