"""Expressions that Terraform evaluates, or refuses, in its own way."""

import pytest

from planner.diagnostics import ConfigError
from planner.hcl import evaluate
from planner.hcl.writing.console_format import format_value
from support.expression_variables import variables

UNKNOWN = "(known after apply)"


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        # a conditional that fails has the type of its branches still
        ("false ? (null.x ? [1] : []) : []", "tolist([])"),
        ("true ? {} : (null.x ? {} : { a = 1 })", "tomap({})"),
        ("true ? [] : (true ? null.x : [1])", "[]"),
        ('true ? "a" : [[1], null.x][1]', '"a"'),
        ('true ? "a" : [[1], null.x][5]', '"a"'),
        ('true ? "a" : [[1], [2]][null.x]', '"a"'),
        ("true ? [1] : [[1], null.x][0]", "[\n  1,\n]"),
        ('true ? "a" : [for x in [[1], null.x] : x if x.y]', '"a"'),
        ("true ? {} : { for k, x in { a = 1, b = null.x } : k => 1 }", "tomap({})"),
        # attributes of different types, an untyped null among them, make a map of any
        ('true ? {} : { n = null, name = "one", tags = { t = "1" } }', "tomap({})"),
        ('true ? {} : { n = null, name = "one" }', "tomap({})"),
        # beside an empty map or list of any, attributes and elements keep the types they have
        ('true ? tomap({}) : { one = { a = "q" }, two = { a = 5 } }', "tomap({})"),
        ('true ? tomap({}) : { n = null, name = "one", tags = { t = "1" } }', "tomap({})"),
        ('false ? tomap({}) : { a = "a", b = 5 }', 'tomap({\n  "a" = "a"\n  "b" = "5"\n})'),
        ("(false ? tomap({}) : { a = null, b = { c = 1 } }).a", "null /* object */"),
        # so do those of lists that are joined, but for nulls
        ("concat(tolist([null]), tolist([{ a = 1 }]))[0]", "null /* object */"),
        ("concat(tolist([null]), tolist([]), tolist([toset([1])]))[0]", "toset(null) /* of number */"),
        ("concat(tolist([]), tolist([null]))", "tolist([\n  null,\n])"),
        # the condition of a loop is tried once with unknown names
        ("[for x in [] : x if x.a]", "[]"),
        ("[for x in [] : x if x]", "[]"),
        ("false && nope", "false"),
        # only lists and maps take parts of different kinds for ones of their common type
        ("toset([toset([1]), [1, 2]])", "toset([\n  toset([\n    1,\n    2,\n  ]),\n  toset([\n    1,\n  ]),\n])"),
        ("tomap({ a = [], b = tolist([1]) })", 'tomap({\n  "a" = tolist([])\n  "b" = tolist([\n    1,\n  ])\n})'),
    ],
)
def test_what_terraform_evaluates(expression: str, shown: str) -> None:
    assert format_value(evaluate(expression)) == shown


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        # a branch that fails may be the one that is not taken; it has a type all the same
        ("var.b ? [][0] : 1", UNKNOWN),
        ('(var.b ? "${null}x" : "y")[*]', f"[\n  {UNKNOWN},\n]"),
        # what is unknown keeps its length when it is converted
        ('true ? (var.b ? {} : {}) : { a = "a" }', "tomap({})"),
        ('length(true ? (var.b ? [1, "a"] : [2, "b"]) : tolist([]))', "2"),
        # lengths and bounds are known only of branches of one type
        ("var.b ? tolist([]) : []", UNKNOWN),
        ("var.b ? tolist([]) : tolist([])", "tolist([])"),
        ('var.b ? tolist(["a"]) : tolist(["b"])', f"tolist([\n  {UNKNOWN},\n])"),
        ('"%{ if 1 == 1 }x%{ else }${var.secrets}%{ endif }"', "(sensitive value)"),
        ('(var.b ? [{ a = "x" }, { a = "y" }][*].a[0] : ["z"])[0]', UNKNOWN),
        ("length(coalescelist(keys(var.m), var.l)) > -1", UNKNOWN),
        # a loop: an unknown key or condition hides what comes after it, but for keys that are there twice
        ("{ for x in [var.s, null] : x => 1 }", UNKNOWN),
        ("{ for x in [var.l] : x => 1 }", UNKNOWN),
        ("length([for x in tomap({}) : x if sensitive(true)])", "0"),
        # what is known of texts and lengths
        ('"%{ for x in ["a", var.s] }${x}%{ endfor }" == "b"', UNKNOWN),
        ('jsonencode(setunion(var.set, ["a"])) == "1"', "false"),
        ('jsonencode(var.deep) == "1"', UNKNOWN),
        ('jsondecode("\\"${var.s}") == 1', "false"),
        ('jsondecode("x${var.s}")', UNKNOWN),
        ('startswith("p-${var.s}", "qq")', "false"),
        ('startswith("p-${var.s}", "qqq")', UNKNOWN),
        ('length(sort(["a", var.s]))', "2"),
        ('var.o["nope"]', UNKNOWN),
        ("issensitive(var.hidden)", "true"),
        ("merge(null, var.deep)", UNKNOWN),
        ("element(var.any, null)", UNKNOWN),
        # a splat that fails has a type and marks still
        ('(var.b ? ["x", "y"] : var.t[*].x)[1]', UNKNOWN),
        ('length(var.b ? ["c"] : ["a"][*].x)', "1"),
        ('true ? ["x"] : slice(tolist(["a"]), 0, 0)[*].x', 'tolist([\n  "x",\n])'),
        ("issensitive(true ? [] : sensitive(var.l)[*].x)", "true"),
        ('issensitive(true ? [] : sensitive(["a"])[*].x)', "true"),
        ('issensitive(true ? ["a"] : var.hidden[*].x)', "true"),
        # elements of a splat may be of an open type beside others
        ('tolist(["a", var.s])[*][*]', f'tolist([\n  [\n    "a",\n  ],\n  {UNKNOWN},\n])'),
        ('length(var.b ? toset(["a", "b"]) : toset(["c", "d"]))', "2"),
        ("length(var.b ? tomap({ a = 1 }) : tomap({ b = 1 }))", "1"),
        # so do a loop and a conditional
        ('issensitive(true ? [] : [for x in sensitive(["a"]) : x.y])', "true"),
        ('issensitive(true ? {} : { for x in ["a"] : sensitive(x) => x.y })', "true"),
        ('issensitive(true ? [] : [for x in ["a"] : x.y if sensitive(true)])', "true"),
        ("issensitive(true ? 1 : (sensitive(true) ? null.x : 1))", "true"),
        # what is not known is as sensitive as what it is made of
        ("issensitive(tostring(sensitive(var.n)))", "true"),
        ('issensitive(lookup(sensitive(var.m), "a"))', "true"),
        ("issensitive(base64decode(sensitive(var.s)))", "true"),
        # a null that is marked stays untyped
        ("nonsensitive(true ? sensitive(null) : 1)", "null"),
        ("nonsensitive(false ? 1 : sensitive(null))", "null"),
        # how many elements a set has is known where it has only one
        ("setproduct([null], toset([var.b]))", f"toset([\n  [\n    null,\n    {UNKNOWN},\n  ],\n])"),
        ("setproduct([1, 2], toset([var.b, true]))", UNKNOWN),
        ('formatlist("%s", toset([var.s]))', f"tolist([\n  {UNKNOWN},\n])"),
        ('formatlist("%s", toset([var.s, "a"]))', UNKNOWN),
        # a null that is refused in a template leaves no mark
        ('"%{ if true }x%{ else }${sensitive(null)}%{ endif }"', '"x"'),
        # a set has what is known in part in order, too, then what is not known, then nulls
        ('[for x in toset([["b"], [var.any], ["a"]]) : x[0]]', f'[\n  "a",\n  "b",\n  {UNKNOWN},\n]'),
        ('[for x in toset([["b", var.n], ["a", 1], [var.s, 2]]) : x[1]]', f"[\n  1,\n  {UNKNOWN},\n  2,\n]"),
        ('[for x in toset([null, var.s, "a"]) : x]', f'[\n  "a",\n  {UNKNOWN},\n  tostring(null),\n]'),
    ],
)
def test_what_terraform_evaluates_of_unknown_values(expression: str, shown: str) -> None:
    assert format_value(evaluate(expression, {"var": variables()})) == shown


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        # what is led to in something that fails has a type still
        ('true ? "a" : [[1], null.x][0]', "it is a string when true, and a tuple when false"),
        ('true ? "a" : { a = { b = [1] }, c = null.x }.a["b"]', "a tuple when false"),
        ('true ? "a" : [for x in [[1], null.x] : x]', "a tuple when false"),
        ('true ? "a" : { for k, x in { a = 1, b = null.x } : k => 1 }', "an object when false"),
        ("[for x in var.l : x if null]", "The value after 'if' is null, but must be true or false."),
        ('{ for x in ["a", "a", var.s] : x => 1 }', 'Two items produced the key "a".'),
        ("{ for x in [null, var.s] : x => 1 }", "The key is null, but the keys of an object must be strings."),
        ('slice(["a"], var.n, 3)', "the end index must be from 0 to the length of the list, 1"),
        ("slice(var.l, 2, 1)", "the start index must not be greater than the end index"),
        ("merge(null, true)", "a map or object is required, not bool"),
        ('var.b ? "x" : var.l[*].x', "it is a string when true, and a list of dynamic when false"),
        ('var.b ? "x" : var.t[*].x', "it is a string when true, and a tuple when false"),
        ('var.b ? "x" : setproduct(var.l, var.l)[*][0][0]', "a list of dynamic when false"),
    ],
)
def test_what_terraform_refuses_of_unknown_values(expression: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        evaluate(expression, {"var": variables()})
    assert problem in refused.value.diagnostics[0].detail


@pytest.mark.parametrize(
    ("expression", "problems"),
    [
        ("[for x in [] : x if null]", ["The value after 'if' is null, but must be true or false."]),
        ('[for x in [] : x if "a"]', ["The value after 'if' must be true or false: a bool is required."]),
        (
            "{ for k, v in {} : k => v if {} }",
            ["The value after 'if' must be true or false: a bool is required, not an object."],
        ),
        ("[for x in [] : x if nope]", ['There is no variable named "nope".']),
        (
            'false ? {} : { n = null, name = "one", tags = { t = "1" } }',
            [
                "The result for false does not fit the type of both: the elements of a map must have one type, but "
                "these differ."
            ],
        ),
        *(
            (
                expression,
                [
                    f"The result for {side} does not fit the type of both: the elements of a {kind} must have one "
                    "type, but these differ."
                ],
            )
            for expression, side, kind in (
                ('false ? tomap({}) : { one = { a = "q" }, two = { a = 5 } }', "false", "map"),
                ('true ? { one = { a = "q" }, two = { a = 5 } } : tomap({})', "true", "map"),
                ('false ? tomap({}) : { n = null, name = "one", tags = { t = "1" } }', "false", "map"),
                ("false ? tomap({}) : { one = [], two = [1] }", "false", "map"),
                ('false ? tolist([]) : [{ a = "q" }, { a = 5 }]', "false", "list"),
                ('false ? tolist([null]) : [["a"], [5]]', "false", "list"),
            )
        ),
        (
            'false ? tolist([[]]) : [[1], ["a"]]',
            [
                "The result for false does not fit the type of both: the elements of a list must have one type, but "
                "these differ."
            ],
        ),
        (
            "toset([toset([]), [1, 2]])",
            [
                'Invalid value for "value" of toset(): cannot convert tuple to set of any single type: the elements of '
                "a set must have one type, but these differ."
            ],
        ),
        (
            'concat(tolist([]), tolist([{ a = 1 }]), tolist(["a"]))',
            ["concat() failed: the elements of all lists must be of one type, and there are object and string."],
        ),
        (
            'nope + "x"',
            ['There is no variable named "nope".', 'Wrong right operand of "+": a number is required.'],
        ),
        (
            'upper(1, 2) + "x"',
            [
                "upper() takes 1 argument, but this is one more.",
                'Wrong right operand of "+": a number is required.',
            ],
        ),
        (
            '"a" + "b"',
            [
                'Wrong left operand of "+": a number is required.',
                'Wrong right operand of "+": a number is required.',
            ],
        ),
        (
            '"a" && nope',
            ['Wrong left operand of "&&": a bool is required.', 'There is no variable named "nope".'],
        ),
        (
            "{ a.b = 1, c = nope }",
            [
                'Write (a.b) for the value of the reference, or "a.b" for the name with its dots.',
                'There is no variable named "nope".',
            ],
        ),
        ("convert(1, lst(string))", ['There is no type "lst". Did you mean "list"?']),
        (
            "convert(1, strng)",
            ['There is no type "strng". Did you mean "string"?'],
        ),
        ("True", ['There is no variable named "True". Did you mean "true"?']),
        ("None", ['There is no variable named "None". Did you mean "null"?']),
    ],
)
def test_what_terraform_refuses(expression: str, problems: list[str]) -> None:
    with pytest.raises(ConfigError) as refused:
        evaluate(expression)
    assert [problem.detail for problem in refused.value.diagnostics] == problems


@pytest.mark.parametrize(
    ("call", "remedy"),
    [
        ("max([1, 2])", "Expand it into arguments: max([1, 2]...)"),
        ("merge([{ a = 1 }, {}])", "Expand it into arguments: merge([{ a = 1 }, {}]...)"),
        ('max("a")', ""),
        ("max(1, [2])", ""),
    ],
)
def test_a_list_where_its_elements_are_meant_is_answered_with_how_to_expand_it(call: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as refused:
        evaluate(call)
    assert [str(problem.remedy) for problem in refused.value.diagnostics] == [remedy]
