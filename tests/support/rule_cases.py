"""The cases of every rule: worlds and steps in which it fails, and in which it holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

CASES: dict[str, dict[str, list[dict[str, Any]]]] = json.loads(
    (Path(__file__).parents[1] / "rules" / "rule_cases.json").read_text(encoding="utf-8")
)


def flat_cases(kind: str) -> list[Any]:
    """The cases of one kind as parameters of a test: the rule, and the case."""
    return [pytest.param(rule, case, id=f"{rule}-{case['because']}") for rule in CASES for case in CASES[rule][kind]]
