"""Expressions at the edges: odd arguments for each function, nulls, unknown and sensitive values in every place.

Unlike those of `typed_expressions` and `untyped_expressions` they are made of a list of calls, each with what may stand
for its arguments, and often wrapped in a probe of what is known of the result: is it null, sensitive, how long.
"""

from __future__ import annotations

import re
from random import Random


def _items(text: str) -> tuple[str, ...]:
    """The parts of a text between line breaks and runs of spaces."""
    return tuple(re.split(r"\n *| {2,}", text.strip()))


STRINGS = _items(r"""
    ""  "a"  "ab"  "Hello World"  "o'neil d'arc"  "foo_bar-baz qux"  " \t x\r\n"  "a,b,,c"  "é"  "e\u0301"  "👩‍👩‍👧x"
    "🇩🇪🇫🇷"  "ß"  "ǆ ﬁ"  "İı"  "Σς"  "नमस्ते"  "\u1112\u1161\u11ab"  "\u200d"  "a\u0300\u0301b"
    "\U0001F44D\U0001F3FD!"  "\r\n\n"  "𝔸𐐨"  "١٢"  "ა"  "<&>\u2028"  "10"  "-1.5"  "true"  "x\ny\n"  "$${x}"
    "%%{x}"  "\\"  "\""
    """)
CIDRS = _items(r"""
    "10.0.0.0/8"  "10.1.2.3/8"  "192.168.0.0/31"  "0.0.0.0/0"  "10.0.0.0/32"  "172.16.0.0/12"  "2001:db8::/32"
    "::/0"  "fe80::1/64"  "2001:db8::/128"  "::ffff:10.0.0.0/104"  "fd00:1:2::/48"  "010.0.0.0/8"  "10.0.0/8"
    "10.0.0.0"  "10.0.0.0/33"  "10.0.0.0/-1"  "10.0.0.0/08"  "x"  ""  "fd00::%eth0/64"  " 10.0.0.0/8"
    "10.0.0.0/8/8"  "256.0.0.0/8"  "::/129"  "10.0.0.0/+8"  "1::2::3/8"
    """)
WHOLE = _items(r"""
    0  1  2  3  4  8  16  24  31  32  33  64  96  128  -1  -2  -3  255  256
    """)
NUMBERS = WHOLE + _items(r"""
    1.5  -0.5  4294967296  1e18  1e30  9223372036854775807  9223372036854775808  "7"  "1e2"  1/3  0.1+0.2  1e-30
    99999999999999999999999999999999999999.5  -1e60  2.5e-9  1e3  100000000000000000000
    """)
NUMERALS = _items(r"""
    "1e5"  "0x10"  "1_000"  "+1"  " 1"  "1."  "-.5"  ".5"  "Inf"  "NaN"  "1E40"  "1e-40"  "٣"  "-"  "1e"  "0b1"
    "00012"  "1.50"  "1e+2"  "--1"  "123456789012345678901234567890"  "-0"
    """)
PATTERNS = _items(r"""
    "(?i)A"  "a{2,1}"  "("  "["  "(?P<x>a)|(?P<y>b)"  "(?<x>a)"  "\\d+"  "\\pL"  "\\p{Greek}"  "^$"  ".*?"  "(?s)."
    "\\b"  "(a)(b)?"  "[[:word:]]+"  "\\Qa.b\\E"  "(?U)a+"  "x*"  ""  "[a-\\d]"  "\\1"  "(?=a)"  "\\x{1F44D}"
    "(?m)^."  "[^\\s]"  "(?P<x>a)(b)"  "a**"  "\\C"  "(?P<x>.)(?P<x>.)"  "\\z"  "\\Z"  "[[:foo:]]"  "a{1001}"
    "(|a)*"  "\\pN+"  "é"  "(.)"
    """)
REPLACED = _items(r"""
    "a"  ""  "/a/"  "/(a)(b)?/"  "/(?P<x>.)/"  "/[/"  "/"  "//"  "o"  "/\\s+/"  "/^/"
    """)
