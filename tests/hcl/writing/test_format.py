"""The canonical style."""

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner.diagnostics import ConfigError
from planner.hcl.evaluation.evaluator import evaluate_expression
from planner.hcl.evaluation.scope import Scope
from planner.hcl.functions import standard_functions
from planner.hcl.syntax.parser import parse_file
from planner.hcl.writing.format import format_source, formatted
from support.language_tables import table

SCOPE = Scope({}, standard_functions())

BEFORE = """\
\ufeffvariable   "x"{default=1}
# a comment
classiclink_vpc "shop"   "y" {
vpc_id="vpc-a"# first
  name    =   "a${ upper( "b" ) }c"   // second

tags={
a=1,
"bb" : -2
(c)=[for x in[1]:x if x!=- 1]
}
d = [
1,
[ 2 ] ] /* inline */
text = <<-EOT
    kept   as = it is ${ a+1 }
  EOT
e = foo(bar( ),[ ]...)[ 0 ] . z . * . y
f = a ? -1:!b&&c
  }
empty { }
"""
AFTER = """\
variable "x" { default = 1 }
# a comment
classiclink_vpc "shop" "y" {
  vpc_id = "vpc-a"           # first
  name   = "a${upper("b")}c" // second

  tags = {
    a = 1,
    "bb" : -2
    (c) = [for x in [1] : x if x != -1]
  }
  d = [
    1,
  [2]] /* inline */
  text = <<-EOT
    kept   as = it is ${a + 1}
  EOT
  e    = foo(bar(), []...)[0].z.*.y
  f    = a ? -1 : !b && c
}
empty {}
"""


@pytest.mark.parametrize("case", [pytest.param(case, id=case["src"]) for case in table("fmt")])
def test_the_style_is_hcls(case: dict[str, Any]) -> None:
    assert formatted(case["input"]) == case["want"]


def test_a_file_is_brought_into_the_style() -> None:
    assert format_source(BEFORE, "main.hcl") == AFTER
    assert format_source(AFTER, "main.hcl") == AFTER


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("\n  \n", "\n\n"),
        ("a=1", "a = 1"),
        ("a=1\n   ", "a = 1\n   "),
        ("a=1\r\nbb=2\r\n", "a  = 1\r\nbb = 2\r\n"),
        ("a\t=\t1\n", "a = 1\n"),
        ("a=1 # c\n\nbb=2\n", "a = 1 # c\n\nbb = 2\n"),
        ("a=1 // c\r\n# d\r\nbb=2", "a = 1 // c\r\n# d\r\nbb = 2"),
        ("a=b[ * \n].c. * .d\n", "a = b[*\n].c.*.d\n"),
        ("é=1\nee=2\n", "é  = 1\nee = 2\n"),
        ("b {\n/* over\n  lines */\n}\n", "b {\n  /* over\n  lines */\n}\n"),
        ('a="%{if x~}  y %{ endif }"\n', 'a = "%{if x~}  y %{endif}"\n'),
        ('a="$${ not } %%{ one }"\n', 'a = "$${ not } %%{ one }"\n'),
        ('a="x${ {b=1}["b"] }"\n', 'a = "x${ { b = 1 }["b"]}"\n'),
        ("a=f(<<EOT\n x\nEOT\n,1)\n", "a = f(<<EOT\n x\nEOT\n, 1)\n"),
        ('a="x${"y${ z }"}"\n', 'a = "x${"y${z}"}"\n'),
    ],
)
def test_more_of_the_style(before: str, after: str) -> None:
    assert format_source(before, "main.hcl") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('a="${b}"\n', "a = b\n"),
        ('a = "${~ b ~}" # c\n', "a = b # c\n"),
        ('a = "${"${ "x" }"}"\n', 'a = "x"\n'),
        ('a = "${ b /* c */ }"\n', "a = b /* c */\n"),
        ('a = "${\n  b\n}"\n', "a = b\n"),
        ('a = "${b ? 1 :\n2}"\n', "a = (b ? 1 :\n2)\n"),
        ('a = "${(b +\nc)}"\n', "a = (b +\nc)\n"),
        ('b {\n  c {\n    a = "${upper("${d}")}"\n  }\n}\n', 'b {\n  c {\n    a = upper("${d}")\n  }\n}\n'),
        ('b x "y" /* c */ z {\n}\n', 'b "x" "y" /* c */ "z" {\n}\n'),
        ('variable "x" {\n  type = "string"\n}\n', 'variable "x" {\n  type = string\n}\n'),
        ('variable "x" {\n  type = "list"\n}\n', 'variable "x" {\n  type = list(string)\n}\n'),
        ('variable x {\n  type = "map" # c\n}\n', 'variable "x" {\n  type = map(string) # c\n}\n'),
        ('variable "x" {\n  type = list\n}\n', 'variable "x" {\n  type = list(any)\n}\n'),
        ('variable "x" {\n  type = map\n}\n', 'variable "x" {\n  type = map(any)\n}\n'),
        ('variable "x" {\n  type = set\n}\n', 'variable "x" {\n  type = set(any)\n}\n'),
        ("\ufeffa = 1\n", "a = 1\n"),
    ],
)
def test_what_is_written_in_an_old_way_is_modernised(before: str, after: str) -> None:
    assert format_source(before, "main.hcl") == after
    assert format_source(after, "main.hcl") == after


