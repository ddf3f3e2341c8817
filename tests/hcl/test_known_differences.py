"""The differences from Terraform that `differential.py` explains."""

from pathlib import Path

import pytest

from planner.diagnostics import ConfigError
from planner.hcl import evaluate
from planner.hcl.writing.console_format import format_value
from support.expression_variables import variables
from support.known_differences import KNOWN_DIFFERENCES, KnownDifference, Unpredictable, all_as_terraform

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"

_EXAMPLES = {
    "one side decides": "true || var.b",
    "not null": 'strcontains(var.s, "a") == null',
    "open type to format": 'format("%#v", null)',
    "null in a list": "contains([null], null)",
    "marks beside null": "[var.secret] == null",
    "sensitive null": "toset([sensitive(null)])",
    "loop over any": "issensitive([for x in sensitive(var.any) : x])",
    "marks of unknown": "issensitive(-var.hidden)",
    "sets of partly known": "toset([tolist(null), [var.s]]) == toset([tolist(null), [var.s]])",
    "empty product": "setproduct([], var.l)",
    "coalesce an empty map": "coalesce(tomap({}), { a = false, b = [1] })",
    "negative index": "element([1, 2], -1)",
    "more new bits": 'cidrsubnets("2001:db8::/32", 40)',
    "negative subnet": 'cidrsubnet("10.0.0.0/8", 4, -1)',
    "hosts beyond 64 bits": 'cidrhost("fe80::/64", 100000000000000000000)',
    "mapped networks": 'cidrhost("::ffff:10.0.0.0/104", 3)',
    "whole address space": 'cidrsubnets("0.0.0.0/0", 1)',
    "flatten an object": "flatten({ a = var.s })",
    "odd times": 'formatdate("YYYY", "0000-01-01T00:00:00Z")',
    "converted twice": "convert([[{ a = 1 }], []], list(list(object({ a = any }))))",
    "names of encodings": 'textencodebase64("a", "utf8")',
    "East Asian characters": 'textdecodebase64("gA==", "Shift_JIS")',
    "repeated groups": 'regex("(?P<x>a)(?P<x>b)", "ab")',
}


def _shown(expression: str) -> str:
    try:
        return format_value(evaluate(expression, {"var": variables()}))
    except ConfigError:
        return "refused"
    except Unpredictable:
        return "unpredictable"


@pytest.mark.parametrize("known", KNOWN_DIFFERENCES, ids=lambda known: known.name)
def test_a_known_difference_is_in_the_manual_and_changes_what_it_says(known: KnownDifference) -> None:
    row = f"| {known.name} | {known.reason} |".replace("||", r"\|\|")
    assert row in _PAGE.read_text(encoding="utf-8")
    here = _shown(_EXAMPLES[known.name])
    with known.as_terraform():
        assert _shown(_EXAMPLES[known.name]) != here


def test_a_sensitive_null_is_a_known_difference_in_merge_too() -> None:
    assert _shown("merge(sensitive(null), { a = 1 })") == "(sensitive value)"
    with all_as_terraform():
        assert _shown("merge(sensitive(null), { a = 1 })") == '{\n  "a" = 1\n}'


def test_the_marks_of_an_unknown_key_are_a_known_difference_too() -> None:
    assert _shown("issensitive({ (var.hidden) = 1 })") == "true"
    with all_as_terraform():
        assert _shown("issensitive({ (var.hidden) = 1 })") == "(known after apply)"
