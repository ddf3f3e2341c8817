"""What is known of what is not known yet, as in Terraform: it is not null, a text begins so, a list is so long."""

from __future__ import annotations

import pytest

from planner.hcl import evaluate
from planner.hcl.cty.unknowns import safe_prefix
from planner.hcl.writing.console_format import format_value
from support.expression_variables import variables

UNKNOWN = "(known after apply)"

DECIDED = [
    # what operators, templates and functions give is never null
    ("(var.n + 1) == null", "false"),
    ("!var.b == null", "false"),
    ("-var.n != null", "true"),
    ("(var.s == var.s) == null", "false"),
    ('"a-${var.s}" == null', "false"),
    ('"%{ for x in var.l }a%{ endfor }" == null', "false"),
    ("upper(var.s) == null", "false"),
    ("keys(var.m) != null", "true"),
    ("coalesce(null, var.s) == null", "false"),
    ("var.l[*] == null", "false"),
    ('(var.b ? "a" : "b") == null', "false"),
    ('(var.b ? "p-${var.s}" : "p-a") == null', "false"),
    ('"a-${var.s}"[*]', f"[\n  {UNKNOWN},\n]"),
    # how a text begins
    ('startswith("p-${var.s}", "p-")', "true"),
    ('startswith("p-${var.s}", "pa")', "false"),
    ('startswith(jsonencode({ a = var.s }), "{")', "true"),
    ('startswith(jsonencode([var.s]), "[")', "true"),
    ('startswith(format("a-%s", var.s), "a-")', "true"),
    ('"a-${var.s}" == "b-c"', "false"),
    ('"abc${var.s}" != ""', "true"),
    ('"a-%{ if var.b }x%{ endif }" == "b"', "false"),
    ('length("ab-${var.s}") > 2', "true"),
    # how large a number is
    ("length(var.l) > -1", "true"),
    ("-1 == length(var.s)", "false"),
    ("(var.b ? 1 : 5) > 6", "false"),
    ("(var.b ? 1 : 5) > 0", "true"),
    ("(var.b ? 1 : 5) == 7", "false"),
    ("(var.b ? 1 : 5) > (var.b ? 6 : 7)", "false"),
    ("(var.b ? 1 : 5) <= (var.b ? 6 : 7)", "true"),
    ("(var.b ? 2 : 2)", "2"),
    # how long a collection is
    ('length(var.b ? tolist(["a"]) : tolist(["a", "b"])) == 3', "false"),
    ('(var.b ? tolist(["a"]) : tolist(["a", "b"])) == tolist(["a", "b", "c"])', "false"),
    ('var.b ? tolist(["a"]) : tolist(["b"])', f"tolist([\n  {UNKNOWN},\n])"),
    ('var.b ? toset(["a"]) : toset(["b"])', f"toset([\n  {UNKNOWN},\n])"),
    ("var.b ? tolist([]) : tolist([])", "tolist([])"),
    ("var.b ? tomap({}) : tomap({})", "tomap({})"),
    ('length(toset(["a", "b-${var.s}"])) > 0', "true"),
    # a value of one type is never equal to one of another, whatever it is
    ("var.l == tolist([])", "false"),
    ('toset(var.l) == tolist(["a"])', "false"),
    ('["a", null] == reverse(var.l)', "false"),
]

OPEN = [
    'startswith("${"p-${var.s}"}/", "p")',  # what is known of a part is not taken into account
    "var.s == null",
    "var.l == null",
    '"${var.s}" == null',
    "var.l[0] == null",
    "element(var.l, 0) == null",
    'lookup(var.m, "a", "b") == null',
    "one(var.l) == null",
    "tostring(var.n) == null",
    "try(var.s) == null",
    '(var.b ? var.s : "p-a") == null',
    '(var.b ? null : "p-a") == null',
    'startswith("p-${var.s}", "p-a")',
    'startswith("xa${var.s}", "xa")',
    'startswith("x<${var.s}", "x<")',
    '"a-${var.s}" == "a-c"',
    "(var.b ? 1 : 5) == 3",
    "(var.b ? 1 : 5) >= 1",
    'length(var.b ? tolist(["a"]) : var.l) > 0',
    "length(var.l) > 0",
    'var.b ? tomap({ a = "1" }) : tomap({ a = "2" })',
    'var.b ? "a" : "a"',
    "var.s[*]",
    'var.set == toset(["a"])',
]


@pytest.mark.parametrize(("expression", "shown"), [*DECIDED, *((expression, UNKNOWN) for expression in OPEN)])
def test_what_is_known_of_what_is_not_known_yet(expression: str, shown: str) -> None:
    assert format_value(evaluate(expression, {"var": variables()})) == shown


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("", ""),
        ("a", ""),
        ("ab", "a"),
        ("a-", "a-"),
        ("a=", "a"),
        ("a ", "a "),
        ("aé", "a"),
        ("a👩‍👩‍👧", "a"),
        ("a\n", "a"),
    ],
)
def test_a_beginning_ends_before_what_may_become_another_character(text: str, safe: str) -> None:
    assert safe_prefix(text) == safe


def test_a_set_has_its_null_behind_what_is_not_known() -> None:
    shown = format_value(evaluate('toset(["", var.b, null])', {"var": variables()}))
    assert shown.split() == ["toset([", '"",', "(known", "after", "apply),", "tostring(null),", "])"]
