"""What functions refuse, which argument is to blame, and that limits end every bomb quickly."""

import pytest

from planner.diagnostics import ConfigError
from planner.hcl import evaluate
from planner.hcl.cty.values import Value, null, number, string, tuple_of, unknown
from planner.hcl.functions import standard_functions
from planner.hcl.functions.spec import FunctionError, call
from support.watching import no_endless_work

FUNCTIONS = standard_functions()

REFUSED = {
    "upper(null)": "must not be null",
    "upper([])": "a string is required, not a tuple",
    "substr(1.5, 0.5, 1)": "a whole number is required",
    "indent(-1, \"a\")": "must not be negative",
    "join(\",\")": "it needs a list",
    "join(\",\", [null])": "element 0 is null",
    "sort([null])": "element 0 is null",
    "regex(\"(\", \"a\")": 'a "(" has no ")" behind it',
    "regex(\"a[z-b]\", \"a\")": 'not in order, or have no such class, at "z-b"',
    "regex(\"a(?=b)\", \"a\")": "this kind of group is unknown",
    "jsondecode(\"1e99999999999999999999\")": "numbers go from 1e-100000 to 1e100000",
    "regex(\"(?=a)\", \"a\")": "invalid pattern",
    "regex(\"b\", \"a\")": "did not match",
    "regex(\"(a)(?P<b>b)\", \"ab\")": "both named and unnamed",
    "format(\"%d\", \"x\")": "needs a number",
    "format(\"%d\", 1.5)": "whole number",
    "format(\"%d\")": "not enough arguments",
    "format(\"a\", 1)": "too many arguments",
    "format(\"%z\", 1)": "unknown verb",
    "format(\"%é\", 1)": "unknown format character",
    "format(\"100%\")": "not complete",
    "format(\"%s\", tostring(null))": "cannot show a null",
    "formatlist(\"%s%s\", [1], [1, 2])": "argument 2 has length 2",
    "length(1)": "is required, not number",
    "element([], 0)": "empty list",
    "index([1], 2)": "not in the list",
    "contains({}, 1)": "list, tuple or set",
    "chunklist([1], -1)": "must not be negative",
    "flatten({})": "list, set or tuple",
    "slice([1], 1, 0)": "must not be greater than the end",
    "slice(toset([1]), 0, 1)": "have no order",
    "concat({})": "lists or tuples",
    "range()": "one, two or three",
    "range(1, 2, 0)": "must not be zero",
    "range(1, 2, -1)": "direction of the step",
    "one([1, 2])": "no element or one",
    "coalesce(null, \"\")": "null or empty",
    "coalesce([], {})": "one type",
    "coalescelist([])": "empty lists",
    "sum([])": "empty list",
    "sum([\"x\"])": "number",
    "lookup({}, \"a\")": "no attribute",
    "lookup(tomap({}), \"a\")": "no key",
    "lookup(tomap({a = 1}), \"b\", [])": "default",
    "merge([])": "map or object",
    "merge(null, true)": "map or object",
    "zipmap([\"a\"], [])": "1 keys and 0 values",
    "transpose({a = null})": "is null",
    "setunion([1], [[]])": "one type",
    "setunion([null], [false], [[]])": "one type",
    "setproduct([1])": "it needs two",
    "tolist([[], null])": "must have one type, but these differ",
    "tomap({a = [1], b = [\"x\"], c = null})": "must have one type, but these differ",
    "tomap({c = toset([]), a = [{b = 1}]})": "must have one type, but these differ",
    "tolist([{}, {a = {}}, tomap({})])": "must have one type, but these differ",
    "setproduct([1, {}, null], [1])": "one type",
    "regex(\"\\\\C\", \"a\")": "not supported",
    "regex(\"(?P<é>x)\", \"x\")": "letters, digits and _",
    "uuidv5(\"6ba7b81-09dad-11d1-80b4-00c04fd430c8\", \"a\")": "neither a UUID",
    "yamldecode(\"%YAML 1.2\\n--- 1\")": "version 1.1",
    "core::core::upper(\"a\")": "no function named",
    "log(-1, 2)": "not a number",
    "log(1, 1)": "not a number",
    "log(1e400, 2)": "too large",
    "pow(-1, 0.5)": "not a number",
    "sum([1 / 0, -1 / 0])": "not a number",
    "jsonencode([1 / 0])": "JSON has no infinite numbers",
    "range(1 / 0, 0)": "more than 1024",
    "format(\"%d\", 1 / 0)": "whole number",
    "signum(0.5)": "whole number",
    "max()": "it needs a number",
    "parseint(\"2\", 2)": "is not a whole number in base 2",
    "parseint(2, 2)": "a string is required",
    "parseint(\"2\", 63)": "from 2 to 62",
    "base64decode(\"%\")": "is not base64",
    "base64decode(\"gA==\")": "UTF-8",
    "base64gunzip(\"YWJj\")": "not gzip",
    "textencodebase64(\"a\", \"klingon\")": "supported character encoding",
    "textencodebase64(\"€\", \"ascii\")": "does not have",
    "urldecode(\"%zz\")": "%zz",
    "jsondecode(\"{\")": "line 1, column 2",
    "jsondecode(\"NaN\")": "NaN",
    "csvdecode(\"\")": "header line",
    "csvdecode(\"a,a\")": "two columns are named",
    "csvdecode(\"a,b\\n\\n1\")": "line 3 has 1 field, the header has 2",
    "csvdecode(\"a\\n\\\"b\")": "line 2: a quoted field does not end",
    "csvdecode(\"a\\nb\\\"c\")": "a quote inside",
    "yamldecode(\"a: [1\")": "line 2",
    "yamldecode(\"--- a\\n--- b\")": "more than one",
    "yamldecode(\"\")": "empty",
    "yamldecode(\"!python/object:os.system x\")": "is not supported",
    "yamldecode(\"&a [*a]\")": "not defined before",
    "yamldecode(\"? [a]\\n: b\")": "must be a string",
    "yamldecode(\"!!int x\")": "is not a int",
    "yamldecode(\"!!binary '*'\")": "not valid base64",
    "yamldecode(\"!!set {a}\")": "is not supported here",
    "yamldecode(\"- .nan\")": "not a number that can be used",
    "yamldecode(\"- 1e999999999\")": "numbers go from 1e-100000 to 1e100000",
    "yamldecode(\"<<: 1\")": "can be merged",
    "yamldecode(\"~: 1\")": "must not be null",
    "yamldecode(\"- *a\")": "not defined before",
    "parseint(\"1\", sensitive(1))": "the base",
    "lookup({}, \"a\", 1, 2)": "it takes 2 or 3 arguments, not 4",
    "bcrypt(\"a\", 4, 4)": "one or two arguments",
    "bcrypt(format(\"%73s\", \"\"))": "72 at most",
    "rsadecrypt(\"%\", \"key\")": "not base64",
    "pow(1e400, 2)": "too large to compute with",
    "substr(\"a\", 1e30, 1)": "at most 64 bits",
    "timeadd(\"2020-01-01T00:00:00+24:00\", \"1h\")": "out of range",
    "textdecodebase64(\"%\", \"utf-8\")": "not base64",
    "textdecodebase64(\"/w==\", \"utf-8\")": "not text in utf-8",
    "base64gunzip(\"H4sIAAAAAAAA/w==\")": "ends too early",
    "pathexpand(\"~root/x\")": "another user",
    "slice({}, 0, 1)": "list or tuple",
    "element({}, 0)": "list or tuple",
    "index({}, 0)": "list or tuple",
    "index([], 0)": "empty list",
    "reverse({})": "list or tuple",
    "concat()": "it needs a list",
    "one({})": "no element or one",
    "coalesce()": "it needs an argument",
    "coalescelist()": "it needs an argument",
    "coalescelist({})": "lists or tuples",
    "sum({})": "list, set or tuple",
    "sum([null])": "null cannot be added",
    "matchkeys([1], [], [])": "must be equal",
    "matchkeys([1], [{}], [1])": "one type",
    "keys([])": "map or object",
    "zipmap([], {})": "list or tuple",
    "zipmap([null], [1])": "key 0 is null",
    "transpose({a = [null]})": "has a null",
    "setproduct([1], 2)": "set or a list",
    "setproduct([1], [2, []])": "one type",
    "timeadd(\"2020-01-01\", \"1h\")": "not a timestamp",
    "timeadd(\"2020-02-30T00:00:00Z\", \"1h\")": "not a timestamp",
    "timeadd(\"2020-01-01T00:00:00Z\", \"1 day\")": "not a duration",
    "timeadd(\"9999-12-31T23:59:59Z\", \"1s\")": "years 1 to 9999",
    "formatdate(\"YYY\", \"2020-01-01T00:00:00Z\")": "is not a date verb",
    "formatdate(\"Q\", \"2020-01-01T00:00:00Z\")": "is not a date verb",
    "formatdate(\"'x\", \"2020-01-01T00:00:00Z\")": "does not end",
    "cidrhost(\"10.0.0.0/31\", 2)": "2 addresses",
    "cidrhost(\"10.0.0.0\", 2)": "is not a CIDR block",
    "cidrnetmask(\"::/0\")": "IPv4",
    "cidrsubnet(\"10.0.0.0/31\", 2, 0)": "too long",
    "cidrsubnet(\"10.0.0.0/8\", 1, 2)": "no",
    "cidrsubnet(\"10.0.0.0/8\", 1, -1)": "there is none with the number -1",
    "cidrsubnets(\"10.0.0.0/30\", 1, 1, 1)": "no room left",
    "cidrcontains(\"10.0.0.0/8\", \"::1\")": "is IPv6",
    "uuidv5(\"moon\", \"x\")": "neither a UUID",
    "bcrypt(\"a\", 31)": "must not be greater than",
    "rsadecrypt(\"YQ==\", \"key\")": "PEM",
    "tonumber(\"a\")": "number",
    "tobool(\"yes\")": "true",
    "tolist({})": "cannot convert object",
    "tonumber(sensitive(\"secret word\"))": "cannot convert this sensitive string",
    "templatestring(\"$${a}\", [])": "map or object",
    "templatestring(\"$${a}\", {})": "a",
    "assumestringprefix(\"a\", \"b\")": "assumed",
    "assumelistlengthmin([], 1)": "assumed",
    "assumeequal(1, 2)": "assumed",
}  # fmt: skip


