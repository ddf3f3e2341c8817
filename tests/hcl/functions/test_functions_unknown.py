"""What functions make of values that are not known yet, and of marks."""

import pytest

from planner.hcl import evaluate
from planner.hcl.cty.types import DYNAMIC, NUMBER, STRING, ListType, MapType, SetType, TupleType, type_json
from planner.hcl.cty.values import Value, unknown
from planner.hcl.writing.console_format import format_value

NOT_YET = "(known after apply)"
VARIABLES = {
    "text": unknown(STRING),
    "number": unknown(NUMBER),
    "list": unknown(ListType(STRING)),
    "set": unknown(SetType(STRING)),
    "map": unknown(MapType(NUMBER)),
    "pair": unknown(TupleType((STRING, NUMBER))),
    "any": unknown(DYNAMIC),
}


def run(expression: str) -> Value:
    return evaluate(expression, VARIABLES)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("upper(text)", "string"),
        ("length(text)", "number"),
        ("length(list)", "number"),
        ("length(set)", "number"),
        ('length(toset(["a", text]))', "number"),
        ("length(any)", "number"),
        ("index([text], \"a\")", "number"),
        ("contains([text], \"a\")", "bool"),
        ("compact([text])", ["list", "string"]),
        ("distinct([text])", ["list", "string"]),
        ("element(list, 0)", "string"),
        ("element(pair, 1)", "number"),
        ("element(pair, number)", "dynamic"),
        ("flatten([list])", "dynamic"),
        ("flatten([any])", "dynamic"),
        ("reverse(pair)", ["tuple", ["number", "string"]]),
        ("slice(pair, 0, number)", "dynamic"),
        ("slice(list, 0, 1)", ["list", "string"]),
        ('concat(["a"], list)', "dynamic"),
        ('concat(tolist([1]), list)', ["list", "string"]),
        ('one(toset(["a", text]))', "string"),
        ('coalesce(text, "a")', "string"),
        ('coalescelist(list, ["a"])', "dynamic"),
        ("alltrue([any])", "bool"),
        ("anytrue([false, any])", "bool"),
        ("sum([1, number])", "number"),
        ('matchkeys(["a"], [text], ["a"])', ["list", "string"]),
        ("keys(map)", ["list", "string"]),
        ("values(map)", ["list", "number"]),
        ('lookup(map, "a", 1)', "number"),
        ("merge(map, {a = 1})", "dynamic"),
        ("merge(any, {a = 1})", "dynamic"),
        ("zipmap(list, [1])", "dynamic"),
        ("zipmap([text], tolist([1]))", ["map", "number"]),
        ("transpose({a = [text]})", ["map", ["list", "string"]]),
        ('setintersection(["a"], [text])', ["set", "string"]),
        ("setproduct(list, set)", ["set", ["tuple", ["string", "string"]]]),
        ('join(",", list)', "string"),
        ("sort(list)", ["list", "string"]),
        ('startswith(text, "a")', "bool"),
        ('regex("(a)(b)", text)', ["tuple", ["string", "string"]]),
        ('regexall(text, "a")', ["list", "dynamic"]),
        ('format("%s", text)', "string"),
        ('formatlist("%s", list)', ["list", "string"]),
        ("jsonencode([text])", "string"),
        ("jsondecode(text)", "dynamic"),
        ("yamlencode([text])", "string"),
        ("issensitive(any)", "bool"),
        ("tolist(any)", ["list", "dynamic"]),
        ("timeadd(text, \"1h\")", "string"),
        ('assumeequal(text, "a")', None),
        ("assumelistlength(list, 1, 2)", ["list", "string"]),
        ("assumenotnull(text)", "string"),
    ],
)  # fmt: skip
def test_what_depends_on_the_unknown_is_unknown_of_the_right_type(expression: str, result: object) -> None:
    found = run(expression)
    if result is None:
        assert found.raw == "a"
    else:
        assert (format_value(found), type_json(found.type)) == (NOT_YET, result)


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("length(pair)", "2"),
        ("length([text, text])", "2"),
        ('index(["a", text], "a")', "0"),
        ('contains([text, "a"], "a")', "true"),
        ("anytrue([any, true])", "true"),
        ("keys({a = text})", '[\n  "a",\n]'),
        ('lookup({a = "x", b = text}, "a")', '"x"'),
        ("merge({a = 1}, {b = text})", f'{{\n  "a" = 1\n  "b" = {NOT_YET}\n}}'),
        ('sort(["b", text])', f"tolist([\n  {NOT_YET},\n  {NOT_YET},\n])"),
        ('startswith(text, "")', "true"),
        ('formatlist("%s", ["a", text])', f'tolist([\n  "a",\n  {NOT_YET},\n])'),
        ("flatten([[text]])", f"[\n  {NOT_YET},\n]"),
        ("coalesce(null, \"a\", text)", '"a"'),
        ('setproduct(set, toset([]))', "toset([])"),
        ("try(text.nope, 1)", "1"),
    ],
)  # fmt: skip
def test_what_does_not_depend_on_the_unknown_is_known(expression: str, shown: str) -> None:
    assert format_value(run(expression)) == shown


@pytest.mark.parametrize(
    ("expression", "sensitive"),
    [
        ('upper(sensitive("a"))', True),
        ('join(",", ["a", sensitive("b")])', True),
        ("length([sensitive(1)])", False),
        ("length(sensitive([1]))", True),
        ("element([1, sensitive(2)], 0)", False),
        ("element([1, sensitive(2)], 1)", True),
        ("keys({a = sensitive(1)})", False),
        ("keys(sensitive({a = 1}))", True),
        ('lookup({a = 1, b = sensitive(2)}, "a")', False),
        ('lookup({a = 1}, sensitive("a"))', True),
        ("merge({a = sensitive(1)}, {b = 1})", False),
        ("merge(sensitive({}), {b = 1})", True),
        ("concat([sensitive(1)], [2])", False),
        ("reverse(sensitive([1]))", True),
        ('zipmap([sensitive("a")], [1])', True),
        ("setproduct([sensitive(1)], [2])", False),
        ("toset([sensitive(1)])", True),
        ("jsonencode({a = sensitive(1)})", True),
        ('base64decode(sensitive("YQ=="))', True),
        ("nonsensitive(sensitive(1))", False),
        ("coalesce(null, sensitive(1))", True),
        ('format("%s", sensitive("a"))', True),
        ("upper(sensitive(text))", True),
    ],
)
def test_marks_go_where_the_secret_goes(expression: str, sensitive: bool) -> None:
    assert ("sensitive" in run(expression).marks) is sensitive
