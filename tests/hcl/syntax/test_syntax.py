"""What python-hcl2 refuses or misreads on its own, and what HCL itself asks of a file."""

import pytest

from planner.diagnostics import ConfigError, Position, Span
from planner.hcl import evaluate
from planner.hcl.cty.values import number, string
from planner.hcl.evaluation.evaluator import evaluate_expression
from planner.hcl.evaluation.scope import Scope
from planner.hcl.syntax.nodes import Block
from planner.hcl.syntax.parser import parse_expression, parse_file
from planner.hcl.syntax.references import references


def value(text: str, **variables: object) -> object:
    return evaluate(text, variables, functions=False).to_python()


def attribute(text: str, **variables: object) -> object:
    body = parse_file(text, "x.hcl")
    scope = Scope({name: evaluate(str(held), functions=False) for name, held in variables.items()})
    return evaluate_expression(body.attributes["a"].expression, scope).to_python()


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        parse_file(text, "x.hcl")
    return [problem.summary for problem in refused.value.diagnostics]


# What python-hcl2 gets wrong


def test_numbers_with_exponents_and_of_many_digits_are_misread() -> None:
    assert value("1e3") == 1000
    assert value("1E+2") == 100
    assert str(value("0.123456789012345678901234567891")) == "0.123456789012345678901234567891"


def test_runs_of_unary_operators_are_refused() -> None:
    assert value("!!true") is True
    assert value("1 - --2") == -1
    assert value("-(-3)") == 3


def test_newlines_inside_brackets_are_refused_in_places() -> None:
    assert value("[\n1\n,\n2\n]") == [1, 2]
    assert value("(\n1\n+\n2\n)") == 3
    assert value("{\n\n  a = 1\n\n  b = 2\n}") == {"a": 1, "b": 2}
    assert value("[for\nx\nin\n[1]\n:\nx\nif\ntrue\n]") == [1]


def test_newlines_before_operators_inside_parentheses_are_refused() -> None:
    assert attribute("a = (1\n  + 2\n  == 3\n  ? 3\n  : 4)\n") == 3
    assert attribute("a = (true\n  && false\n  || true)\n") is True


def test_names_outside_ascii_are_refused() -> None:
    assert value("größe", größe=1) == 1
    assert value("{ größe = 1 }") == {"größe": 1}


def test_quotes_inside_interpolations_and_directives_are_misread() -> None:
    assert value('"${"a${"b"}c"}"') == "abc"
    assert value('"%{ if "x" == "x" }yes%{ endif }"') == "yes"
    assert value('"${ {"a}" = 1}["a}"] }"') == 1


def test_strip_markers_of_interpolations_are_refused() -> None:
    assert value('" ${~ 1 ~} x"') == "1x"


def test_heredocs_are_taken_for_opaque_text() -> None:
    assert (
        attribute("a = <<-EOT\n    x ${1 + 1}\n      %{ if true ~}\n    y\n    %{ endif ~}\n  EOT\n")
        == "x 2\n      y\n"
    )
    assert attribute("a = <<E\n$${x} %%{y}\nE\n") == "${x} %{y}\n"


def test_a_heredoc_at_the_end_of_a_file_without_newline_is_refused() -> None:
    assert attribute("a = <<E\nx\nE") == "x\n"


def test_chained_legacy_indexes_are_read_as_a_fraction() -> None:
    assert value("a.0.b", a=[{"b": 1}]) == 1
    with pytest.raises(ConfigError, match="Invalid legacy index syntax"):
        value("a.0.1", a=[[1, 2]])


def test_a_comment_at_the_end_of_a_file_is_refused() -> None:
    assert attribute("a = 1 # note") == 1
    assert attribute("a = 1 /* note */") == 1


def test_comments_between_tokens_are_refused() -> None:
    assert attribute("a = [1, # one\n  2 /* two */, // three\n]\n") == [1, 2]
    assert attribute("a = f /* x */ . b\n", f="{b = 1}") == 1


def test_function_names_with_namespaces_must_have_three_parts() -> None:
    (reference,) = references(parse_expression("a::b(x.y)", "x.hcl"))
    assert str(reference) == "x.y"


def test_splats_bind_wrongly() -> None:
    # a full splat takes all that follows, an attribute splat leaves the index to its result
    assert value("a[*].b[0]", a=[{"b": [1, 2]}, {"b": [3]}]) == [1, 3]
    assert value("a.*.b[0]", a=[{"b": [1, 2]}, {"b": [3]}]) == [1, 2]
    assert value("a[*].b[*].c", a=[{"b": [{"c": 1}]}]) == [[1]]


def test_elements_of_objects_without_a_separator_are_let_pass() -> None:
    assert problems("a = { b = 1 c = 2 }\n") == ["Missing attribute separator"]


def test_words_that_are_keywords_elsewhere_are_names() -> None:
    assert value("{ in = 1, if = 2, endif = 3, for_each = 4 }") == {"in": 1, "if": 2, "endif": 3, "for_each": 4}
    assert value("if", **{"if": 1}) == 1
    body = parse_file("for = 1\nin {\n  null = 2\n}\n", "x.hcl")
    assert list(body.attributes) == ["for"]
    assert body.blocks[0].type == "in"