@pytest.mark.parametrize(("expression", "fragment"), REFUSED.items(), ids=list(REFUSED))
def test_functions_refuse_with_a_reason(expression: str, fragment: str) -> None:
    with pytest.raises(ConfigError) as refused:
        evaluate(expression)
    (problem,) = refused.value.diagnostics
    assert fragment in problem.detail
    assert problem.span


@pytest.mark.parametrize(
    "expression", ["parseint({argument}, 10)", "base64decode({argument})", "lookup({{a = 1}}, {argument})"]
)
def test_a_sensitive_argument_is_never_reported(expression: str) -> None:
    with pytest.raises(ConfigError) as refused:
        evaluate(expression.format(argument='sensitive("hunter 2")'))
    assert "hunter" not in str(refused.value)


BOMBS = {
    "range(1e9)": "more than 1024",
    "range(1e5, -1e5)": "more than 1024",
    "setproduct(range(1000), range(1000), range(1000))": "elements; the limit",
    'format("%999999999d", 1)': "wider than the limit",
    'format("%.999999999f", 1)': "wider than the limit",
    'join("", [for i in range(100) : format("%999999s", "x")])': "characters; the limit",
    'formatlist("%999999s", range(100))': "characters; the limit",
    'indent(9999999, "a\\n\\n\\n\\n\\n\\n\\n\\n\\n")': "characters; the limit",
    'replace(format("%99999s", ""), "", format("%99999s", ""))': "characters; the limit",
    'replace(format("%99999s", ""), "/ /", format("%99999s", ""))': "characters; the limit",
    'jsondecode(replace(format("%9999s", ""), " ", "["))': "nested more than",
    'yamldecode(replace(format("%9999s", ""), " ", "["))': "nested more than",
    'yamldecode("- &a [x,x,x,x,x,x,x,x,x]\\n- &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\\n- &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\\n'
    "- &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\\n- &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\\n- &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\\n"
    '- [*f,*f,*f,*f,*f,*f,*f,*f,*f]")': "aliases followed",
    'parseint(format("%09999d", 1), 2)': "not a whole number",
    'templatestring("$${templatestring(t, {t = t})}", {t = "$${templatestring(t, {t = t})}"})': "does one use itself",
    "bcrypt(\"a\", 16777216)": "must not be greater",
}  # fmt: skip


