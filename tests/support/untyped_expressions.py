"""Expressions of every kind, made by Hypothesis without regard to types: many are refused.

Left out of what is made: powers and logarithms of which Terraform shows fewer digits than they have, nulls for
`format` and `contains`, and negative indexes for `element`.
"""

from __future__ import annotations

from hypothesis import strategies as st

_NUMBERS = ["0", "1", "-1", "2", "3.5", "-0.25", "1e6", "123456789", "0.001", "99999999999999999999999", "2.5e-9"]
_TEXTS = ['""', '"a"', '"é"', '"10"', '"true"', '"Hello World"', '"x\\ny"', '"-1.5"', '"a,b"', '"a-b_c.d"', '"👩‍👩‍👧"']
NUMBERS = st.sampled_from(_NUMBERS)
AMOUNTS = st.one_of(
    st.decimals(-1000, 1000, allow_nan=False, allow_infinity=False, places=3).map("{:f}".format),
    st.integers(-(10**60), 10**60).map(str),
    st.tuples(st.integers(1, 10**9), st.integers(-200, 200)).map(lambda parts: f"{parts[0]}e{parts[1]}"),
    st.tuples(st.integers(-20, 20), st.integers(0, 20)).map(lambda parts: f"({parts[0]} / {parts[1]})"),
)
TEXTS = st.sampled_from(_TEXTS)
SMALL = st.sampled_from(["0", "1", "2", "3"])
PRIMITIVES = st.one_of(TEXTS, NUMBERS, st.sampled_from(["true", "false", "null"]))


