"""JSON configurations give the same bodies as native ones."""

from dataclasses import dataclass, field

import pytest

from planner.diagnostics import ConfigError
from planner.hcl.cty.values import number
from planner.hcl.evaluation.evaluator import evaluate_expression
from planner.hcl.evaluation.scope import Scope
from planner.hcl.syntax.json_syntax import parse_json


@dataclass
class Shape:
    labels: tuple[str, ...] = ()
    blocks: dict[str, "Shape"] = field(default_factory=dict)


SHAPES = {"resource": Shape(("type", "name"), {"lifecycle": Shape()}), "locals": Shape()}


def test_properties_become_arguments_and_blocks_by_the_schema() -> None:
    text = """{
  "//": "a note",
  "resource": {"link": {"a": {"x": "${n + 1}", "lifecycle": {"y": true}}, "b": [{"x": 1}, {"x": 2}]}},
  "locals": [{"z": [1, null, {"k-${n}": "v"}]}]
}"""
    body = parse_json(text, "main.hcl.json", SHAPES)
    assert [(block.type, block.labels) for block in body.blocks] == [
        ("resource", ("link", "a")),
        ("resource", ("link", "b")),
        ("resource", ("link", "b")),
        ("locals", ()),
    ]
    first = body.blocks[0].body
    scope = Scope({"n": number(1)})
    assert evaluate_expression(first.attributes["x"].expression, scope).to_python() == 2
    assert first.blocks[0].type == "lifecycle"
    assert evaluate_expression(body.blocks[3].body.attributes["z"].expression, scope).to_python() == [
        1,
        None,
        {"k-1": "v"},
    ]
    assert first.attributes["x"].span.to_json()["start"] == {"line": 3, "column": 31}


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("", "Missing JSON value"),
        ("{", "Invalid object key"),
        ('{"a": 1,}', "Trailing comma"),
        ('{"a" 1}', "Missing property value"),
        ('{"a": tru}', "Invalid JSON keyword"),
        ('{"a": "x', "Invalid string"),
        ('{"a": [1 2]}', "Missing array separator"),
        ("[1] 2", "Extraneous data after value"),
        ('{"a": 1, "a": 2}', "Attribute redefined"),
        ('{"locals": 1}', "Incorrect JSON value type"),
        ('{"a": "${"}', "Unclosed template interpolation sequence"),
        ('{"a": ' + "[" * 200, "Too deeply nested"),
    ],
)
def test_what_is_wrong_is_reported(text: str, summary: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_json(text, "main.hcl.json", SHAPES)
    assert refused.value.diagnostics[0].summary == summary
    assert refused.value.diagnostics[0].span is not None
