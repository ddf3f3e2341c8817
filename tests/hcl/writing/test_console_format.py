"""How values are shown."""

from typing import Any

import pytest

from planner.hcl import evaluate
from planner.hcl.cty.types import STRING, ListType
from planner.hcl.cty.values import Value, null, unknown
from planner.hcl.evaluation.evaluator import evaluate_expression
from planner.hcl.evaluation.scope import Scope
from planner.hcl.functions import standard_functions
from planner.hcl.syntax.parser import parse_expression
from planner.hcl.writing.console_format import format_value
from support.language_tables import table, value_of


@pytest.mark.parametrize("case", [pytest.param(case, id=str(case["line"])) for case in table("console_format")])
def test_values_are_shown_as_terraform_shows_them(case: dict[str, Any]) -> None:
    shown = case["value"]
    if isinstance(shown, dict) and "$marked" in shown:
        shown = {**shown, "marks": [mark.removeprefix("marks.").lower() for mark in shown["marks"]]}
    assert format_value(value_of(shown, case["type"])) == case["want"]


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("[sensitive(1), unknown]", "[\n  (sensitive value),\n  (known after apply),\n]"),
        ('"a\\tb\\u0007\\u200d\\U000e0001\\u007f\\"\\\\é"', '"a\\tb\\a\\u200d\\U000e0001\\x7f\\"\\\\é"'),
        ('{a = "x\\ny"}', '{\n  "a" = <<-EOT\n  x\n  y\n  EOT\n}'),
        ('"EOT\\n EOT_ \\n"', "<<EOT__\nEOT\n EOT_ \n\nEOT__"),
        ('"${"$"}{x} %%{y}"', '"${x} %{y}"'),
        ("[[], {}, toset([]), tomap({})]", "[\n  [],\n  {},\n  toset([]),\n  tomap({}),\n]"),
        ("1.50", "1.5"),
        ("null", "null"),
    ],
)
def test_more_values(expression: str, shown: str) -> None:
    assert format_value(evaluate(expression, {"unknown": unknown(STRING)})) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (null(ListType(STRING)), "tolist(null) /* of string */"),
        (evaluate("{a = 1}.a == 1 ? null : {a = 1}"), "null /* object */"),
        (unknown(STRING).with_marks(frozenset({"sensitive"})), "(known after apply)"),
    ],
)
def test_what_has_no_value_is_shown_with_its_type(value: Value, shown: str) -> None:
    assert format_value(value) == shown


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("type(1)", "number"),
        ("type(null)", "dynamic"),
        ("type([])", "tuple([])"),
        ('type(tolist(["a"]))', "list(string)"),
        (
            'type({a = 1, "b c" = ["x"]})',
            "object({\n    a: number,\n    b c: tuple([\n        string,\n    ]),\n})",
        ),
    ],
)
def test_types_are_shown_without_quotes(expression: str, shown: str) -> None:
    scope = Scope({}, standard_functions(console=True))
    assert format_value(evaluate_expression(parse_expression(expression, "console"), scope)) == shown
