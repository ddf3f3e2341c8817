"""What is said of steps and keys that do not work."""

from __future__ import annotations

import pytest

from planner.diagnostics import ConfigError
from planner.hcl.cty.python_values import from_python
from planner.hcl.cty.values import SENSITIVE
from planner.hcl.evaluation.evaluator import evaluate_expression
from planner.hcl.evaluation.scope import Scope
from planner.hcl.functions import standard_functions
from planner.hcl.syntax.parser import parse_expression


def refused(text: str, **names: object) -> str:
    scope = Scope({name: from_python(value) for name, value in names.items()}, standard_functions())
    with pytest.raises(ConfigError) as error:
        evaluate_expression(parse_expression(text, "main.hcl"), scope)
    return error.value.diagnostics[0].detail


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ([], "It is empty."),
        (["i-1"], 'There is only "i-1".'),
        (["i-1", "i-2"], 'There are "i-1" and "i-2".'),
        ([f"i-{n}" for n in range(1, 8)], 'There are "i-1", "i-2", "i-3", "i-4", "i-5" and 2 more.'),
        (
            [f"{n:06}" for n in range(5_000)],
            'There are "000000", "000001", "000002", "000003", "000004" and 4,995 more.',
        ),
        (["unknown-1", "i-1"], 'Did you mean "unknown-1"?'),
    ],
)
@pytest.mark.parametrize("kind", ["x", "tomap(x)"])
def test_a_key_that_is_not_there_leads_to_those_that_are(known: list[str], said: str, kind: str) -> None:
    assert refused(f'{kind}["unknown"]', x=dict.fromkeys(known, 1)).endswith(said)


def test_the_keys_of_a_sensitive_collection_are_not_reported() -> None:
    secret = from_python({"hidden": 1}).with_marks(frozenset({SENSITIVE}))
    assert "hidden" not in refused('x["unknown"]', x=secret)


def test_a_key_that_two_rows_produce_is_named() -> None:
    rows = [{"instance_id": "i-1"}, {"instance_id": "i-2"}, {"instance_id": "i-1"}]
    detail = refused("{ for row in rows : row.instance_id => row }", rows=rows)
    assert detail == 'Two items produced the key "i-1".'
