"""Values of expressions where the tables have no case: marks, bounds, problems told together."""

import pytest

from planner.diagnostics import ConfigError, Diagnostic
from planner.hcl import evaluate
from planner.hcl.cty.python_values import from_python
from planner.hcl.cty.types import BOOL, NUMBER
from planner.hcl.cty.values import SENSITIVE, Value, unknown

SECRET = from_python("hunter2").with_marks(frozenset({SENSITIVE}))


def problems(text: str, **variables: object) -> tuple[Diagnostic, ...]:
    with pytest.raises(ConfigError) as refused:
        evaluate(text, variables)
    return refused.value.diagnostics


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ('{"a" = 1}[s]', {}),
        ('tomap({"a" = 1})[s]', {}),
        ("[1][tonumber(n)]", {}),
        ("{for k in [s, s] : k => 1}", {}),
        ("{for k in both : k => 1}", {"both": from_python(["hunter2", "hunter2"]).with_marks(frozenset({SENSITIVE}))}),
        ("tonumber(s)", {}),
        ("s + 1", {}),
        ("s ? 1 : 2", {}),
        ("s.x", {}),
        ('keyed["hunter"]', {"keyed": from_python({"hunter2": 1}).with_marks(frozenset({SENSITIVE}))}),
        ("keyed.hunter", {"keyed": from_python({"hunter2": 1}).with_marks(frozenset({SENSITIVE}))}),
    ],
)
def test_an_error_does_not_show_what_is_sensitive(text: str, variables: dict[str, object]) -> None:
    number = from_python("77").with_marks(frozenset({SENSITIVE}))
    for problem in problems(text, s=SECRET, n=number, **variables):
        assert "hunter2" not in problem.summary + problem.detail
        assert "77" not in problem.detail


@pytest.mark.parametrize(
    ("text", "count"),
    [("[x, y, 1 + null]", 3), ("{a = x, b = y}", 2), ('"${x}${y}"', 2), ("max(x, y)", 2), ("x + y", 2), ("[x, x]", 2)],
)
def test_problems_of_independent_parts_are_reported_together(text: str, count: int) -> None:
    assert len(problems(text)) == count


def test_an_unchosen_branch_may_fail() -> None:
    assert evaluate("true ? 1 : {}.x").to_python() == 1
    assert evaluate("false && {}.x || true").to_python() is True


def test_unknown_and_marks_travel() -> None:
    found = evaluate("u + 1 > 2 ? s : s", {"u": unknown(NUMBER), "s": SECRET})
    assert not found.is_known
    assert found.marks == {SENSITIVE}
    assert evaluate("u == u", {"u": unknown(NUMBER)}).type == BOOL


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("[for a in range(1000) : [for b in range(1000) : 1]]", "Too many iterations"),
        ('"${a}${a}${a}"', "Result too large"),
        ("1e99999 * 1e99999", "Operation failed"),
    ],
)
def test_bombs_end_in_a_diagnostic(text: str, summary: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.hcl.functions.budget.MOST_ITERATIONS", 10_000)
    (problem,) = problems(text, a="x" * 30_000_000)
    assert problem.summary == summary


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ('[for a in range(1000) : join("", [for b in range(1000) : format("%1000s", "x")])]', "Evaluation too large"),
        ('[for a in range(1000) : [for b in range(1000) : "${long}!"]]', "Evaluation too large"),
        ('"%{ for a in range(1000) }%{ for b in range(1000) }${long}%{ endfor }%{ endfor }"', "Evaluation too large"),
        ("[for a in range(1000) : range(1000)]", "Evaluation too large"),
        ('[for a in range(1000) : try(upper(long), "")]', "Evaluation too large"),
        ("[for a in range(1000) : range(1000)[*]]", "Too many iterations"),
        ('merge([for i in range(1000) : {for k in range(1000) : "${i}-${k}" => 1}]...)', "Too many iterations"),
        ("[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : c]]]", "Too many iterations"),
    ],
)
def test_all_that_an_evaluation_makes_is_counted(text: str, summary: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.hcl.functions.budget.MOST_MADE", 1_000_000)
    monkeypatch.setattr("planner.hcl.functions.budget.MOST_ITERATIONS", 20_000)
    (problem,) = problems(text, long="x" * 10_000)
    assert problem.summary == summary


def test_a_new_evaluation_may_make_as_much_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.hcl.functions.budget.MOST_MADE", 10)
    assert [evaluate("upper(long)", {"long": "x" * 10}).to_python() for _ in range(3)] == ["X" * 10] * 3
    (problem,) = problems("upper(long)", long="x" * 11)
    assert problem.summary == "Evaluation too large"


@pytest.mark.parametrize("text", ['"a"', "[1]"])
def test_the_kind_of_a_branch_that_fails_counts(text: str) -> None:
    (problem,) = problems(f"true ? {text} : {{a = [][0]}}")
    assert problem.summary == "Inconsistent conditional result types"


def test_templates_share_what_their_evaluation_may_spend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.hcl.functions.budget.MOST_MADE", 1_000_000)
    monkeypatch.setattr("planner.hcl.functions.budget.MOST_ITERATIONS", 20_000)
    loop = "templatestring(t, {n = i})"
    (problem,) = problems(f"[for i in range(1000) : {loop}]", t="%{ for k in range(100) }${n}%{ endfor }")
    assert "Too many iterations" in problem.detail
    assert evaluate(f"length([for i in range(1000) : {loop}])", {"t": "${n}" * 100}).raw == 1000
    (problem,) = problems('[for i in range(1000) : templatestring("${i}" == "" ? "" : format("%0999d", i), {})]')
    assert "Evaluation too large" in problem.detail


def test_a_quoted_string_ends_before_a_carriage_return() -> None:
    problem, *_ = problems('"a\rb"')
    assert problem.summary == "Invalid multi-line string"


def test_zero_has_a_sign() -> None:
    assert str(evaluate("-0.0").to_python()) == "-0"
    assert evaluate("-0 == 0").to_python() is True
    assert evaluate('[["a"][-0], "${-0},${0 * -1},${5 - 5},${0 / -5},${-(-0)}"]').to_python() == [
        "a",
        "-0,-0,0,-0,0",
    ]


def test_a_value_may_be_given_as_it_is() -> None:
    assert isinstance(evaluate("a", {"a": Value(NUMBER, 1)}), Value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10 / 3 * 3 == 10", True),
        ("0.1 + 0.2 == 0.3", True),
        ("1 / 3 == 2 / 6", True),
        ("-7 % 3", -1),
        ("1 % 0", 1),
        ("2 - 0.5 - 0.25 == 1.25", True),
        ("1 == true", False),
        ('"1" == 1', False),
        ("100000000000000000000000000000000000000001 + 1 == 100000000000000000000000000000000000000002", True),
        ("null == null", True),
        ("[] == tolist([])", False),
        ("1 + 2 * 3 - 4 / 2", 5),
        ("true || false && false", True),
        ("!false == true", True),
        ('true ? "a" : 1', "a"),
        ('[for k, v in {b = 1, a = 2} : "${k}${v}"]', ["a2", "b1"]),
        ('{for v in ["x", "y", "x"] : v => 1...}', {"x": [1, 1], "y": [1]}),
    ],
)
def test_values_are_those_of_terraform(text: str, expected: object) -> None:
    assert evaluate(text).to_python() == expected
