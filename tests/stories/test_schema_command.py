"""`cl schema` prints the published JSON Schemas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from planner.cli.schema import SCHEMAS
from support.desk import Desk

PUBLISHED = Path(__file__).parents[2] / "docs" / "schemas"


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schema_is_printed_as_it_is_published(desk: Desk, name: str) -> None:
    assert desk.cl("schema", name, code=0).json == json.loads((PUBLISHED / f"{name}.schema.json").read_text())


def test_a_wrong_name_is_a_usage_error_that_lists_the_names(desk: Desk) -> None:
    for arguments in (["schema", "x"], ["schema"]):
        ended = desk.cl(*arguments, code=64)
        assert all(name in ended.err for name in SCHEMAS)
