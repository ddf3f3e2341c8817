"""Looking at arguments, and keeping results within bounds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from planner.hcl.cty.arithmetic import as_int, number_text
from planner.hcl.cty.types import SetType, Type
from planner.hcl.cty.unification import unify
from planner.hcl.cty.values import SENSITIVE, Value, is_wholly_known, quoted
from planner.hcl.functions.spec import FunctionError

MAX_STRING_LENGTH: Final = 64 * 1024 * 1024
"""Characters that a function may make of its arguments."""

MAX_ELEMENTS: Final = 1_000_000
"""Elements that a function may make of its arguments."""

SENSITIVE_PLACEHOLDER: Final = "(sensitive value)"


def common_type(types: Iterable[Type]) -> Type | None:
    """The type all can be converted to, whether or not each value can."""
    return unify(list(dict.fromkeys(types)), safe=False)


def open_set(given: Value) -> bool:
    """Whether some elements of a set may turn out to be the same."""
    return isinstance(given.type, SetType) and len(given.raw) > 1 and not is_wholly_known(given)


def shown(value: Value) -> str:
    """A primitive argument in a message; a sensitive one is hidden."""
    if value.marks:
        return SENSITIVE_PLACEHOLDER
    if isinstance(value.raw, bool):
        return "true" if value.raw else "false"
    return quoted(value.raw) if isinstance(value.raw, str) else number_text(value.raw)


def whole_number(value: Value, index: int) -> int:
    """The argument as an int. Raises FunctionError where it has a fraction or does not fit 64 bits."""
    amount = as_int(value.raw)
    if amount is None:
        raise FunctionError(f"a whole number is required, not {shown(value)}", index)
    if not -(2**63) <= amount < 2**63:
        raise FunctionError(f"a number of at most 64 bits is required, not {shown(value)}", index)
    return amount


def check_length(length: int) -> None:
    """Raises FunctionError where a string of `length` characters is more than a function may make."""
    if length > MAX_STRING_LENGTH:
        raise FunctionError(f"the result would have {length:,} characters; the limit is {MAX_STRING_LENGTH:,}")


def check_elements(count: int) -> None:
    """Raises FunctionError where `count` elements are more than a function may make."""
    if count > MAX_ELEMENTS:
        raise FunctionError(f"the result would have {count:,} elements; the limit is {MAX_ELEMENTS:,}")


def is_sensitive(value: Value) -> bool:
    return SENSITIVE in value.marks