@pytest.mark.parametrize(("expression", "fragment"), BOMBS.items(), ids=[name[:30] for name in BOMBS])
def test_bombs_end_soon_in_a_diagnostic(expression: str, fragment: str) -> None:
    with no_endless_work(), pytest.raises(ConfigError) as refused:
        evaluate(expression)
    assert fragment in str(refused.value)


def test_a_gzip_bomb_is_not_unpacked() -> None:
    import base64
    import gzip

    from planner.hcl.functions.encoding import MAX_UNPACKED

    bomb = base64.b64encode(gzip.compress(bytes(MAX_UNPACKED + 1))).decode()
    with pytest.raises(FunctionError, match="unpacks to more"):
        call(FUNCTIONS["base64gunzip"], [string(bomb)])


def test_patterns_that_backtracking_cannot_bear_are_answered() -> None:
    assert evaluate('regexall("(a+)+$", format("%s!", replace(format("%5000s", ""), " ", "a")))').raw == ()


@pytest.mark.parametrize(
    ("name", "arguments", "blamed"),
    [
        ("upper", [null()], 0),
        ("substr", [string("a"), number(0), string("x")], 2),
        ("zipmap", [tuple_of([]), number(1)], 1),
        ("upper", [string("a"), string("b")], 1),
        ("cidrhost", [string("10.0.0.0/8"), string("x")], 1),
        ("join", [string(","), tuple_of([string("a")]), tuple_of([null()])], 2),
    ],
)
def test_the_argument_to_blame_is_named(name: str, arguments: list[Value], blamed: int) -> None:
    with pytest.raises(FunctionError) as refused:
        call(FUNCTIONS[name], arguments)
    assert refused.value.argument == blamed


def test_an_unknown_argument_makes_the_result_unknown_and_keeps_marks() -> None:
    found = call(FUNCTIONS["upper"], [unknown().with_marks(frozenset({"sensitive"}))])
    assert (found.type_json(), found.is_known, found.marks) == ("string", False, frozenset({"sensitive"}))


def test_every_function_has_a_name_a_description_and_a_namespaced_name() -> None:
    functions = standard_functions(console=True)
    for name in functions:
        assert functions[name].name == name.removeprefix("core::")
        assert functions[name].description.endswith(".")
        assert f"core::{functions[name].name}" in functions
    assert "type" not in standard_functions()
