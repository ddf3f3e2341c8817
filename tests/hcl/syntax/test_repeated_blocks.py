"""Blocks built from a recipe are those that the grammar gives."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.diagnostics import ConfigError
from planner.hcl.syntax.nodes import Block, Body, Node, WholeNode
from planner.hcl.syntax.parser import parse_file
from planner.hcl.syntax.repeated_blocks import RepeatedBlocks
from planner.hcl.syntax.source import Source
from support.strategies_hcl import blocks, broken, configurations, relettered

FIXTURES = sorted(Path(__file__).parents[3].glob("fixtures/**/*.hcl"))


def shown(held: Any) -> Any:
    """All that a node says, places included."""
    if isinstance(held, Node):
        kind = type(held) if isinstance(held, WholeNode) else Block
        names = held.__struct_fields__ if isinstance(held, WholeNode) else Block.__slots__
        said = {name: shown(getattr(held, name)) for name in names if name != "source"}
        return {"node": kind.__name__, **said}
    if isinstance(held, tuple | list):
        return [shown(each) for each in held]
    if isinstance(held, dict):
        return {key: shown(each) for key, each in held.items()}
    return repr(held)


def parse_file_plainly(text: str, filename: str) -> Body:
    """With every block through the grammar, also those that repeat another's shape."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RepeatedBlocks, "block_at", lambda *_: None)
        return parse_file(text, filename)


def outcome(parse: Any, text: str) -> Any:
    try:
        return shown(parse(text, "x.hcl"))
    except ConfigError as refused:
        return refused.diagnostics


@settings(max_examples=80, deadline=None)
@given(configurations, st.integers(1, 3))
def test_a_configuration_of_repeated_shapes_is_parsed_as_if_each_block_were_new(text: str, times: int) -> None:
    repeated = text * 2 + "\n".join(relettered(text, number) for number in range(times))
    assert outcome(parse_file, repeated) == outcome(parse_file_plainly, repeated)


@settings(max_examples=80, deadline=None)
@given(broken(), blocks)
def test_problems_are_the_same_too(text: str, block: str) -> None:
    repeated = f"{block}\n{block}\n{text}\n{block}\n{text}\n{text}"
    assert outcome(parse_file, repeated) == outcome(parse_file_plainly, repeated)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: "/".join(path.parts[-2:]))
def test_real_configurations_are_parsed_alike(path: Path) -> None:
    text = path.read_text("utf-8")
    assert outcome(parse_file, text * 3) == outcome(parse_file_plainly, text * 3)


@pytest.mark.parametrize(
    "text",
    [
        'a "x" {\n  b = <<E\n}\nc "y" {\n}\nE\n}\n',
        "a {\n  /*\n}\na {\n  */\n}\n",
        'a {\n  b = "x" # }\n}\na {\n  b = "y" # "\n}\n',
        "a {\n  b = x.0\n}\na {\n  b = x.1\n}\n",
        "a {\n  b = 1\n}\na {\n  b = 1e999999999\n}\n",
        "a {\n  b = -1\n}\na {\n  b = - 2\n}\n",
        'a {\n  b = "${x}" == "y"\n}\na {\n  b = "${x}" == "zz"\n}\n',
        'a {\n  b = {"x" = 1, "y": 2}\n}\na {\n  b = {"long" = 10, "": 2}\n}\n',
        'a {\n  "b" = 1\n}\na {\n  "c" = 1\n}\n',
        'a { b = "x"\n}\na { b = "y"\n}\n',
        'a {\n  b = "x"\n}\n}\na {\n  b = "y"\n} c {}\n',
        "a {\n  b = a1-2 + 3\n}\na {\n  b = a1-2 + 44\n}\n",
        'a {\n  b = "%{"\n}\na {\n  b = "%"\n}\n',
        'a {\r\n  b = "x"\r\n}\r\na {\r\n  b = "yy"\r\n}\r\n',
        'a "b" {\n}\na "\\q" {\n}\n',
        'a {\n  b = "e\u0301"\n}\na {\n  b = "x"\n}\n',
        'a /* x */ "b" /* "y" */ "c" {\n  d = 1\n}\na /* xx */ "bb" /* "yy" */ "cc" {\n  d = 11\n}\n',
        'a /* 1 */ {\n  b = "x"\n}\na /* 22 */ {\n  b = "y"\n}\n',
        'a b "c" {\n}\na b "dd" {\n}\n',
        'a {\n  b = ["x", ]\n}\na {\n  b = ["x", # z\n  ]\n}\n',
    ],
)
def test_what_could_mislead_a_recipe_does_not(text: str) -> None:
    assert outcome(parse_file, text * 3) == outcome(parse_file_plainly, text * 3)


def test_only_two_blocks_of_a_shape_go_through_the_grammar() -> None:
    text = "".join(f'a "b{number}" {{\n  c = {number}\n}}\n' for number in range(100))
    parsed: list[int] = []

    def parse(source: Source, start: int) -> Block | None:
        parsed.append(start)
        body: Body = parse_file_plainly(source.text, "x.hcl")
        return next(block for block in body.blocks if block.start == start)

    source = Source(text, "x.hcl")
    shapes = RepeatedBlocks(parse)
    assert shapes.block_at(source, 0) is None
    at = text.index("\n}\n") + 3
    second = at
    while at < len(text):
        block = shapes.block_at(source, at)
        assert block is not None
        at = block.end + 1
    assert parsed == [second]
