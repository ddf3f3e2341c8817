"""The published JSON Schemas, and what they say of every enumeration and of documents that are wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from planner.cli.schema import SCHEMAS, schema_named
from planner.documents.plan import ACTIONS, OUTPUT_ACTIONS, Mode, Reason, plan_schema
from planner.plan.changes import ChangeKind

PUBLISHED = Path(__file__).parents[2] / "docs" / "schemas"


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_is_the_one_that_cl_has(name: str) -> None:
    """To renew a file: cl schema plan > docs/schemas/plan.schema.json"""
    schema = schema_named(name)
    Draft202012Validator.check_schema(schema)
    assert schema == json.loads((PUBLISHED / f"{name}.schema.json").read_text())


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_part_of_a_schema_is_described(name: str) -> None:
    schema: Any = schema_named(name)
    objects = [part for part in (schema, *schema["$defs"].values()) if "properties" in part]
    assert all(part["description"] for part in objects)
    for part in objects:
        for key, value in part["properties"].items():
            assert "description" in value or "const" in value, key
            assert value.get("description", ".").endswith("."), key


def test_the_words_of_a_plan_are_those_that_the_planner_uses() -> None:
    schema: Any = plan_schema()
    assert schema["properties"]["mode"]["enum"] == list(Mode)
    assert schema["$defs"]["ResourceChange"]["properties"]["action_reason"]["enum"] == list(Reason)
    kinds = [kind.actions for kind in ChangeKind]
    assert [actions for actions in ACTIONS if actions != ["read"]] == kinds
    assert list(OUTPUT_ACTIONS) == [actions for actions in kinds if actions not in (["delete", "create"], ["forget"])]