def test_an_expression_that_goes_on_after_a_newline_is_let_pass() -> None:
    assert problems("a = 1 +\n  2\n") == ["Invalid expression", "Argument or block definition required"]
    assert problems("b {\n  a = 1 +\n  2\n}\n") == ["Invalid expression"]


def test_a_brace_on_the_line_after_the_header_is_let_pass() -> None:
    assert problems("b\n{\n}\n")[0] == "Argument or block definition required"
    assert problems('c {\n  b "x"\n  {\n  }\n}\n') == ["Invalid block definition"]


@pytest.mark.parametrize(
    "after", ["}\n", "  x = 1\n}\n", "\n\n  x = 1\n}\n", "  x {\n  }\n}\n", '  "y" = 1\n}\n'], ids=repr
)
def test_a_missing_equals_sign_is_reported_on_its_line(after: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_file('b "c" {\n  vpc_id "vpc-a" # shop\n' + after, "x.hcl")
    (problem,) = refused.value.diagnostics
    assert problem.summary == "Invalid block definition"
    assert problem.span == Span("x.hcl", Position(2, 3), Position(2, 17))
    assert "vpc_id = VALUE" in problem.detail


def test_two_arguments_on_a_line_are_let_pass() -> None:
    assert problems("a = 1 b = 2\n") == ["Missing newline after argument"]
    assert problems("c {\n  a = 1 b = 2\n}\n") == ["Missing newline after argument"]
    assert problems("c { a = 1, b = 2 }\n") == ["Invalid single-argument block definition"]


def test_an_argument_set_twice_is_let_pass() -> None:
    with pytest.raises(ConfigError) as refused:
        parse_file("a = 1\na = 2\n", "x.hcl")
    (problem,) = refused.value.diagnostics
    assert problem.summary == "Attribute redefined"
    assert problem.related[0].span == Span("x.hcl", Position(1, 1), Position(1, 2))


@pytest.mark.parametrize("text", ["{for = 1}", "{for: 1}", "{\n  for = 1\n}"])
def test_a_bare_for_that_comes_first_in_an_object_is_let_pass(text: str) -> None:
    assert problems(f"a = {text}\n") == ["Invalid 'for' expression"]
    assert value('{"for" = 1}') == {"for": 1}
    assert value("{a = 1, for = 2}") == {"a": 1, "for": 2}


# Places and recovery


def test_all_problems_of_a_file_are_reported_in_order() -> None:
    text = 'a = \nb "x" {\n  c = 1\n}\nd = "\\q"\ne = [1\n'
    assert problems(text) == [
        "Invalid expression",
        "Invalid escape sequence",
        "Unterminated tuple constructor expression",
    ]


def test_nodes_know_their_places() -> None:
    body = parse_file('x "é" y {\n  a = b.c["d"]\n}\n', "x.hcl")
    (block,) = body.blocks
    assert isinstance(block, Block)
    assert [place.start for place in block.label_spans] == [Position(1, 3), Position(1, 7)]
    assert block.header_span == Span("x.hcl", Position(1, 1), Position(1, 8))
    assert block.body.attributes["a"].expression.span == Span("x.hcl", Position(2, 7), Position(2, 15))
    assert block.source.position(block.body.end) == Position(3, 1)


def test_an_expression_begins_where_its_caller_says() -> None:
    with pytest.raises(ConfigError) as refused:
        parse_expression("1 +\n]", "x.hcl", Position(3, 5))
    (problem,) = refused.value.diagnostics
    assert problem.span == Span("x.hcl", Position(4, 1), Position(4, 2))


# Bounds


@pytest.mark.parametrize("text", ['"{}"', "<<EOT\n{}\nEOT", '"${{1}}${{"{}"}}"'])
def test_a_template_with_too_many_sequences_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.hcl.syntax.scanner.MOST_SEQUENCES", 5)
    assert "Template too long" in problems("a = " + text.format("${1}" * 6) + "\n")
    assert str(attribute("a = " + text.format("${1}" * 5) + "\n")).strip().endswith("11111")
    assert attribute("a = [" + '"${1}${1}",' * 6 + "]\n") == ["11"] * 6
    with pytest.raises(ConfigError, match="Template too long"):
        evaluate("${1}" * 6, mode="template")


def test_a_template_of_a_megabyte_of_sequences_is_refused() -> None:
    with pytest.raises(ConfigError, match="Template too long"):
        evaluate("${1}" * 250_000, mode="template")


# References


def test_references_are_found_without_evaluating() -> None:
    node = parse_expression(
        '[for k, v in var.x : "${k}${each.value[v.a].b}" if local.y] == m["k"][0].z[*].w[n]', "x.hcl"
    )
    assert list(map(str, references(node))) == ["var.x", "each.value", "local.y", 'm["k"][0].z', "n"]


def test_a_scope_asks_only_for_the_names_that_are_met() -> None:
    asked: list[str] = []

    def lookup(name: str) -> object:
        asked.append(name)
        return number(1)

    evaluate_expression(parse_expression("[for b in [1] : a + b]", "x.hcl"), Scope(lookup))  # type: ignore[arg-type]
    assert asked == ["a"]


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(ConfigError, match='Did you mean "region"'):
        evaluate_expression(parse_expression("regoin", "x.hcl"), Scope({"region": string("x")}))