def _sequences(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    literal = st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
    return st.one_of(literal, *(literal.map(f"try({name}({{}}), [])".format) for name in ("tolist", "toset")))


def _mappings(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    literal = st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3).map(
        lambda items: f"{{{', '.join(f'{key} = {value}' for key, value in items.items())}}}"
    )
    return st.one_of(literal, literal.map("try(tomap({}), {{}})".format))


ANY = st.recursive(PRIMITIVES, lambda inner: st.one_of(_sequences(inner), _mappings(inner)), max_leaves=6)
LISTS = _sequences(ANY)
FLAT = _sequences(PRIMITIVES)
MAPS = _mappings(ANY)
HOMOGENEOUS = st.one_of(
    *(
        st.lists(st.sampled_from(pool), max_size=4).map(lambda items: f"[{', '.join(items)}]")
        for pool in (["1", "2", "null"], ['"a"', '""'], ["[1]", '["a", 2]', "[]"], ["{a = 1}", '{a = "x"}', "{b = 1}"])
    )
).flatmap(lambda items: st.sampled_from([items, f"try(tolist({items}), [])", f"try(toset({items}), [])"]))
FAILING = st.sampled_from(["[][0]", "[[][0]]", "{a = [][0]}", "upper(null)", '"${[][0]}x"', "[for x in [1] : x.a]"])
VERBS = st.from_regex(r"%[0#+ -]{0,2}[38]?(\.[025]?)?[vsqdfegGEtxXob]", fullmatch=True).map('"{}"'.format)
PATTERNS = st.sampled_from(['"(a)|b"', '"[^a-c]"', '"^|x"', '"(?P<n>.)(?P<m>.)?"', '"(?m)^.$"', '"[[:alpha:]]+"'])


def _call(name: str, *arguments: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*arguments).map(lambda given: f"{name}({', '.join(given)})")


CALLS = st.one_of(
    *(_call(name, ANY) for name in ("tolist", "toset", "tomap", "tostring", "flatten", "jsonencode", "yamlencode")),
    *(_call(name, LISTS) for name in ("distinct", "reverse", "one", "sum", "length", "sort", "compact", "alltrue")),
    *(_call(name, MAPS) for name in ("keys", "values", "transpose")),
    *(_call(name, LISTS, LISTS) for name in ("concat", "setunion", "setsubtract", "setproduct", "coalescelist")),
    *(_call(name, MAPS, MAPS) for name in ("merge",)),
    *(_call(name, TEXTS) for name in ("upper", "title", "strrev", "trimspace", "urlencode", "sha1", "base64encode")),
    *(_call(name, TEXTS, TEXTS) for name in ("split", "trim", "trimprefix", "startswith", "endswith")),
    *(_call(name, NUMBERS) for name in ("abs", "ceil", "floor")),
    *(_call(name, NUMBERS, NUMBERS) for name in ("max", "min")),
    _call("coalesce", ANY, ANY),
    _call("chunklist", LISTS, SMALL),
    _call("element", LISTS, SMALL),
    _call("slice", LISTS, SMALL, SMALL),
    _call("lookup", MAPS, st.just('"a"'), PRIMITIVES),
    _call("zipmap", FLAT, LISTS),
    _call("matchkeys", FLAT, FLAT, FLAT),
    _call("substr", TEXTS, NUMBERS, SMALL),
    _call("join", TEXTS, FLAT),
    _call("replace", TEXTS, TEXTS, TEXTS),
    _call("regexall", PATTERNS, TEXTS),
    _call("format", VERBS, st.one_of(TEXTS, NUMBERS, AMOUNTS)),
    *(_call(name, AMOUNTS, AMOUNTS) for name in ("pow", "log", "max")),
    *(_call(name, AMOUNTS) for name in ("ceil", "floor", "abs")),
    *(_call(name, HOMOGENEOUS, HOMOGENEOUS) for name in ("concat", "setunion", "setproduct", "coalescelist", "zipmap")),
    *(_call(name, HOMOGENEOUS) for name in ("tolist", "toset", "flatten", "distinct", "jsonencode")),
    st.dictionaries(st.sampled_from("abc"), st.one_of(HOMOGENEOUS, st.just("null")), max_size=3).map(
        lambda items: f"tomap({{{', '.join(f'{key} = {value}' for key, value in items.items())}}})"
    ),
)
_SIGNED = st.tuples(st.sampled_from(["", "-", "- ", "!", "--"]), st.sampled_from(["2", "3", "(1)", "true", '"4"'])).map(
    "".join
)
_OPERATORS = st.sampled_from([" + ", " - ", "-", " * ", " / ", " % ", " == ", " < ", " && ", " || ", " != ", ">="])
ARITHMETIC = st.recursive(
    _SIGNED,
    lambda inner: st.one_of(
        st.tuples(inner, _OPERATORS, inner).map("".join),
        inner.map("({})".format),
        st.tuples(inner, inner, inner).map(lambda three: f"{three[0]} == 2 ? {three[1]} : {three[2]}"),
    ),
    max_leaves=6,
)
_PIECES = [
    *("a ", " b", "${1}", "${~ 2 }", "${3 ~}", "\\n", "$${c}", "%%{d}", "$", "%", "é"),
    "%{ if true ~} x %{ else } y %{ endif }",
    "%{ for k, v in [1, 2] ~} ${k}${v} %{~ endfor }",
    "${[1, 2][*][0] == null}",
]
TEMPLATES = st.lists(st.sampled_from(_PIECES), max_size=5).map(lambda parts: f'"{"".join(parts)}"')
ACCESSES = st.tuples(
    st.sampled_from(["[{a = [1, 2]}, {a = [3]}]", "{a = {b = [0, 1]}}", "null", "tolist([[1], [2]])", '"s"']),
    st.sampled_from(
        ["[*].a", ".*.a", "[0]", ".a.b", ".a.b[1]", "[*]", "[*].a[0]", ".*.a[0]", '["a"]', ".0.a", "[*].a.0"]
    ),
).map("".join)
FORS = st.sampled_from(
    [
        '{for i, v in [1, 2, 3] : v % 2 == 0 ? "even" : "odd" => i...}',
        '[for k, v in {b = 1, a = 2} : "${k}${v}"]',
        '{for s in toset(["x", "y"]) : s => upper(s)}',
        "[for v in [[1, 2], [3]] : [for w in v : w * 2 if w != 3]]",
    ]
)
OPERATIONS = st.one_of(
    ARITHMETIC,
    ARITHMETIC,
    TEMPLATES,
    ACCESSES,
    FORS,
    st.tuples(ANY, st.sampled_from(["==", "!="]), ANY).map(" ".join),
    st.tuples(NUMBERS, st.sampled_from(["+", "-", "*", "<", ">="]), NUMBERS).map(" ".join),
    st.tuples(AMOUNTS, st.sampled_from("+-*/%"), AMOUNTS).map(" ".join),
    st.tuples(ANY, ANY).map(lambda pair: f"1 == 1 ? {pair[0]} : {pair[1]}"),
    st.tuples(ANY, FAILING).map(lambda pair: f"1 == 1 ? {pair[0]} : {pair[1]}"),
    st.tuples(LISTS, ANY).map(lambda pair: f"[for k, v in {pair[0]} : [k, v, {pair[1]}]]"),
    st.tuples(MAPS, ANY).map(lambda pair: f"{{for k, v in {pair[0]} : k => v if v != {pair[1]}}}"),
    PRIMITIVES.map('"<${{{}}}>"'.format),
)

EXPRESSIONS = st.one_of(CALLS, OPERATIONS)
