"""A syntax error names its place, other places that explain it, and what to write instead."""

import pytest

from planner.diagnostics import ConfigError, Diagnostic
from planner.hcl.syntax.parser import parse_file
from planner.hcl.writing.format import format_source


def problem(text: str) -> Diagnostic:
    with pytest.raises(ConfigError) as refused:
        parse_file(text, "main.hcl")
    (found,) = refused.value.diagnostics
    return found


@pytest.mark.parametrize("number", ["10.0.0.0/8", "1.2.3", "10.0.0.1"])
@pytest.mark.parametrize("text", ["a = {}\n", "a = try({}, 1)\n", "b {{\n  a = [{}]\n}}\n"])
def test_an_address_or_version_is_no_number(number: str, text: str) -> None:
    found = problem(text.format(number))
    assert (found.summary, found.detail) == ("Invalid number", f"{number} is not a number.")
    assert str(found.remedy) == f'A string needs quotes: "{number}".'
    with pytest.raises(ConfigError):
        format_source(text.format(number), "main.hcl")


@pytest.mark.parametrize(
    ("text", "column", "remedy"),
    [
        ("a = true and false\n", 10, 'Boolean AND is written "&&".'),
        ("a = [x or y]\n", 8, 'Boolean OR is written "||".'),
        ("a = not x\n", 9, 'Boolean NOT is written "!", such as !x.'),
        ("a = f(not x)\n", 11, 'Boolean NOT is written "!", such as !x.'),
        ("a = x if y else z\n", 7, 'A choice is written "condition ? a : b".'),
        ("a = (x is null)\n", 8, 'Equality is written "==".'),
        ("a = x y\n", 7, ""),
    ],
)
def test_words_of_other_languages_are_answered_with_those_of_hcl(text: str, column: int, remedy: str) -> None:
    found = problem(text)
    assert found.span
    assert (found.span.start.column, str(found.remedy)) == (column, remedy)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = [1, 2\nb = 3\n", 1),
        ("a = [for x in y : x\n", 1),
        ("\na = f(\n  1\n\nb = 2\n", 2),
        ("a = {\n  b = 1\nc {\n}\n", 1),
        ("a = (\n1 2)\n", 1),
    ],
)
def test_what_is_not_closed_is_shown_where_it_was_opened(text: str, line: int) -> None:
    (opened,) = problem(text).related
    assert opened.span
    assert (opened.message, opened.span.start.line) == ("opened here", line)


def test_a_heredoc_without_its_end_is_shown_where_it_begins() -> None:
    found = problem("a = 1\nb = <<-EOT\nfoo\nEOT;\n")
    assert found.span
    assert (found.span.start.line, found.span.start.column, found.span.end.column) == (2, 5, 11)
    assert found.related == ()


def test_a_bracket_that_was_opened_on_the_line_of_the_problem_needs_no_other_place() -> None:
    assert problem("a = [1 2]\n").related == ()


def test_a_missing_brace_is_shown_beside_the_block_that_comes_next() -> None:
    found = problem('a {\n  x = 1\n\nb "c" {\n  y = 2\n}\n')
    (following,) = found.related
    assert found.summary == "Unclosed configuration block"
    assert found.span
    assert following.span
    assert (found.span.start.line, following.span.start.line) == (1, 4)
    assert following.message == "a } may be missing before the block that begins here"


@pytest.mark.parametrize("rest", ["", "c = 1\n", "c {\n}\n"])
def test_a_comment_that_hides_the_brace_of_a_single_line_block_leaves_its_line_open(rest: str) -> None:
    found = problem(f"a {{ b = 7 // 2 }}\n{rest}")
    assert found.summary == "Invalid single-argument block definition"
    assert found.span
    assert (found.span.start.line, found.span.start.column) == (1, 17)
