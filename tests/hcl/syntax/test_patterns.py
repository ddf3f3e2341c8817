"""The patterns that read the language do so in every Python 3.11."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

import pytest

from planner.hcl.syntax import json_syntax, lexical_rules, repeated_blocks

PATTERNS = [
    found
    for module in (json_syntax, lexical_rules, repeated_blocks)
    for found in vars(module).values()
    if isinstance(found, re.Pattern)
]


def bodies(parsed: Any) -> Iterator[Any]:
    """What is repeated possessively in a parsed pattern, however deep."""
    for operation, arguments in parsed:
        if str(operation) == "POSSESSIVE_REPEAT":
            yield arguments[2]
        for part in arguments if isinstance(arguments, tuple | list) else ():
            for within in part if isinstance(part, list) else [part]:
                if type(within) is type(parsed):
                    yield from bodies(within)


@pytest.mark.parametrize(
    "pattern", [*PATTERNS, re.compile(lexical_rules.LINES.format("(?!x)"))], ids=lambda one: one.pattern
)
def test_what_looks_around_is_not_repeated_possessively(pattern: re.Pattern[str]) -> None:
    """Python before 3.11.5 takes in what it only looked at (python/cpython issue 106052)."""
    parsed = importlib.import_module("re._parser").parse(pattern.pattern, pattern.flags)
    for body in bodies(parsed):
        assert "ASSERT" not in str(body)
