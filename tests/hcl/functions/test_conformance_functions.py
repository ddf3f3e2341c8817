"""The functions' tables."""

from datetime import UTC, datetime
from typing import Any

import pytest

from planner.hcl.cty.values import Value
from planner.hcl.evaluation.evaluator import evaluate_expression, render_template
from planner.hcl.evaluation.scope import Scope
from planner.hcl.functions import standard_functions
from planner.hcl.functions.spec import FunctionError, call
from planner.hcl.syntax.parser import parse_expression
from support.language_tables import TABLES, same, table, value_of

FUNCTIONS = standard_functions(
    TABLES / "functions-test", render=render_template, plan_time=datetime(2004, 4, 25, 15, tzinfo=UTC)
)

OPERATORS = {"!", "&&", "||", "[]", "==", "+", "-", "*", "/", "%", "<", "<=", ">", ">="}
"""Functions of cty that are operators in the language; the tables of expressions have them."""

NOT_APPLICABLE = {
    "tofu:encoding_test.go:38": "the argument is not a string of the language: it is no valid UTF-8",
    "cty:json_test.go:137": "the string is unknown but for its prefix, and values here do not carry that",
    "cty:json_test.go:145": "the string is unknown but for its prefix, and values here do not carry that",
    "tofu:string_test.go:113": "calls strcontains with a number, which the language converts to a string",
    "cty:csv_test.go:73": "calls csvdecode with a bool, which the language converts to a string",
}


def _unit_cases(*names: str) -> list[Any]:
    cases = [(name, case) for name in names for case in table(name) if case["func"] not in OPERATORS]
    return [pytest.param(case, id=f"{name}:{case['src']}") for name, case in cases if case["src"] not in NOT_APPLICABLE]


def _call(case: dict[str, Any]) -> Value:
    return call(FUNCTIONS[case["func"]], [value_of(each["value"], each["type"]) for each in case["args"]])


@pytest.mark.parametrize("case", _unit_cases("funcs_unit.plain", "funcs_unit.lossy", "funcs_unit.special_args"))
def test_functions_return_what_terraform_returns(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(FunctionError):
            _call(case)
    else:
        expected = value_of(case["expected"], case["type"])
        assert same(_call(case), expected)


@pytest.mark.parametrize("case", _unit_cases("funcs_unit.errors"))
def test_functions_refuse_what_terraform_refuses(case: dict[str, Any]) -> None:
    with pytest.raises(FunctionError):
        _call(case)


@pytest.mark.parametrize("case", [pytest.param(case, id=str(case["line"])) for case in table("tofu_functions")])
def test_expressions_with_functions_have_opentofus_value(case: dict[str, Any]) -> None:
    found = evaluate_expression(parse_expression(case["expr"], "case.hcl"), Scope({}, FUNCTIONS))
    assert same(found, value_of(case["expected"], case["type"]))
