"""Sources and values that are very deep: each is evaluated or refused with a diagnostic, and nothing else happens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.diagnostics import ConfigError
from planner.hcl.cty.values import Value, facts, object_of, string, tuple_of
from planner.hcl.evaluation.evaluator import DEEPEST_VALUE, evaluate_expression
from planner.hcl.evaluation.scope import Scope
from planner.hcl.evaluation.typeexpr import parse_constraint
from planner.hcl.functions import standard_functions
from planner.hcl.syntax.depth import DEEPEST_EXPRESSION
from planner.hcl.syntax.json_syntax import parse_json
from planner.hcl.syntax.parser import parse_expression, parse_file
from planner.hcl.syntax.references import references
from planner.hcl.writing.console_format import format_value
from planner.hcl.writing.format import format_source

DEEP = 5_000

WRAPPERS = {
    "not": ("!", ""),
    "minus": ("-", ""),
    "parentheses": ("(", ")"),
    "tuple": ("[", "]"),
    "object": ("{ a = ", " }"),
    "call": ("abs(", ")"),
    "template": ('"${', '}"'),
    "if directive": ('"%{ if true }${', '}%{ endif }"'),
    "for directive": ('"%{ for x in [1] }${', '}%{ endfor }"'),
    "condition": ("", " ? 1 : 2"),
    "true result": ("true ? ", " : 2"),
    "false result": ("true ? 1 : ", ""),
    "sum": ("1 + (", ")"),
    "sum and product": ("1 + 2 * ", ""),
    "for": ("[for x in [1] : ", "]"),
    "for collection": ("[for x in ", " : x]"),
    "for object": ("{ for x in [1] : x => ", " }"),
    "index": ("[1][", "]"),
    "splat": ("", "[*]"),
    "attribute splat": ("", ".*"),
    "attribute": ("", ".a"),
    "operator": ("", " + 1"),
    "equality": ("", " == 1"),
    "and": ("", " && true"),
}


def answer(text: str) -> str:
    """What becomes of a source: the summary of its first problem, or nothing."""
    scope = Scope({}, standard_functions())
    try:
        node = parse_expression(text, "main.hcl")
        references(node)
        format_value(evaluate_expression(node, scope))
    except ConfigError as refused:
        return refused.diagnostics[0].summary
    return ""


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_construct_is_answered_however_deep_it_is_nested(name: str) -> None:
    opened, closed = WRAPPERS[name]
    for depth in (30, 90, 150, 250, DEEP):
        answer(opened * depth + "1" + closed * depth)


@pytest.mark.parametrize("opened", ["!", "-", "!-"])
def test_too_many_unary_operators_are_too_deep(opened: str) -> None:
    assert answer(opened * DEEP + "true") == "Too deeply nested"


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("!" * (DEEPEST_EXPRESSION - 2) + "true", ""),
        ("1" + " + 1" * 20_000, ""),
        ("1" + " + 1 * 1" * 5_000, ""),
        ("true" + " && true" * 20_000, ""),
        ('"' + "${1}" * 5_000 + '"', ""),
        ("true ? 1 : " * 100 + "2", ""),
    ],
    ids=["unary", "sum", "sum of products", "and", "template", "conditions"],
)
def test_what_is_long_and_not_deep_works(text: str, summary: str) -> None:
    assert answer(text) == summary


@settings(max_examples=60, deadline=None)
@given(names=st.lists(st.sampled_from(sorted(WRAPPERS)), min_size=1, max_size=6), times=st.integers(10, 120))
def test_constructs_in_each_other_are_answered(names: list[str], times: int) -> None:
    text = "1"
    for name in names * times:
        opened, closed = WRAPPERS[name]
        text = opened + text + closed
    answer(text)


def test_deep_blocks_and_types_and_json_are_answered() -> None:
    with pytest.raises(ConfigError, match="Too deeply nested"):
        parse_file("a {\n" * DEEP + "}\n" * DEEP, "main.hcl")
    with pytest.raises(ConfigError, match="Too deeply nested"):
        parse_constraint(parse_expression("list(" * DEEP + "string" + ")" * DEEP, "main.hcl"), evaluate_expression)
    with pytest.raises(ConfigError, match="Too deeply nested"):
        parse_json('{"a":' * DEEP + "1" + "}" * DEEP, "main.hcl.json", {})
    with pytest.raises(ConfigError, match="Too deeply nested"):
        parse_json('{"a": "${' + "!" * DEEP + 'true}"}', "main.hcl.json", {})


def test_the_deepest_type_is_read() -> None:
    depth = 90
    assert parse_constraint(
        parse_expression("list(" * depth + "string" + ")" * depth, "main.hcl"), evaluate_expression
    ).type


def test_a_deep_source_can_be_formatted() -> None:
    text = "a = " + "!" * 50 + "true ? " + "x[" * 80 + "1" + "]" * 80 + " : 2\n"
    assert format_source(text, "main.hcl") == text


@pytest.mark.parametrize("wrap", [lambda inner: tuple_of([inner]), lambda inner: object_of({"a": inner})])
def test_a_value_that_grows_deeper_with_each_step_is_refused(wrap: Callable[[Value], Value]) -> None:
    value = string("x")
    for _ in range(DEEPEST_VALUE):
        value = wrap(value)
    assert evaluate_expression(parse_expression("x", "main.hcl"), Scope({"x": value})) is value
    with pytest.raises(ConfigError, match="Too deeply nested"):
        evaluate_expression(parse_expression("[x]", "main.hcl"), Scope({"x": value}))


def test_a_value_that_doubles_with_each_step_is_refused_in_time() -> None:
    node = parse_expression("[x, x]", "main.hcl")

    def doubled(value: Value, times: int) -> Value:
        return doubled(evaluate_expression(node, Scope({"x": value})), times - 1) if times else value

    assert facts(doubled(tuple_of([]), 20)).size == 2**21 - 1
    with pytest.raises(ConfigError, match="Result too large"):
        doubled(tuple_of([]), 60)
