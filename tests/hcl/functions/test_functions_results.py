"""What functions return, as `console` shows it. The results are Terraform's, except where a line says otherwise."""

import pytest

from planner.hcl import evaluate
from planner.hcl.writing.console_format import format_value

STRINGS = {
    'upper("straße ǆ ŉ ﬁ")': '"STRAßE Ǆ ŉ ﬁ"',
    'lower("İI Σ")': '"ii σ"',
    'title("hello wörld-wide it\'s 3rd_one ǆ")': '"Hello Wörld-Wide It\'S 3rd_one ǅ"',
    'strrev("e\\u0301x👩‍👩‍👧")': '"👩\\u200d👩\\u200d👧xé"',
    'substr("🇩🇪🇫🇷x", 1, 1)': '"🇫🇷"',
    'substr("hello", -3, 2)': '"ll"',
    'substr("hello", -3, 0)': '"llo"',
    'substr("hello", 2, 0)': '""',
    'substr("hello", 9, 1)': '""',
    'substr("hello", 1, -1)': '"ello"',
    'length("👩‍👩‍👧 e\\u0301")': "3",
    '[length("क्षि"), length("각"), length("ก็"), length("🇩🇪🇫🇷")]': "[\n  2,\n  1,\n  1,\n  2,\n]",
    'trim("?!hello?!", "!?")': '"hello"',
    'format("%-08.0f|%-08g|%-08d|", -109.891, 2.5, 7)': '"-0000110|000002.5|7       |"',
    'trim("hello", "")': '"hello"',
    'trimspace("\\u00a0\\u3000 a\\n")': '"a"',
    'trimprefix("helloworld", "hello")': '"world"',
    'trimsuffix("helloworld", "hello")': '"helloworld"',
    'chomp("a\\r\\n\\n")': '"a"',
    'indent(2, "a\\nb")': "<<EOT\na\n  b\nEOT",
    'split("", "añ")': 'tolist([\n  "a",\n  "ñ",\n])',
    'split(",", "")': 'tolist([\n  "",\n])',
    'split("", "")': "tolist([])",
    'join("-", ["a"], [1, true])': '"a-1-true"',
    'sort(["b", "B", "é", "a"])': 'tolist([\n  "B",\n  "a",\n  "b",\n  "é",\n])',
    'strcontains("hello", "ell")': "true",
    'startswith("hello", "he")': "true",
    'endswith("hello", "he")': "false",
    'replace("a.b.c", ".", "-")': '"a-b-c"',
    'replace("ab", "", "-")': '"-a-b-"',
    'replace("hello world", "/(l+)o/", "<$1>")': '"he<ll> world"',
    'replace("hello", "/l/", "$0$$${0}x$1x$nope")': '"hel${0}xl${0}xo"',
    'replace("aXbX", "/X*/", "-")': '"-a-b-"',
    'replace("x", "/", "-")': '"x"',
    'regex("(\\\\d+)-(\\\\d+)?", "12-")': '[\n  "12",\n  tostring(null),\n]',
    'regex("(?P<year>\\\\d{4})", "in 2026").year': '"2026"',
    'regexall("a*", "baac")': 'tolist([\n  "",\n  "aa",\n  "",\n])',
    'regexall("\\\\pL", "1é2")': 'tolist([\n  "é",\n])',
}
FORMATS = {
    'format("%s %q %v", "a", "b\\"", true)': '"a \\"b\\\\\\"\\" true"',
    'format("%d|%5d|%-5d|%05d|%+d|% d", 7, 7, 7, -7, 7, 7)': '"7|    7|7    |-0007|+7| 7"',
    'format("%x %X %#x %o %#o %b %#b", 255, 255, 255, 8, 8, 5, 5)': '"ff FF 0xff 10 010 101 0b101"',
    'format("%.3d|%8.3d|%.0d|", 7, 7, 0)': '"007|     007||"',
    'format("%f|%.2f|%8.1f|%-8.1f|%08.1f", 1, 2.005, 3.14159, 3.14159, -3.14159)': (
        '"1.000000|2.00|     3.1|3.1     |-00003.1"'
    ),
    'format("%e %E %.1e", 12345.678, 0.00001, 0)': '"1.234568e+04 1.000000E-05 0.0e+00"',
    'format("%g %g %g %.3g %G", 100000, 1000000, 0.00001, 1234567, 1e21)': '"100000 1e+06 1e-05 1.23e+06 1E+21"',
    'format("%v %v", 1000000, 1234567.5)': '"1e+06 1.2345675e+06"',
    'format("%#v %#v %v", "a", 1000000, [1, "x"])': '"\\"a\\" 1000000 [1,\\"x\\"]"',
    'format("%[2]s %[1]s %s", "a", "b")': '"b a b"',
    'format("%5s|%-5s|%05s|%.2s", "é", "é", "é", "héllo")': '"    é|é    |0000é|hé"',
    'format("%t", "true")': '"true"',
    'format("%d%%", "50")': '"50%"',
    'format("%v", null == null ? tostring(null) : "")': '"null"',
    'format("%.1f %.2f %.20f", 0.35, 2.675, 0.1)': '"0.3 2.67 0.10000000000000000000"',
    'format("%5.1f|%010f|%-7g|%v|%s", -1 / 0, 1 / 0, 1 / 0, 1 / 0, -1 / 0)': '" -Inf|      +Inf|+Inf   |+Inf|-Inf"',
    'format("%f %g %d", -0, -0, -0)': '"-0.000000 -0 0"',
    'format("%d", 100000000000000000000000000000001)': '"100000000000000000000000000000001"',
    'formatlist("%s-%s", ["a", "b"], "x")': 'tolist([\n  "a-x",\n  "b-x",\n])',
    'formatlist("%s", [])': "tolist([])",
    'formatlist("a")': 'tolist([\n  "a",\n])',
}
COLLECTIONS = {
    "tomap({a = [], b = null})": 'tomap({\n  "a" = []\n  "b" = null /* tuple */\n})',
    "tomap({a = {}, b = null})": 'tomap({\n  "a" = {}\n  "b" = null /* object */\n})',
    "tomap({a = tolist([1]), b = null}).b": "tolist(null) /* of number */",
    "tomap({c = toset([]), a = [1]})": 'tomap({\n  "a" = toset([\n    1,\n  ])\n  "c" = toset([])\n})',
    "true ? {} : {a = [][0]}": "tomap({})",
    "true ? [] : [[][0]]": "tolist([])",
    "true ? [] : ([for x in [1] : x.a])": "tolist([])",
    "true ? {} : {for x in [1] : x => x.a}": "tomap({})",
    "true ? [1] : upper([][0])": "[\n  1,\n]",
    "setproduct([1, null], [2])": "tolist([\n  [\n    1,\n    2,\n  ],\n  [\n    tonumber(null),\n    2,\n  ],\n])",
    "element([1, 2, 3], 4)": "2",
    "element([1, 2, 3], -1)": "3",  # OpenTofu's; Terraform 1.11 fails
    'index(["a", "b"], "b")': "1",
    'contains(["a", 1], 1)': "true",
    "contains(toset([]), 1)": "false",
    "contains([null], null)": "true",  # Terraform refuses the null
    'compact(["a", "", null, "b"])': 'tolist([\n  "a",\n  "b",\n])',
    'distinct([1, "1", 2])': 'tolist([\n  "1",\n  "2",\n])',
    "distinct([null, null])": "tolist([\n  null,\n])",
    "chunklist([1, 2, 3], 2)": "tolist([\n  tolist([\n    1,\n    2,\n  ]),\n  tolist([\n    3,\n  ]),\n])",
    "chunklist([1], 0)": "tolist([\n  tolist([\n    1,\n  ]),\n])",
    "chunklist([], 2)": "tolist([])",
    'flatten([["a"], [], [["b", null]], tolist([1])])': '[\n  "a",\n  "b",\n  null,\n  1,\n]',
    'reverse(["a", 1])': '[\n  1,\n  "a",\n]',
    "reverse(toset([2, 1]))": "tolist([\n  2,\n  1,\n])",
    'slice(["a", "b", "c"], 1, 2)': '[\n  "b",\n]',
    'concat(["a"], [1])': '[\n  "a",\n  1,\n]',
    'concat(tolist(["a"]), tolist([1]))': 'tolist([\n  "a",\n  "1",\n])',
    "range(64, 64, 0)": "tolist([])",
    "range(3)": "tolist([\n  0,\n  1,\n  2,\n])",
    "range(1, 2, 0.5)": "tolist([\n  1,\n  1.5,\n])",
    "range(-2)": "tolist([\n  0,\n  -1,\n])",
    "one([])": "null",
    "one(tolist([1]))": "1",
    'coalesce("", null, "b")': '"b"',
    'coalesce(null, 1, "a")': '"1"',
    'coalescelist([], ["a"])': '[\n  "a",\n]',
    'alltrue(["true", true])': "true",
    "anytrue([])": "false",
    "sum([0.1, 0.2, 3])": "3.3",
    'matchkeys(["a", "b", "c"], [1, 2, 1], [1])': 'tolist([\n  "a",\n  "c",\n])',
    'keys({b = 1, a = 2, "x y" = 3})': '[\n  "a",\n  "b",\n  "x y",\n]',
    "values(tomap({b = 1, a = 2}))": "tolist([\n  2,\n  1,\n])",
    'lookup({a = 1}, "b", "none")': '"none"',
    'lookup(tomap({a = 1}), "a")': "1",
    "merge({a = 1, b = 2}, null, {b = 3})": '{\n  "a" = 1\n  "b" = 3\n}',
    "merge(tomap({a = 1}), tomap({b = 2}))": 'tomap({\n  "a" = 1\n  "b" = 2\n})',
    "merge()": "{}",
    'zipmap(["a", "b"], [1, "x"])': '{\n  "a" = 1\n  "b" = "x"\n}',
    'zipmap(["a", "b"], tolist([1, 2]))': 'tomap({\n  "a" = 1\n  "b" = 2\n})',
    'transpose({x = ["a", "b"], y = ["a"]})': (
        'tomap({\n  "a" = tolist([\n    "x",\n    "y",\n  ])\n  "b" = tolist([\n    "x",\n  ])\n})'
    ),
    "setunion([1], [2], [1])": "toset([\n  1,\n  2,\n])",
    'setintersection(["a", "b"], ["b"])': 'toset([\n  "b",\n])',
    'setsubtract(["a", "b"], ["b"])': 'toset([\n  "a",\n])',
    'setproduct(["a"], [1, 2])': 'tolist([\n  [\n    "a",\n    1,\n  ],\n  [\n    "a",\n    2,\n  ],\n])',
    "setproduct(toset([]), [1])": "toset([])",
}
NUMBERS = {
    "[1 - -1, 1 - - 1, -1 - -1, 5 - -(2) - -3, (1) - -1, 1--1]": "[\n  2,\n  2,\n  0,\n  10,\n  2,\n  2,\n]",
    "abs(-1.5)": "1.5",
    "ceil(-1.5)": "-1",
    "floor(-1.5)": "-2",
    "ceil(123456789012345678901234567890.5)": "123456789012345678901234567891",
    "log(8, 2)": "3",
    "[log(9, 3), log(0, 10), log(10, 0), log(2, 1)]": "[\n  2.0000000000000004,\n  -Inf,\n  -0,\n  +Inf,\n]",
    "[pow(2, 64), pow(2, 64) - 1]": "[\n  18446744073709550000,\n  18446744073709551615,\n]",
    "[pow(10, 30), pow(3, 40)]": "[\n  1000000000000000000000000000000,\n  12157665459056929000,\n]",
    "[pow(2, 0.5), pow(49, 1.5), pow(14, 1.5)]": "[\n  1.4142135623730951,\n  343,\n  52.38320341483519,\n]",
    "pow(2, 0.5) * 2": "2.828427124746190290949243717477656900882720947265625",
    "[pow(10, 400), pow(0, -1), pow(-0, -1), pow(2, -2000)]": "[\n  +Inf,\n  +Inf,\n  -Inf,\n  0,\n]",
    "[pow(0.1, 1) == 0.1, pow(2, 64) == 18446744073709551616, ceil(pow(2, 0.5))]": "[\n  true,\n  true,\n  2,\n]",
    "pow(2, -1)": "0.5",
    "[ceil(-0.5), floor(1 / 0), abs(-1 / 0), sum([1, 1 / 0])]": "[\n  0,\n  +Inf,\n  +Inf,\n  +Inf,\n]",
    "signum(-3)": "-1",
    "max(1, 3, 2)": "3",
    "min(0.5, 1)": "0.5",
    'parseint("-ff", 16)': "-255",
    'parseint("Zz", 62)': "3817",
    'parseint("11111111111111111111111111111111111111111111111111111111111111111111", 2)': "295147905179352825855",
}
ENCODINGS = {
    'yamlencode("a\\n\\n\\n")': "<<EOT\n|+\n  a\n\n\n\nEOT",
    'uuidv5("urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8", "a")': '"4f3f2898-69e3-5a0d-820a-c4e87987dbce"',
    'base64encode("hü")': '"aMO8"',
    'base64decode("aMO8")': '"hü"',
    'base64gunzip(base64gzip("hello hello hello hello hello hello"))': '"hello hello hello hello hello hello"',
    'textencodebase64("é", "UTF-16LE")': '"6QA="',
    'textencodebase64("é", "UTF-16")': '"/v8A6Q=="',
    'textencodebase64("é", "windows-1252")': '"6Q=="',
    'textdecodebase64("6Q==", "ISO-8859-1")': '"é"',
    'urlencode("a b&ü~*")': '"a+b%26%C3%BC~%2A"',
    'urldecode("a+b%26")': '"a b&"',
    'jsonencode({b = [1, null, 1.50], a = "<é>&\\u2028"})': (
        '"{\\"a\\":\\"\\\\u003cé\\\\u003e\\\\u0026\\\\u2028\\",\\"b\\":[1,null,1.5]}"'
    ),
    "jsonencode(1e30)": '"1000000000000000000000000000000"',
    'jsondecode("{\\"a\\": [1.10, true, null]}")': '{\n  "a" = [\n    1.1,\n    true,\n    null,\n  ]\n}',
    'jsondecode("\\"\\\\ud83d\\\\ude00\\"")': '"😀"',
    'csvdecode("a,b\\r\\n1,\\"x \\"\\"y\\"\\"\\n\\"\\n\\n2,")': (
        'tolist([\n  {\n    "a" = "1"\n    "b" = <<-EOT\n    x "y"\n    \n    EOT\n  },\n'
        '  {\n    "a" = "2"\n    "b" = ""\n  },\n])'
    ),
    'csvdecode("\\na,b\\r\\n1, x y \\n\\n,\\r")': (
        'tolist([\n  {\n    "a" = "1"\n    "b" = " x y "\n  },\n  {\n    "a" = ""\n    "b" = ""\n  },\n])'
    ),
    "yamldecode(\"a: yes\\nb: 0x1f\\nc: 2020-01-02\\nd: ~\\ne: '1'\\n\")": (
        '{\n  "a" = true\n  "b" = 31\n  "c" = "2020-01-02T00:00:00Z"\n  "d" = null\n  "e" = "1"\n}'
    ),
    'yamldecode("a: &x {k: v}\\nb:\\n  <<: *x\\n  z: 1\\n")': (
        '{\n  "a" = {\n    "k" = "v"\n  }\n  "b" = {\n    "k" = "v"\n    "z" = 1\n  }\n}'
    ),
    'yamlencode({b = ["x", {c = 1}], a = "l1\\nl2\\n", e = [], n = null})': (
        '<<EOT\n"a": |\n  l1\n  l2\n"b":\n- "x"\n- "c": 1\n"e": []\n"n": null\n\nEOT'
    ),
    'yamldecode("- !!str 1\\n- !!binary aGk=\\n- !!int 3\\n- !!null x\\n")': ('[\n  "1",\n  "aGk=",\n  3,\n  null,\n]'),
    'yamldecode("- 1.\\n- 0o17\\n- 1_000\\n- 12:30\\n- \\"y\\"")': '[\n  1,\n  15,\n  "1_000",\n  "12:30",\n  "y",\n]',
    'yamldecode("<<: [{a: 1}, {b: 2}]\\n1: x\\ntrue: y")': ('{\n  "1" = "x"\n  "a" = 1\n  "b" = 2\n  "true" = true\n}'),
    'yamldecode("[2020-1-2 3:4:5, 2020-01-02T03:04:05+01:00, 2020-13-01]")': (
        '[\n  "2020-01-02T03:04:05Z",\n  "2020-01-02T03:04:05+01:00",\n  "2020-13-01",\n]'
    ),
    "yamlencode(true)": "<<EOT\ntrue\n...\n\nEOT",
    'md5("a")': '"0cc175b9c0f1b6a831c399e269772661"',
    'sha1("")': '"da39a3ee5e6b4b0d3255bfef95601890afd80709"',
    'base64sha256("a")': '"ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="',
    'uuidv5("dns", "example.com")': '"cfbff0d1-9375-5685-968c-48ce8b15ae17"',
}
TIMES = {
    'timeadd("2020-02-28T23:59:59Z", "1s")': '"2020-02-29T00:00:00Z"',
    'timeadd("2020-01-01T00:00:00+08:00", "-1h30m1.5s")': '"2019-12-31T22:29:58+08:00"',
    'timecmp("2020-01-01T08:00:00+08:00", "2020-01-01T00:00:00Z")': "0",
    'timecmp("2020-01-01T00:00:00.000000001Z", "2020-01-01T00:00:00Z")': "1",
    'formatdate("EEEE, DD MMM YYYY hh:mm:ss ZZZ", "2026-11-23T05:06:07Z")': '"Monday, 23 Nov 2026 05:06:07 UTC"',
    'formatdate("H AA aa YY M D Z ZZZZ ZZZZZ", "2026-01-02T12:00:00-03:30")': ('"12 PM pm 26 1 2 -03:30 -0330 -03:30"'),
    "formatdate(\"'it''s' h '''' \", \"2026-01-02T00:00:00Z\")": "\"it's 0 '' \"",
}
NETWORKS = {
    'cidrhost("10.0.0.0/8", 258)': '"10.0.1.2"',
    'cidrhost("10.0.0.0/8", -1)': '"10.255.255.255"',
    'cidrhost("fd00::/40", 34)': '"fd00::22"',
    'cidrnetmask("172.16.0.0/12")': '"255.240.0.0"',
    'cidrsubnet("172.16.0.0/12", 4, 2)': '"172.18.0.0/16"',
    'cidrsubnet("010.001.0.0/16", 8, 1)': '"10.1.1.0/24"',
    'cidrsubnets("10.1.0.0/16", 4, 8, 4)': 'tolist([\n  "10.1.0.0/20",\n  "10.1.16.0/24",\n  "10.1.32.0/20",\n])',
    'cidrcontains("10.0.0.0/8", "10.1.0.0/16")': "true",
    'cidrcontains("10.0.0.0/8", "11.0.0.1")': "false",
    'basename("foo/bar/")': '"bar"',
    'dirname("foo/bar")': '"foo"',
    'dirname("foo")': '"."',
}
TYPES = {
    "type(tolist([{a = tolist([[]])}]))": (
        "list(\n    object({\n        a: list(\n            tuple([]),\n        ),\n    }),\n)"
    ),
    "type(tolist([tolist([{}])]))": "list(list(\n    object({}),\n))",
    '[{a = null} == {a = "x"}, [null] == [null], tolist([]) == tolist([]), tolist(["a"]) == tolist([])]': (
        "[\n  false,\n  true,\n  true,\n  false,\n]"
    ),
    'tolist(["a", 1])': 'tolist([\n  "a",\n  "1",\n])',
    "toset([2, 1, 2])": "toset([\n  1,\n  2,\n])",
    "tomap({a = 1})": 'tomap({\n  "a" = 1\n})',
    'tonumber("1e3")': "1000",
    '[tonumber("-inf"), tonumber("Inf"), tonumber("1.5p-2")]': "[\n  -Inf,\n  +Inf,\n  0.375,\n]",
    'yamldecode("[-0, .inf, -.Inf]")': "[\n  -0,\n  +Inf,\n  -Inf,\n]",
    "tonumber(null)": "tonumber(null)",
    'tobool("true")': "true",
    "tostring(1.50)": '"1.5"',
    "sensitive(1)": "(sensitive value)",
    "nonsensitive(sensitive(1))": "1",
    "issensitive(sensitive(1))": "true",
    'upper(sensitive("a"))': "(sensitive value)",
    'length(sensitive(["a"]))': "(sensitive value)",
    'keys({a = sensitive("x")})': '[\n  "a",\n]',
    'assumelistlength(["a"], 1, 2)': 'tolist([\n  "a",\n])',
}
ALL = {**STRINGS, **FORMATS, **COLLECTIONS, **NUMBERS, **ENCODINGS, **TIMES, **NETWORKS, **TYPES}


@pytest.mark.parametrize(("expression", "shown"), ALL.items(), ids=list(ALL))
def test_functions_give(expression: str, shown: str) -> None:
    assert format_value(evaluate(expression)) == shown
