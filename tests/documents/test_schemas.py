"""The published JSON Schemas, and what they say of every enumeration and of documents that are wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from planner.apply.events import Version
from planner.cli.schema import SCHEMAS, schema_named
from planner.config.schema import DATA_SOURCES as DECLARED
from planner.diagnostics import Severity
from planner.documents.plan import ACTIONS, OUTPUT_ACTIONS, plan_schema
from planner.documents.plan_head import Mode
from planner.documents.reasons import DATA_SOURCES, Reason
from planner.plan.changes import ChangeKind
from support.documents import drift, plan

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
    assert schema["$defs"]["DiagnosticEntry"]["properties"]["severity"]["enum"] == list(Severity)
    kinds = [kind.actions for kind in ChangeKind]
    assert [actions for actions in ACTIONS if actions != ["read"]] == kinds
    assert list(OUTPUT_ACTIONS) == [actions for actions in kinds if actions not in (["delete", "create"], ["forget"])]


WRONG_TEXTS: list[tuple[str, tuple[str | int, ...], object]] = [
    ("plan", ("format_version",), "2.0"),
    ("plan", ("format_version",), "1.x"),
    ("plan", ("created_at",), "yesterday"),
    ("plan", ("created_at",), "2026-11-23T05:00:00+01:00"),
    ("plan", ("checksum",), "f" * 63),
    ("drift", ("format_version",), "1"),
    ("drift", ("summary", "coverage"), "nearly all"),
    ("world", ("format_version",), "1.0.0"),
    ("world", ("vpcs", 0, "cidr_block"), "172.16.0.0"),
    ("world", ("vpcs", 0, "cidr_block"), "172.16.0.0/33"),
    ("world", ("vpcs", 0, "secondary_cidr_blocks", 0), "172.256.0.0/16"),
    ("world", ("instances", 0, "private_ip"), "10.1.2"),
    ("state", ("checksum",), "none"),
    ("events", ("time",), "05:00"),
    ("events", ("format_version",), "one"),
    ("history", ("versions", 0, "when"), "yesterday"),
]


@pytest.mark.parametrize(("name", "way", "value"), WRONG_TEXTS)
def test_a_text_that_the_contract_fixes_is_held_to_it(name: str, way: tuple[str | int, ...], value: object) -> None:
    """By a validator that knows none of our formats."""
    document = sound(name)
    validator = Draft202012Validator(schema_named(name))
    assert validator.is_valid(document)
    holder = document
    for key in way[:-1]:
        holder = holder[key]
    holder[way[-1]] = value
    assert [tuple(error.absolute_path) for error in validator.iter_errors(document)] == [way]


def sound(name: str) -> Any:
    """A document of this kind that fits."""
    place = {"account_id": "1001", "region_id": "cn-hangzhou"}
    documents: dict[str, Any] = {
        "plan": plan(),
        "drift": drift(),
        "state": {"version": 1, "checksum": "f" * 64},
        "world": {
            "format_version": "1.0",
            "vpcs": [{"vpc_id": "v", **place, "cidr_block": "172.16.0.0/12", "secondary_cidr_blocks": ["10.0.0.0/8"]}],
            "instances": [{"instance_id": "i", **place, "network_type": "classic", "private_ip": "10.1.2.3"}],
        },
        "events": Version().to_json(),
        "history": {
            "format_version": "1.0",
            "workspace": "default",
            "versions": [
                {
                    "serial": 1,
                    "lineage": "a",
                    "when": "2026-11-23T05:00:00Z",
                    "who": "me@here",
                    "operation": "state push",
                    "plan_id": None,
                    "steps": 0,
                }
            ],
        },
    }
    return documents[name]


def test_the_data_sources_of_a_plan_are_those_of_the_language() -> None:
    assert set(DATA_SOURCES) == set(DECLARED)
