"""The language's tables: expressions, templates, parsing, diagnostics."""

from collections.abc import Mapping
from typing import Any

import pytest

from planner.diagnostics import ConfigError
from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.types import type_from_json
from planner.hcl.cty.values import Value, object_of
from planner.hcl.evaluation.evaluator import evaluate_expression, render_template
from planner.hcl.evaluation.scope import Scope
from planner.hcl.evaluation.typeexpr import parse_constraint, type_string
from planner.hcl.functions import standard_functions
from planner.hcl.syntax.escapes import split_literal
from planner.hcl.syntax.nodes import Body
from planner.hcl.syntax.parser import parse_expression, parse_file, parse_template
from support.language_tables import same, table, value_of

FUNCTIONS = standard_functions(render=render_template)


NOT_APPLICABLE = {
    "hclsyntax.marked:expression_test.go:1551": "the value is refined as never null, which values here do not carry",
    "typeexpr:50": "an exact type is asked for, and nothing in a configuration takes one",
    "typeexpr:278": "an exact type is asked for, and nothing in a configuration takes one",
    "parse_config:2406": "the second problem that HCL reports is only a consequence of the first",
}


def _name(case: dict[str, Any]) -> str:
    return str(case.get("name") or case.get("src") or case.get("line"))


def _cases(*names: str) -> list[Any]:
    named = [(f"{name}:{_name(case)}", case) for name in names for case in table(name)]
    return [pytest.param(case, id=name) for name, case in named if name not in NOT_APPLICABLE]


def _evaluate(case: dict[str, Any]) -> Value:
    variables = {name: value_of(held, case["variable_types"].get(name)) for name, held in case["variables"].items()}
    parse = parse_template if case.get("mode") == "template" else parse_expression
    node = parse(case["expr"], "case.hcl")
    return evaluate_expression(node, Scope(variables, _functions(case)))


def _functions(case: dict[str, Any]) -> Mapping[str, Any] | None:
    named = case.get("functions")
    if named is None:
        return FUNCTIONS
    if not named:
        return None
    found = {}
    for name, standard in named.items():
        bare = standard.removeprefix("stdlib.").removesuffix("Func").lower()
        found[name] = FUNCTIONS[{"concat": "concat"}.get(bare, bare)]
    return found


@pytest.mark.parametrize("case", _cases("hclsyntax.plain", "hclsyntax.unknown", "hclsyntax.marked"))
def test_expressions_have_the_value_that_hcl_gives_them(case: dict[str, Any]) -> None:
    found = _evaluate(case)
    expected = value_of(case["expected"], case["type"])
    assert same(found, expected), f"{case['expr']}\n{found}\n{expected}"


@pytest.mark.parametrize("case", _cases("tryfunc"))
def test_try_and_can(case: dict[str, Any]) -> None:
    if case.get("error"):
        with pytest.raises(ConfigError):
            _evaluate(case)
    else:
        found = _evaluate(case)
        assert same(found, value_of(case["expected"], case["type"])), found


@pytest.mark.parametrize("case", _cases("hclsyntax.errors"))
def test_wrong_expressions_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        _evaluate(case)


@pytest.mark.parametrize("case", _cases("hclsyntax.error_messages"))
def test_wrong_expressions_have_the_summaries_of_hcl(case: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as refused:
        _evaluate(case)
    assert case["error_summary"] in [problem.summary for problem in refused.value.diagnostics]


def _problems(text: str) -> int:
    try:
        parse_file(text, "case.hcl")
    except ConfigError as refused:
        return len(refused.diagnostics)
    return 0


@pytest.mark.parametrize("case", _cases("parse_config"))
def test_files_have_as_many_problems_as_hcl_finds(case: dict[str, Any]) -> None:
    assert _problems(case["input"]) == case["diag_count"]


@pytest.mark.parametrize("case", _cases("parse_diagnostics"))
def test_syntax_problems_have_the_summaries_and_places_of_hcl(case: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_file(case["input"], "case.hcl")
    (found,) = refused.value.diagnostics
    (expected,) = case["diagnostics"]
    assert found.summary == expected["summary"]
    assert found.span is not None
    place = found.span.to_json()
    for end in ("start", "end"):
        assert place[end] == {key: expected["subject"][end][key] for key in ("line", "column")}


@pytest.mark.parametrize("case", _cases("scan_string_lit"))
def test_literals_are_split_into_escapes_and_text(case: dict[str, Any]) -> None:
    for how in ("quoted", "unquoted"):
        assert [part for _, part in split_literal(case["input"], quoted=how == "quoted")] == case[how]


@pytest.mark.parametrize("case", _cases("typeexpr"))
def test_type_constraints_are_parsed(case: dict[str, Any]) -> None:
    node = parse_expression(case["source"], "case.hcl")
    if case["error"]:
        with pytest.raises(ConfigError, match="Invalid type specification"):
            parse_constraint(node, evaluate_expression)
    else:
        assert parse_constraint(node, evaluate_expression).type == type_from_json(case["type"])


@pytest.mark.parametrize("case", _cases("type_string"))
def test_types_are_written(case: dict[str, Any]) -> None:
    assert type_string(type_from_json(case["type"])) == case["want"]


@pytest.mark.parametrize("case", _cases("type_conversion"))
def test_values_are_converted_to_constraints(case: dict[str, Any]) -> None:
    constraint = parse_constraint(parse_expression(case["constraint"], "case.hcl"), evaluate_expression)
    value = value_of(case["input"], case["input_type"])
    if case["error"]:
        with pytest.raises(ConversionError, match=case["error"]):
            constraint.convert(value)
    else:
        assert same(constraint.convert(value), value_of(case["expected"], case["type"]))


@pytest.mark.parametrize("case", _cases("specsuite"))
def test_the_specification_suite(case: dict[str, Any]) -> None:
    if case.get("diagnostics"):
        with pytest.raises(ConfigError) as refused:
            parse_file(case["hcl"], "case.hcl")
        found = [problem.span.to_json() for problem in refused.value.diagnostics if problem.span]
        places = [(place["start"], place["end"]) for place in found]
        assert places == [
            tuple({key: expected[end][key] for key in ("line", "column")} for end in ("from", "to"))
            for expected in case["diagnostics"]
        ]
    else:
        body = parse_file(case["hcl"], "case.hcl")
        scope = Scope({name: value_of(held) for name, held in case["variables"].items()})
        assert _decoded(case["spec"], body, scope).to_python() == case["result"]


def _decoded(spec: dict[str, Any], body: Body, scope: Scope) -> Value:
    match spec["kind"]:
        case "literal":
            return value_of(spec["value"])
        case "attr":
            value = evaluate_expression(body.attributes[spec["name"]].expression, scope)
            return convert(value, type_from_json(spec["type"]))
        case "object":
            return object_of({name: _decoded(inner, body, scope) for name, inner in spec["fields"].items()})
    raise NotImplementedError(spec["kind"])