REPLACEMENTS = _items(r"""
    "-"  ""  "$1"  "$1x"  "$${1}x"  "$${x}"  "$x"  "$$"  "$0"  "$9"  "\\1"
    """)
FORMATS = _items(r"""
    "%s"  "%d"  "%5s|"  "%-5s|"  "%+d"  "% d"  "%05d"  "%x"  "%X"  "%#v"  "%v"  "%q"  "%t"  "%e"  "%.3f"  "%g"  "%G"
    "%b"  "%o"  "%#x"  "%[1]s %[1]s"  "%[2]s"  "%%"  "%z"  "%"  "%s%s"  "x%s"  "é%s"  "%.2s"  "%08.3f"  "%-8.1f|"
    "%+.2e"  "%*d"  "%[0]s"  "%5t|"  "%c"  "plain"  "%.0f"  "%f"  "%10q|"  "%#o"  "%-05d|"  "%+s"  "% x"  "%.1v"
    "%U"  "%6.2f%%"
    """)
TIMES = _items(r"""
    "2020-02-29T23:59:59Z"  "2020-01-01T00:00:00+05:30"  "2020-01-01T00:00:60Z"  "2020-1-1T00:00:00Z"
    "2020-01-01t00:00:00z"  "2020-01-01T00:00:00.123456789Z"  "2020-01-01T00:00:00,5Z"  "2020-01-01T24:00:00Z"
    "2020-01-01T00:00:00+24:00"  "2020-01-01T00:00:00-00:00"  "0000-01-01T00:00:00Z"  "9999-12-31T23:59:59Z"
    "2019-02-29T00:00:00Z"  "2020-01-01T00:00Z"  "2020-01-01 00:00:00Z"  "2020-01-01"  ""  "now"
    "2024-07-04T12:34:56-07:00"  "1999-12-31T00:00:00.5+14:00"  "2020-01-01T01:02:03"  "2020-13-01T00:00:00Z"
    """)
DURATIONS = _items(r"""
    "1h"  "-1.5h"  "1h30m"  "1us"  "1µs"  "1d"  ""  "0"  "+5s"  ".5s"  "1.s"  "1ns"  "1"  "9223372036854775807ns"
    "1e3s"  "h"  "1h-1m"  "876000h"  "1.5ms"  " 1h"  "-0s"  "99999999h"
    """)
DATE_FORMATS = _items(r"""
    "YYYY-MM-DD'T'hh:mm:ssZ"  "EEEE EEE"  "MMMM MMM M"  "D DD h hh H HH"  "AA aa"  "m s mm ss"  "Z ZZZ ZZZZ ZZZZZ"
    "YY"  "Y"  "'it''s'"  "'x"  "Q"  "E"  "DDD"  "ZZ"  ""  "-é-"  "A"  "YYYYY"  "hhh"  "MMMMM"  "''"
    "DD/MM/YYYY hh.mm"  "HH AA"
    """)
JSON = _items(r"""
    "1e40"  "[1,]"  "NaN"  "01"  "-"  "nul"  "{} x"  "[[[]]]"  " null "  "-0"  "1.50"  ""  "{\"a\":1,\"a\":2}"
    "\"\\ud800\""  "\"\\u00e9\\n\""  "[1,\"a\",null,true]"  "{\"\":{}}"  "\"\\x\""  "{a:1}"  "[1 2]"  "\"a\nb\""
    "[\"e\\u0301\"]"  "1E+2"  "tru"  "{\"b\":1,\"a\":[]}"
    """)
YAML = _items(r"""
    "a: 1"  "- x\n- y"  "yes"  "0o17"  "0x1F"  "1_000"  ".inf"  "~"  "2001-01-01"  "!!str 1"  "a: &x 1\nb: *x"  "*a"
    "<<: {a: 1}"  "? a\n: b"  "a: b: c"  "--- 1\n--- 2"  "1e3"  "!!binary aGk="  "k: [1, {b: c}]"  "0123"  "0b11"
    "1:30"  "- - a"  ""  "# c"  "{a: 1, a: 2}"  "[a, b"  "'it''s'"  "on"  "NULL"  "+1"  ".5"  "1."  "{1: a}"
    "\"\\u00e9\""  "!foo 1"  "!!float 1"  "!!int \"3\""  "\t- a"  "? [a]\n: b"  "-.inf"  "True"  "|\n text\n"
    "a:\n - b\n - c: d"  "a: >-\n x\n y"
    """)
