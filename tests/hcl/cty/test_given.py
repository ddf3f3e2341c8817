"""Python values given to `evaluate` as variables."""

from decimal import Decimal
from typing import Any

import pytest

from planner.diagnostics import ConfigError
from planner.hcl import evaluate


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (float("nan"), "must be finite"),
        (float("-inf"), "must be finite"),
        (Decimal("sNaN"), "must be finite"),
        ({"a": [float("inf")]}, "must be finite"),
        ({float("nan")}, "must be finite"),
        (object(), "no value of the language: object"),
        ([{"a": 1j}], "no value of the language: complex"),
        (nested(3_000), "nested too deeply"),
    ],
    ids=["nan", "inf", "signaling nan", "inf inside", "nan in a set", "object", "complex inside", "deep"],
)
def test_what_the_language_cannot_hold_is_refused(given: Any, reason: str) -> None:
    with pytest.raises(ConfigError) as refused:
        evaluate("1", {"x": given})
    (problem,) = refused.value.diagnostics
    assert problem.summary == "Unusable variable"
    assert problem.detail.startswith('The variable "x" cannot be used: ')
    assert reason in problem.detail


def test_every_variable_that_cannot_be_used_is_reported() -> None:
    with pytest.raises(ConfigError) as refused:
        evaluate("a", {"a": 1, "b": object(), "c": float("nan")})
    assert len(refused.value.diagnostics) == 2


def test_a_value_that_lies_too_deep_is_refused_when_it_is_used() -> None:
    with pytest.raises(ConfigError, match="Too deeply nested"):
        evaluate("x", {"x": nested(120)})


def test_the_type_of_a_value_can_be_asked_without_a_configuration() -> None:
    assert evaluate("type([1])").raw.split() == ["tuple([", "number,", "])"]
