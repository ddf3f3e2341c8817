"""Type constraints beyond the tables; the results are Terraform's."""

import pytest

from planner.diagnostics import ConfigError
from planner.hcl import evaluate
from planner.hcl.cty.conversion import ConversionError
from planner.hcl.cty.types import STRING, ObjectType
from planner.hcl.cty.values import SENSITIVE, unknown
from planner.hcl.evaluation.evaluator import evaluate_expression
from planner.hcl.evaluation.typeexpr import Constraint, parse_constraint, type_string
from planner.hcl.syntax.parser import parse_expression


def constraint(text: str) -> Constraint:
    return parse_constraint(parse_expression(text, "x.hcl"), evaluate_expression)


@pytest.mark.parametrize(
    ("written", "held", "expected"),
    [
        ('object({a = optional(string, "d")})', "{}", {"a": "d"}),
        ('object({a = optional(string, "d")})', "{a = null}", {"a": "d"}),
        ('object({a = optional(string, "d")})', "{a = 1}", {"a": "1"}),
        ("object({a = optional(object({b = optional(number, 5)}), {})})", "{}", {"a": {"b": 5}}),
        ("object({a = optional(object({b = optional(number, 5)}), {})})", "{a = {b = 6}}", {"a": {"b": 6}}),
        ("list(object({a = string, b = optional(bool, true)}))", '[{a = "x"}]', [{"a": "x", "b": True}]),
        ("map(object({a = optional(list(string), [1])}))", "{k = {}}", {"k": {"a": ["1"]}}),
        ("set(object({a = optional(number, 1)}))", "[{}, {a = 1}, {a = 2}]", [{"a": 1}, {"a": 2}]),
        ("tuple([string, object({a = optional(number, 1)})])", "[true, {}]", ["true", {"a": 1}]),
        ("object({a = string})", '{a = "x", more = 1}', {"a": "x"}),
        ("list(any)", '[1, "a", true]', ["1", "a", "true"]),
        ("map(any)", "{a = [1], b = []}", {"a": [1], "b": []}),
        ("any", "[1, {}]", [1, {}]),
        ("list(string)", "null", None),
    ],
)
def test_values_get_the_type_and_its_defaults(written: str, held: str, expected: object) -> None:
    assert constraint(written).convert(evaluate(held)).to_python() == expected


@pytest.mark.parametrize(
    ("written", "held", "message"),
    [
        ("object({a = string})", "{}", 'attribute "a" is required'),
        ("list(object({a = number}))", '[{a = 1}, {a = "x"}]', "[1].a: a number is required"),
        ("map(number)", '{k = "x"}', '["k"]: a number is required'),
        ("tuple([string])", "[1, 2]", "a tuple of 1 element is required, not of 2"),
        ("list(any)", "[1, []]", "the elements of a list must have one type, but these differ"),
    ],
)
def test_an_error_names_the_part(written: str, held: str, message: str) -> None:
    with pytest.raises(ConversionError) as refused:
        constraint(written).convert(evaluate(held))
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "written", ["string", "list(map(number))", "object({a=optional(string),b=any})", "tuple([bool,set(string)])"]
)
def test_a_written_type_is_read_back(written: str) -> None:
    assert type_string(constraint(written).type) == written


def test_all_problems_of_an_object_are_reported() -> None:
    with pytest.raises(ConfigError) as refused:
        constraint("object({a = strin, b = list, c = optional(number, []), a = string, (d) = string})")
    assert len(refused.value.diagnostics) == 5


def test_marks_and_unknown_values_pass_through() -> None:
    held = evaluate("{a = s}", {"s": evaluate('"x"').with_marks(frozenset({SENSITIVE}))})
    converted = constraint('object({a = string, b = optional(string, "d")})').convert(held)
    assert converted.raw["a"].marks == {SENSITIVE}
    assert constraint('object({a = optional(string, "d")})').convert(unknown()).type == ObjectType({"a": STRING})