CSV = _items(r"""
    "a,b\n1,2"  "a,a\n1,2"  "\"x\"\"y\",b\n1,2"  "a,b\n1"  ""  "a\n"  "a,b\r\n1,2\r\n"  "a,\"b\n1,2"
    "a, b\n1, 2\n\n3,4"  "a\nx\"y"  "é,ü\n1,"  "a,b\n1,2,3"  "a,b\n\"1\n2\",3"
    """)
BASE64 = _items(r"""
    "aGk="  "aGk"  "aG k="  "_-8="  "/+8="  ""  "gA=="  "aGk=\n"
    """)
ENCODINGS = _items(r"""
    "UTF-8"  "UTF-16LE"  "UTF-16BE"  "utf8"  "ISO-8859-1"  "windows-1252"  "foo"  "Shift_JIS"  "UTF-16"
    """)
PATHS = _items(r"""
    "a/b/c"  "/"  ""  "a//b"  "../x"  "."  "a/"  "/a/../b"  "a/./b.txt"  "//a"  ".."
    """)
NAMESPACES = _items(r"""
    "dns"  "url"  "oid"  "x500"  "6ba7b810-9dad-11d1-80b4-00c04fd430c8"  "nope"  ""
    """)

POOLS: dict[str, tuple[str, ...]] = {
    "s": STRINGS,
    "cidr": CIDRS,
    "w": WHOLE,
    "n": NUMBERS,
    "numeral": NUMERALS,
    "re": PATTERNS,
    "re1": REPLACED,
    "re2": REPLACEMENTS,
    "f": FORMATS,
    "t": TIMES,
    "d": DURATIONS,
    "df": DATE_FORMATS,
    "json": JSON,
    "yaml": YAML,
    "csv": CSV,
    "b64": BASE64,
    "enc": ENCODINGS,
    "path": PATHS,
    "ns": NAMESPACES,
    "base": ("2", "8", "10", "16", "36", "62", "1", "63", "0", "-2"),
    "digits": ('"ff"', '"12"', '"zZ"', '"0x1"', '"-7"', '""', '"1_0"', '"+3"', '" 1"', '"10"', "10", '"789"'),
    "cond": ("true", "false", "var.b", "null", '"true"', "sensitive(true)", "1 == 1", "var.hidden == 1", "{v} == null"),
    "op": ("==", "!=", "+", "-", "*", "/", "%", "<", ">=", "&&", "||", "==", "!="),
}

UNKNOWNS = _items("var.s  var.n  var.b  var.l  var.set  var.m  var.o  var.any  var.hidden  var.t  var.deep")
SENSITIVE = _items(r"""
    var.secret  var.secrets  sensitive({v})  [{v}, var.secret]  {{ a = var.secret }}  sensitive(null)
    """)
NULLS = _items("null  var.none  tonumber(null)  tolist(null)  tomap(null)  var.nothing")