@pytest.mark.parametrize(
    "text",
    [
        'a = "${b}${c}"\n',
        'a = "${b}c"\n',
        'a = "%{if b}c%{endif}"\n',
        'a = ["${b}"]\n',
        'a = { "${b}" = "${c}" }\n',
        "a = <<EOT\n${b}\nEOT\n",
        'a = "${b # c\n}"\n',
        'variable "x" {\n  type = "set"\n}\n',
        'variable "x" {\n  y {\n    type = "string"\n  }\n}\n',
        'y "x" {\n  type = "string"\n}\n',
    ],
)
def test_what_only_looks_old_stays(text: str) -> None:
    assert format_source(text, "main.hcl") == text


def test_a_file_that_cannot_be_parsed_is_left_alone_with_every_problem_reported() -> None:
    with pytest.raises(ConfigError) as refused:
        format_source("a = \nb = ]\nc = 1\n", "main.hcl")
    assert [problem.span.start.line for problem in refused.value.diagnostics if problem.span] == [1, 2]


PIECES = st.sampled_from(
    [
        *'abc=+-*/!?:,.(){}[]"~%$ \n\t',
        "${",
        "%{",
        "# c\n",
        "// d\n",
        "/* e */",
        "<<EOT\n",
        "<<-EOT\n",
        "\nEOT\n",
        "==",
        "in ",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=30))
@settings(max_examples=500)
@example(".. .a")
def test_nothing_but_white_space_changes_and_the_style_is_stable(text: str) -> None:
    once = formatted(text)
    assert re.sub(r"[ \t]", "", once) == re.sub(r"[ \t]", "", text)
    assert formatted(once) == once


WRAPPED = st.recursive(
    st.sampled_from(["1", '"x"', 'upper(\n"y"\n)', "(1 +\n2)", "true ? 1 :\n2", "{ a = 1,\nb = 2 }", '"a${1}"']),
    lambda inner: st.builds(
        lambda opened, held, closed: f'"${{{opened}{held}{closed}}}"',
        st.sampled_from(["", "~", " ", "\n", "~ \n", "/* c */ ", "# c\n"]),
        inner,
        st.sampled_from(["", "~", " ", "\n", "\n~", " /* c */", " # c\n"]),
    ),
    max_leaves=3,
)


@given(WRAPPED, st.sampled_from(["a = {}\n", "v {{ a = {} }}\n", "v x {{\n  a = {} # d\n}}\n"]))
@settings(max_examples=150, deadline=None)
def test_what_was_modernised_has_the_same_value_and_stays_as_it_is(expression: str, file: str) -> None:
    def value(text: str) -> Any:
        body = parse_file(text, "main.hcl")
        holder = body.blocks[0].body if body.blocks else body
        return evaluate_expression(holder.attributes["a"].expression, SCOPE).to_python()

    before = file.format(f'"${{{expression}}}"')
    after = format_source(before, "main.hcl")
    assert value(after) == value(before)
    assert format_source(after, "main.hcl") == after
