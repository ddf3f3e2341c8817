"""Whatever is written, the answer is a value or a diagnostic, in bounded time."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.diagnostics import ConfigError, Diagnostic
from planner.hcl import evaluate
from planner.hcl.cty.python_values import from_python
from planner.hcl.cty.types import DYNAMIC, STRING, MapType
from planner.hcl.cty.values import unknown
from planner.hcl.evaluation.evaluator import evaluate_expression
from planner.hcl.evaluation.scope import Scope
from planner.hcl.syntax.json_syntax import parse_json
from planner.hcl.syntax.parser import parse_expression, parse_file, parse_template
from planner.hcl.syntax.references import references
from support.strategies_hcl import broken, expressions, noise

ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 10**20),
        st.text(max_size=3),
        st.sampled_from([unknown(), unknown(STRING), unknown(MapType(STRING))]),
        st.just(from_python("hidden").with_marks(frozenset({"sensitive"}))),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abkx"), inner, max_size=3)),
    max_leaves=6,
)


def _problems(action: Callable[[], object]) -> tuple[Diagnostic, ...] | None:
    """The diagnostics with which the action is refused; None where it is not. Any other error passes."""
    try:
        action()
    except ConfigError as refused:
        return refused.diagnostics
    return None


def _sound(problems: tuple[Diagnostic, ...] | None) -> bool:
    if problems is None:
        return True
    places = [problem.span for problem in problems if problem.span]
    return bool(problems) and all(place.start <= place.end for place in places) and all(p.summary for p in problems)


@settings(max_examples=300, deadline=None)
@given(st.one_of(noise, broken()))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    for parse in (parse_file, parse_expression, parse_template):
        assert _sound(_problems(partial(parse, text, "x.hcl")))


@settings(max_examples=100, deadline=None)
@given(st.one_of(noise, st.text(st.sampled_from('{}[]":,\\ "ab1.-e$%u0'), max_size=30)))
def test_any_json_is_parsed_or_refused(text: str) -> None:
    assert _sound(_problems(lambda: parse_json(text, "x.hcl.json", {})))


@settings(max_examples=400, deadline=None)
@given(expressions, ANYTHING, ANYTHING, ANYTHING)
def test_any_expression_has_a_value_or_problems(text: str, a: object, var: object, each: object) -> None:
    node = parse_expression(text, "x.hcl")
    assert all(reference.root for reference in references(node))
    scope = Scope({"a": from_python(a), "var": from_python(var), "each": from_python(each)})
    assert _sound(_problems(lambda: evaluate_expression(node, scope)))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "[" * 5_000 + "]" * 5_000,
        "-" * 10_000 + "1",
        "!" * 10_000 + "true",
        "1" + "+1" * 3_000,
        "a" + ".b" * 3_000,
        "a" + "[0]" * 3_000,
        "a" + "[*]" * 5_000,
        "a" + ".*" * 5_000,
        "true?1:" * 5_000 + "1",
        '"' + "${" * 5_000,
        '"' + "%{if true}" * 5_000 + '"',
        "9" * 100_000,
        "1e" + "9" * 100_000,
        "1e99999 * 1e99999",
        '"' + "x" * 10_000_000 + '"',
        '"' + "x\\n" * 100_000 + '"',
        '"' + "$" * 1_000_000 + '"',
        "<<E\n" + "x\n" * 200_000 + "E\n",
        "<<-E\n" + " " * 1_000_000 + "\nE\n",
        "/*" * 100_000,
        "#" * 1_000_000,
        "\0" * 10_000,
        "é" * 100_000,
        "{" + "a=1," * 2_000 + "}",
        "[for x in [" + "1," * 3_000 + "]: x]",
        "f(" * 3_000,
    ],
    ids=lambda text: text[:12],
)
def test_the_absurd_ends_in_bounded_time(text: str) -> None:
    problems = _problems(lambda: evaluate(text, {"a": {"b": unknown(DYNAMIC)}}, functions=False))
    assert _sound(problems)
    assert problems is None or len(problems) < 100