CALLS = _items(r"""
    cidrhost({cidr}, {n})  cidrnetmask({cidr})  cidrsubnet({cidr}, {w}, {n})  cidrsubnets({cidr}, {w}, {w})
    cidrsubnets({cidr})  cidrsubnets({cidr}, {w}, {w}, {w}, {w})  cidrhost({cidr}, {w})
    cidrsubnet({cidr}, {w}, {w})  upper({s})  lower({s})  title({s})  strrev({s})  trimspace({s})  chomp({s})
    indent({w}, {s})  substr({s}, {w}, {w})  substr({s}, {w}, -1)  length({s})  split({s}, {s})  trim({s}, {s})
    join({s}, {v})  trimprefix({s}, {s})  trimsuffix({s}, {s})  startswith({s}, {s})  endswith({s}, {s})
    strcontains({s}, {s})  regex({re}, {s})  regexall({re}, {s})  replace({s}, {re1}, {re2})  replace({s}, {s}, {s})
    sort({v})  format({f}, {v})  format({f}, {n})  format({f}, {s})  format({f})  format({f}, {v}, {v})
    formatlist({f}, {v})  formatlist({f}, {v}, {v})  timeadd({t}, {d})  timecmp({t}, {t})  formatdate({df}, {t})
    jsondecode({json})  yamldecode({yaml})  csvdecode({csv})  base64decode({b64})  base64encode({s})  urlencode({s})
    md5({s})  textencodebase64({s}, {enc})  textdecodebase64({b64}, {enc})  basename({path})  dirname({path})
    sha256({s})  uuidv5({ns}, {s})  base64sha256({s})  parseint({digits}, {base})  tonumber({numeral})  tobool({s})
    tostring({v})  abs({n})  ceil({n})  floor({n})  signum({n})  log({n}, {n})  pow({w}, {w})  max({n}, {n})
    min({v}...)  tolist({v})  toset({v})  tomap({v})  tonumber({v})  tobool({v})  jsonencode({v})  yamlencode({v})
    flatten({v})  length({v})  keys({v})  values({v})  reverse({v})  distinct({v})  compact({v})  one({v})  sum({v})
    element({v}, {w})  slice({v}, {w}, {w})  index({v}, {v})  contains({v}, {v})  lookup({v}, {s}, {v})
    lookup({v}, {s})  chunklist({v}, {w})  coalesce({v}, {v})  coalescelist({v}, {v})  concat({v}, {v})
    merge({v}, {v})  merge({v}...)  zipmap({v}, {v})  matchkeys({v}, {v}, {v})  setunion({v}, {v})
    setintersection({v}, {v})  setsubtract({v}, {v})  setproduct({v}, {v})  transpose({v})  alltrue({v})
    anytrue({v})  range({n})  range({w}, {w})  range({n}, {n}, {n})  sensitive({v})  nonsensitive({v})
    issensitive({v})  ephemeralasnull({v})  try({v}.a, {v})  can({v}[0])  concat({v}, {v}, {v})  coalesce({v}...)
    merge({v}, {v}, {v})  max({v}...)  setproduct({v}, {v}, {v})
    """)
FORMS = _items(r"""
    {cond} ? {v} : {v}  {v} {op} {v}  !{v}  -{v}  {n} {op} {n}  {v}[{v}]  {v}.a  {v}[*]  {v}[*].a  {v}.*.a  {v}[0]
    {v}["a"]  [for x in {v} : x]  [for k, x in {v} : k]  {{ for k, x in {v} : k => x }}  {v}.0  {v}[*].a[*]
    {{ for x in {v} : x => x... }}  [for x in {v} : x if x != {v}]  [for x in {v} : x if {cond}]
    [for x in {v} : [for y in x : y]]  {{ for k, x in {v} : x => k... if {cond} }}  "a${{{v}}}b"  "${{{v}}}"
    "%{{ if {cond} }}x%{{ else }}${{{v}}}%{{ endif }}"  "%{{ for x in {v} }}${{x}},%{{ endfor }}"
    "a %{{~ if {cond} ~}} b %{{~ endif ~}} c"  "${{~ {v} ~}} x"  ({v})  {cond} ? {v} : null  {cond} ? null : {v}
    {cond} ? [{v}] : []  {cond} ? {{ a = {v} }} : {{}}  [{v}, {v}] == [{v}, {v}]  {{ (var.s) = {v} }}
    {{ ({v}) = 1 }}  {{ a = {v}, b = {v} }}.a  [{v}, {v}][1]  {{ for x in [{s}, {s}] : x => {v} }}  {cond} && {cond}
    {cond} || {cond}  {v} == {v}  tolist([{v}, {v}])  toset([{v}, {v}])  tomap({{ a = {v}, b = {v} }})
    """)
