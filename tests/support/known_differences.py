"""Where cl means to differ from Terraform 1.11: each with its reason, and what makes cl behave as Terraform does.

A difference is explained where cl, behaving as Terraform in that one respect, gives what Terraform gives. Where it
cannot be said what Terraform gives, `as_terraform` makes cl raise `Unpredictable` as soon as it comes to that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from planner.hcl.cty import conversion, equality, operations
from planner.hcl.cty.equality import equal
from planner.hcl.cty.types import DYNAMIC, ListType, SetType, TupleType, Type
from planner.hcl.cty.unification import unify
from planner.hcl.cty.values import NO_MARKS, Value, deep_marks, is_wholly_known, not_null, set_of, unknown
from planner.hcl.evaluation import calls, evaluator, operators
from planner.hcl.evaluation.attempts import Attempt
from planner.hcl.evaluation.loops import evaluate_for
from planner.hcl.evaluation.operators import evaluate_unary
from planner.hcl.evaluation.scope import Scope
from planner.hcl.evaluation.typeexpr import Constraint
from planner.hcl.functions import encoding, network, patterns, sets, spec
from planner.hcl.syntax.nodes import Binary, Expression, For, ObjectItems, Unary


class Unpredictable(Exception):
    """What Terraform gives here cannot be said."""


@dataclass(frozen=True, slots=True)
class KnownDifference:
    """`as_terraform` makes cl behave as Terraform while it is entered."""

    name: str
    reason: str
    as_terraform: Callable[[], AbstractContextManager[object]]


Arguments = Sequence[Value]


def _call_at_present() -> Callable[..., Value]:
    """What calls functions: `spec.call`, or what other differences have put in its place."""
    call: Callable[..., Value] = vars(calls)["call"]
    return call


def _on_call(names: str, look: Callable[[Arguments], Value | None]) -> Callable[[], AbstractContextManager[object]]:
    """Calls of these functions give what `look` gives, or what it raises, where that is not None."""

    @contextmanager
    def entered() -> Iterator[None]:
        otherwise = _call_at_present()

        def call(function: spec.Function, arguments: Arguments, *budget: Any) -> Value:
            found = look(arguments) if function.name in names.split() else None
            return otherwise(function, arguments, *budget) if found is None else found

        with patch.object(calls, "call", call):
            yield

    return entered


def _open_types(arguments: Arguments) -> Value | None:
    if any(argument.type == DYNAMIC for argument in arguments):
        return unknown().with_marks(frozenset().union(*map(deep_marks, arguments)))
    return None


def _null_needle(arguments: Arguments) -> None:
    if arguments[1:] and arguments[1].is_null:
        raise spec.FunctionError("must not be null", 1)


def _unconvertible(arguments: Arguments) -> None:
    common = unify([each.type for each in arguments], safe=False)
    for each in arguments:
        try:
            conversion.convert(each, common or each.type)
        except conversion.ConversionError:
            raise Unpredictable from None


def _negative(arguments: Arguments) -> None:
    if any(isinstance(each.raw, int) and each.raw < 0 for each in arguments[1:]):
        raise Unpredictable


def _beyond_64_bits(arguments: Arguments) -> None:
    if isinstance(arguments[1].raw, int) and abs(arguments[1].raw) >= 2**63:
        raise Unpredictable


def _negative_index(arguments: Arguments) -> None:
    if arguments[1:] and isinstance(arguments[1].raw, int) and arguments[1].raw < 0:
        raise spec.FunctionError("must not be negative", 1)


def _no_list(arguments: Arguments) -> None:
    given = arguments[0]
    if not is_wholly_known(given) and not isinstance(given.type, ListType | SetType | TupleType):
        raise Unpredictable


def _odd_time(arguments: Arguments) -> None:
    odd = re.compile(r"0000-|9999-|.*,|.*[+-](24:|\d\d:60)")
    if any(isinstance(each.raw, str) and odd.match(each.raw) for each in arguments):
        raise Unpredictable


def _unknown_result(function: spec.Function, result: Value) -> Value:
    return (
        result
        if function.nullable or function.name in ("issensitive", "strcontains", "timeadd", "yamlencode")
        else not_null(result)
    )


_operation = operators._operation
_sets_equal = equality._sets_equal


def _operation_of_both(node: Binary, operator: str, right_node: Expression, left: Attempt, right: Attempt) -> Value:
    with patch.object(operators, "_short_circuit", lambda *_: None):
        found = _operation(node, operator, right_node, left, right)
    return Value(found.type, found.raw) if operator in ("&&", "||") and not found.is_known else found


def _sets_unless_partly_known(left: Value, right: Value) -> bool | None:
    for each in (*left.raw, *right.raw):
        if each.is_known and not is_wholly_known(each):
            raise Unpredictable
    return _sets_equal(left, right)


def _equal_with_all_marks(left: Value, right: Value) -> Value:
    return equal(left, right).with_marks(deep_marks(left) | deep_marks(right))


def _check_new_bits(newbits: int, argument: int) -> None:
    if not 1 <= newbits <= 32:
        raise spec.FunctionError("from 1 to 32 bits", argument)


_convert = Constraint.convert


def _convert_twice(constraint: Constraint, value: Value) -> Value:
    return conversion.convert(_convert(constraint, value), constraint.type)


_parse_network = network.parse_network
_codec = encoding._codec
_compiled = patterns.compiled


def _parse_unless_mapped(text: str, argument: int) -> network.Network:
    parsed = _parse_network(text, argument)
    if parsed.version == 6 and parsed.network_address.ipv4_mapped is not None:
        raise Unpredictable
    return parsed


def _parse_unless_everything(text: str, argument: int) -> network.Network:
    parsed = _parse_network(text, argument)
    if not parsed.prefixlen:
        raise Unpredictable
    return parsed


def _codec_of_iana(name: str, argument: int) -> str:
    if name.lower() == "utf8":
        raise spec.FunctionError("not a name of IANA's", argument)
    return _codec(name, argument)


def _of_east_asia(encoding: Value) -> bool:
    return encoding.raw.lower() in ("shift_jis", "gbk", "gb18030")


def _east_asian_bytes(arguments: Arguments) -> None:
    if _of_east_asia(arguments[1]) and max(encoding.decode_base64(arguments[0].raw), default=0) > 127:
        raise Unpredictable


def _east_asian_text(arguments: Arguments) -> None:
    if _of_east_asia(arguments[1]) and not arguments[0].raw.isascii():
        raise Unpredictable


@contextmanager
def _tables_of_the_web() -> Iterator[None]:
    with _on_call("textdecodebase64", _east_asian_bytes)(), _on_call("textencodebase64", _east_asian_text)():
        yield


def _compiled_unless_repeated(pattern: str, argument: int) -> patterns.Expression:
    names = re.findall(r"\(\?P<(\w+)>", pattern)
    if len(set(names)) < len(names):
        raise Unpredictable
    return _compiled(pattern, argument)


def _without_marks_of_nulls(values: Iterable[Value]) -> list[Value]:
    return [Value(each.type, None) if each.is_null else each for each in values]


@contextmanager
def _forgetting_sensitive_nulls() -> Iterator[None]:
    otherwise = _call_at_present()

    def call(function: spec.Function, arguments: Arguments, *budget: Any) -> Value:
        return otherwise(
            function, _without_marks_of_nulls(arguments) if function.name == "merge" else arguments, *budget
        )

    def make_set(element: Type, elements: Iterable[Value]) -> Value:
        return set_of(element, _without_marks_of_nulls(elements))

    with patch.object(calls, "call", call), patch.object(conversion, "set_of", make_set):
        yield


_KEEP_MARKS = "base64decode file fileexists lookup parseint tobool tolist tomap tonumber toset tostring"


@contextmanager
def _forgetting_marks_of_unknown() -> Iterator[None]:
    otherwise = _call_at_present()

    def call(function: spec.Function, arguments: Arguments, *budget: Any) -> Value:
        if function.name in _KEEP_MARKS.split():
            return otherwise(function, arguments, *budget)
        with patch.object(spec, "deep_marks", lambda _: NO_MARKS):
            found = otherwise(function, arguments, *budget)
        return _without_marks_of_unknown(found) if function.name == "abs" else found

    def unary(node: Unary, scope: Scope) -> Value:
        return _without_marks_of_unknown(evaluate_unary(node, scope, evaluator._evaluate))

    def items(node: ObjectItems, scope: Scope) -> Value:
        return _without_marks_of_unknown(evaluator._object(node, scope))

    with (
        patch.object(calls, "call", call),
        patch.object(calls, "deep_marks", lambda _: NO_MARKS),
        patch.dict(evaluator._EVALUATORS, {Unary: unary, ObjectItems: items}),
    ):
        yield


def _without_marks_of_unknown(value: Value) -> Value:
    return value if value.is_known else Value(value.type, value.raw)


def _loop_over_open(node: For, scope: Scope) -> Value:
    def evaluate(each: Expression, within: Scope) -> Value:
        found = evaluator._evaluate(each, within)
        forgets = each is node.collection and found.type == DYNAMIC and not found.is_known
        return unknown() if forgets else found

    return evaluate_for(node, scope, evaluate)


KNOWN_DIFFERENCES = (
    KnownDifference(
        "one side decides",
        "in `cl` and in Terraform 1.12 and later, one side of `&&` or `||` can decide the result; Terraform 1.11 "
        "needs both sides, and loses the sensitivity if one of them is unknown",
        lambda: patch.object(operators, "_operation", _operation_of_both),
    ),
    KnownDifference(
        "not null",
        "`strcontains`, `issensitive`, `timeadd` and `yamlencode` never return null; Terraform does not know this "
        "while their result is unknown",
        lambda: patch.object(spec, "_unknown_result", _unknown_result),
    ),
    KnownDifference(
        "open type to format",
        "in Terraform, the type of the result of `format` and `formatlist` is unknown if the type of an argument is, "
        "such as that of `null`",
        _on_call("format formatlist", _open_types),
    ),
    KnownDifference(
        "null in a list",
        "Terraform refuses `contains(X, null)`",
        _on_call("contains", _null_needle),
    ),
    KnownDifference(
        "marks beside null",
        "in Terraform, `X == null` is sensitive if anything in X is; in `cl` only if X itself is",
        lambda: patch.object(operations, "equal", _equal_with_all_marks),
    ),
    KnownDifference(
        "sensitive null",
        "Terraform loses the sensitivity of a null in `merge`, and of a null that is put into a set",
        _forgetting_sensitive_nulls,
    ),
    KnownDifference(
        "loop over any",
        "`for` over a sensitive value returns a sensitive value; Terraform loses the sensitivity if neither the "
        "value nor its type is known",
        lambda: patch.dict(evaluator._EVALUATORS, {For: _loop_over_open}),
    ),
    KnownDifference(
        "marks of unknown",
        "if a sensitive value is unknown, the result of `!`, `-`, a function, or an object with this value as a key "
        "is sensitive; Terraform 1.11 often loses the sensitivity",
        _forgetting_marks_of_unknown,
    ),
    KnownDifference(
        "sets of partly known",
        "in Terraform, two sets are different if some of their elements are only partly known; in `cl` the result of "
        "the comparison is then unknown",
        lambda: patch.object(equality, "_sets_equal", _sets_unless_partly_known),
    ),
    KnownDifference(
        "empty product",
        "`setproduct` with an empty argument is empty, as in OpenTofu; Terraform needs to know the lengths of the "
        "other arguments",
        lambda: patch.object(sets, "_has_known_length", lambda args: all(map(sets._countable, args))),
    ),
    KnownDifference(
        "coalesce an empty map",
        "`coalesce` refuses an argument that cannot be converted to the type of all arguments; Terraform skips it",
        _on_call("coalesce", _unconvertible),
    ),
    KnownDifference(
        "negative index",
        "`element` with a negative index counts from the end, as in OpenTofu; Terraform refuses it",
        _on_call("element", _negative_index),
    ),
    KnownDifference(
        "more new bits",
        "`cidrsubnets` accepts more than 32 new bits for IPv6 networks, as in OpenTofu",
        lambda: patch.object(network, "_check_new_bits", _check_new_bits),
    ),
    KnownDifference(
        "negative subnet",
        "in Terraform, `cidrsubnet` with a negative number returns a network outside of the given one; `cl` refuses it",
        _on_call("cidrsubnet", _negative),
    ),
    KnownDifference(
        "hosts beyond 64 bits",
        "`cidrhost` refuses a number of more than 64 bits that the network is too small for; Terraform does not notice",
        _on_call("cidrhost", _beyond_64_bits),
    ),
    KnownDifference(
        "mapped networks",
        "Terraform confuses the lengths of IPv4 and IPv6 addresses in networks such as `::ffff:10.0.0.0/104`",
        lambda: patch.object(network, "parse_network", _parse_unless_mapped),
    ),
    KnownDifference(
        "whole address space",
        "in Terraform, `cidrsubnets` finds no room in `0.0.0.0/0` and `::/0`",
        lambda: patch.object(network, "parse_network", _parse_unless_everything),
    ),
    KnownDifference(
        "flatten an object",
        "`flatten` refuses every object; Terraform refuses an object only if everything in it is known",
        _on_call("flatten", _no_list),
    ),
    KnownDifference(
        "odd times",
        "`cl` refuses the year 0, years after 9999, fractions after a comma, and offsets from UTC of a whole day or "
        "with 60 minutes",
        _on_call("timeadd timecmp formatdate", _odd_time),
    ),
    KnownDifference(
        "converted twice",
        "Terraform converts the default of a variable twice; where its type has `any`, the second conversion refuses "
        "some values with empty parts",
        lambda: patch.object(Constraint, "convert", _convert_twice),
    ),
    KnownDifference(
        "names of encodings",
        "`textencodebase64` and `textdecodebase64` accept common names of encodings, such as utf8, in addition to "
        "IANA's",
        lambda: patch.object(encoding, "_codec", _codec_of_iana),
    ),
    KnownDifference(
        "East Asian characters",
        "a few characters of Shift_JIS, GBK and GB18030 are converted as in Python; Terraform converts them as "
        "browsers do",
        _tables_of_the_web,
    ),
    KnownDifference(
        "repeated groups",
        "two capture groups with the same name are refused by RE2; in Terraform the last one counts",
        lambda: patch.object(patterns, "compiled", _compiled_unless_repeated),
    ),
)


@contextmanager
def all_as_terraform() -> Iterator[None]:
    """All of these at once."""
    with ExitStack() as entered:
        for known in KNOWN_DIFFERENCES:
            entered.enter_context(known.as_terraform())
        yield