HEREDOCS = (
    "<<EOT\na\n%{{ for x in {v} ~}}\n  ${{x}}\n%{{ endfor ~}}\nb\nEOT\n",
    "<<-EOT\n    a ${{{v}}}\n      b\n   c\n  EOT\n",
    "<<-EOT\n  %{{ if {cond} }}\n    x\n  %{{ else }}\n  y\n  %{{ endif }}\n  EOT\n",
    "<<EOT\n${{{s}}}%%{{x}} \\n\nEOT\n",
)
PROBES = _items(r"""
    {x}  {x}  {x}  {x}  {x}  {x} == null  issensitive({x})  nonsensitive(jsonencode({x}))  length({x})
    try({x}, "failed")  can({x})  [{x}, {x} == null]  tolist({x})  {{ a = {x} }}.a  nonsensitive({x})  {x}[0]
    "p-${{{x}}}"  jsonencode({x})  {x} == {x}  [for x in [{x}] : x]  [{x}][*]  coalesce({x}, 1)  tostring({x})
    """)


class EdgeExpressions:
    """A source of expressions; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - nothing secret

    def next(self) -> str:
        """A call or another form, maybe wrapped in a probe."""
        made = self._filled(self._random.choice(CALLS if self._random.random() < 0.6 else FORMS + HEREDOCS), 1)
        probe = "{x}" if made.startswith("<<") else self._random.choice(PROBES)
        bare = probe.startswith("{x}") and probe != "{x}"
        return probe.format(x=f"({made})" if bare and not made.startswith("(") else made)

    def _filled(self, shape: str, depth: int) -> str:
        return shape.format_map(_Arguments(self, depth))

    def argument(self, kind: str, depth: int) -> str:
        """What stands for one argument: of its own pool mostly; else a null, something unknown or sensitive."""
        drawn = self._random.random()
        if kind in ("op", "cond"):
            return self._filled(self._random.choice(POOLS[kind]), depth + 1)
        if drawn < 0.03:
            return self._random.choice(NULLS)
        if drawn < 0.08:
            return self._random.choice(UNKNOWNS)
        if drawn < 0.12:
            return self._filled(self._random.choice(SENSITIVE), depth + 1)
        if kind == "v":
            return self._value(depth)
        return self._random.choice(POOLS[kind])

    def _value(self, depth: int) -> str:
        drawn = self._random.random()
        if depth > 3 or drawn < 0.25:
            return self._random.choice((*STRINGS[:8], *NUMBERS[:6], "true", "false", "1.5", "[]", "{}", *NULLS))
        if drawn < 0.33:
            return self._random.choice(UNKNOWNS)
        if drawn < 0.37:
            return self._filled(self._random.choice(SENSITIVE), depth + 1)
        if drawn < 0.42:
            return self._filled(self._random.choice(CALLS + FORMS[:20]), depth + 2)
        if drawn < 0.7:
            inner = (
                self._alike(depth)
                if drawn < 0.6
                else [self._value(depth + 1) for _ in range(self._random.randint(0, 3))]
            )
            listed = f"[{', '.join(inner)}]"
            return self._random.choice((listed, listed, f"tolist({listed})", f"toset({listed})"))
        names = self._random.sample(("a", "b", "c"), self._random.randint(0, 3))
        inner = self._alike(depth, len(names)) if drawn < 0.88 else [self._value(depth + 1) for _ in names]
        mapped = f"{{{', '.join(f'{name} = {held}' for name, held in zip(names, inner, strict=False))}}}"
        return self._random.choice((mapped, mapped, f"tomap({mapped})"))

    def _alike(self, depth: int, count: int | None = None) -> list[str]:
        """Values of one kind, with an odd one among them now and then."""
        number = self._random.randint(0, 3) if count is None else count
        pool = self._random.choice(
            (
                STRINGS,
                NUMBERS,
                ("true", "false"),
                ("[1]", "[]", '["a", 2]'),
                ("{ a = 1 }", '{ a = "x" }', "{}"),
                ("var.s", '"a"'),
            )
        )
        return [
            self._random.choice(pool) if self._random.random() < 0.9 else self._value(depth + 2) for _ in range(number)
        ]


class _Arguments(dict[str, str]):
    def __init__(self, source: EdgeExpressions, depth: int) -> None:
        super().__init__()
        self._source = source
        self._depth = depth

    def __missing__(self, kind: str) -> str:
        return self._source.argument(kind, self._depth)
