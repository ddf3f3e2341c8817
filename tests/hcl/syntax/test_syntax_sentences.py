"""The sentences about wrong syntax: what stands there, and what to write instead."""

from __future__ import annotations

import pytest

from planner.diagnostics import ConfigError
from planner.hcl.syntax.parser import parse_file

SENTENCES = (
    ("a = b.\n", "Invalid attribute name", "The name of an attribute must follow the dot, not the end of the line."),
    (
        "a = x.*.y.*.z\n",
        "Nested splat expression not allowed",
        'One ".*" cannot follow another. Write "[*]" in place of both.',
    ),
    ("a = foo::\n", "Missing function name", 'The name of a function must follow "::", not the end of the line.'),
    (
        "a = c ? 1\n",
        "Missing false expression in conditional",
        'There is a "?" without its ":". A conditional is written CONDITION ? VALUE : OTHER_VALUE.',
    ),
    ("a =\n", "Invalid expression", "A value is needed here, not the end of the line."),
    ("a = [1, =]\n", "Invalid expression", 'A value is needed here, not "=".'),
    ("a = ", "Missing expression", "The file ends where a value is needed."),
    ("a = b[1\n", "Missing close bracket on index", 'The index needs its "]" before the end of the file.'),
    ("a = b[1 2]\n", "Missing close bracket on index", 'The index needs its "]" before "2".'),
    ("a = (1 2)\n", "Unbalanced parentheses", 'The "(" needs its ")" before "2".'),
    (
        'a = "x\n',
        "Invalid multi-line string",
        'A string must end on the line where it begins. Write "\\n" for a new line, or the text as a '
        'heredoc: "<<EOT", its lines, and "EOT" on a line of its own.',
    ),
    ('a = "x', "Unterminated template string", "The string is never closed."),
    (
        "a = foo(1",
        "Unterminated function call",
        'The call of "foo" is never closed: the file ends without its ")". A bracket inside it may not be closed.',
    ),
    ("a = foo(1 2)\n", "Missing argument separator", 'A "," or a ")" is needed between an argument and "2".'),
    ("a = foo(b... 2)\n", "Missing closing parenthesis", 'The "..." ends the arguments, so that a ")" must follow it.'),
    (
        "a = [1",
        "Unterminated tuple constructor expression",
        'This tuple is never closed: the file ends without its "]". A bracket inside it may not be closed.',
    ),
    ("a = [1 2]\n", "Missing item separator", 'A "," or a "]" is needed between an item and "2".'),
    (
        "a = {",
        "Unterminated object constructor expression",
        'This object is never closed: the file ends without its "}". A bracket inside it may not be closed.',
    ),
    ("a = { b = 1 c = 2 }\n", "Missing attribute separator", 'A "," or a new line is needed before "c".'),
    ("a = { b, c = 1 }\n", "Missing attribute value", 'The attribute has no value. Write "=" and the value.'),
    (
        "a = { b c = 1 }\n",
        "Missing key/value separator",
        'An "=" is needed between the name of an attribute and its value, not "c". A name with spaces or '
        "periods is written in quotes.",
    ),
    (
        "a = { b }\n",
        "Missing key/value separator",
        'An "=" is needed between the name of an attribute and its value, not "}".',
    ),
    (
        'a = "${b c}"\n',
        "Extra characters after interpolation expression",
        'The "${" needs its "}" before "c". Text for another program, such as a shell script, is kept as '
        'it stands with "$${" in place of "${".',
    ),
    (
        'a = "${b:c}"\n',
        "Extra characters after interpolation expression",
        'The "${" needs its "}" before ":". Text for another program, such as a shell script, is kept as '
        'it stands with "$${" in place of "${".',
    ),
    (
        'a = "${b',
        "Unclosed template interpolation sequence",
        'The sequence is never closed: the file ends without its "}". A bracket or a string '
        "inside it may not be closed.",
    ),
    ('a = "%{ for in x }"\n', "Invalid expression", 'A value is needed here, not "x".'),
    (
        'a = "%{ for x x }"\n',
        "Invalid 'for' directive",
        "The word 'in' must follow the names, as in %{ for NAME in LIST }.",
    ),
    ('a = "%{ if b c }"\n', "Extra characters in if marker", 'The "%{" needs its "}" before "c".'),
    ('a = "%{ 1 }"\n', "Invalid template directive", 'After "%{" comes if, else, endif, for or endfor, not "1".'),
    (
        'a = "%{ fi x }"\n',
        "Invalid template control keyword",
        'After "%{" comes if, else, endif, for or endfor, not "fi".',
    ),
    (
        'a = "%{ if x }"\n',
        "Unexpected end of template",
        "The if directive is never closed: the template ends without its endif.",
    ),
    ('a = "%{ else }"\n', "Unexpected else directive", "There is no open directive for else to continue."),
    ('a="%{ endif }"\n', "Unexpected endif directive", "There is no open directive for endif to close."),
    ('a="%{ for x in y }%{ else }%{ endfor }"\n', "Unexpected else directive", "A for directive has no else."),
    ('a="%{ if x }%{else}%{else}%{ endif }"\n', "Unexpected else directive", "There is an else already."),
    ('a="%{ if x }%{endfor}"\n', "Unexpected endfor directive", "The if directive is closed by endif, not by endfor."),
    (
        "a = [for in x : y]\n",
        "Invalid 'for' expression",
        "The word 'in' must follow the names, as in [for NAME in LIST : VALUE].",
    ),
    ("a = [for x, in y : z]\n", "Invalid expression", 'A value is needed here, not "y".'),
    (
        "a = [for x y : z]\n",
        "Invalid 'for' expression",
        "The word 'in' must follow the names, as in [for NAME in LIST : VALUE].",
    ),
    (
        "a = [for x in y z]\n",
        "Invalid 'for' expression",
        'A ":" must follow what the loop runs over, as in [for NAME in LIST : VALUE].',
    ),
    (
        "a = [for x in y : a => b]\n",
        "Invalid 'for' expression",
        "A tuple has no keys. Write [for NAME in LIST : VALUE], or {for NAME in LIST : KEY => VALUE}.",
    ),
    (
        "a = [for x in y : z...]\n",
        "Invalid 'for' expression",
        'The "..." groups values by their key, and a tuple has no keys. Write {for NAME in LIST : KEY => VALUE}.',
    ),
    (
        "a = {for x in y : z}\n",
        "Invalid 'for' expression",
        "An object needs a key for each value. Write {for NAME in LIST : KEY => VALUE}.",
    ),
    ("a = [for x in y : z z]\n", "Invalid 'for' expression", 'The expression needs its "]" before "z".'),
    ("a = {for x in y : z => a b}\n", "Invalid 'for' expression", 'The expression needs its "}" before "b".'),
    (
        "foo\n",
        "Argument or block definition required",
        '"foo" is neither an argument (foo = VALUE) nor a block (foo { … }).',
    ),
    ("foo = 1 bar\n", "Missing newline after argument", 'Begin a new line before "bar".'),
    (
        'foo "x" = 1\n',
        "Invalid block definition",
        'A block has no "=": write foo { … }. An argument has no labels: write foo = VALUE.',
    ),
    (
        "foo 1 {\n}\n",
        "Argument or block definition required",
        '"foo" is neither an argument (foo = VALUE) nor a block (foo { … }).',
    ),
    (
        "foo {\n",
        "Unclosed configuration block",
        'This block is never closed: the file ends without its "}". A bracket inside it may not be closed.',
    ),
    ("foo {\n} bar = 1\n", "Missing newline after block definition", 'Begin a new line before "bar".'),
    ('"a" = 1\n', "Invalid argument name", "Remove the quotes: names are written without them here."),
    (
        "= 1\n",
        "Argument or block definition required",
        'A line begins with the name of an argument or of a block, not with "=".',
    ),
    ("a = 1,\nb = 2\n", "Unexpected comma after argument", "Remove the comma: a new line separates arguments."),
    (
        "a { b = 1, c = 2 }\n",
        "Invalid single-argument block definition",
        "A block on one line can have only one argument. Write each argument on a line of its own.",
    ),
    (
        "a { b = 1\n}\n",
        "Invalid single-argument block definition",
        'If an argument follows "{" on the same line, the block must end on that line too. Write each '
        "argument on a line of its own.",
    ),
    (
        "a { b = 1 c = 2 }\n",
        "Invalid single-argument block definition",
        "A block on one line can have only one argument. Write each argument on a line of its own.",
    ),
    (
        "a { b {} }\n",
        "Argument definition required",
        'A block on one line cannot contain blocks. Begin a new line before the block "b", or write b = '
        "VALUE if it is an argument.",
    ),
    ('a "${x}" {\n}\n', "Invalid string literal", 'A label is plain text. Write "$${" for "${" as it stands.'),
    ("a = 1\na = 2\n", "Attribute redefined", '"a" has a value already, at main.hcl:1,1. Remove one of the two.'),
    (
        'a = "\\x"\n',
        "Invalid escape sequence",
        '"\\x" is not an escape sequence. Write \\\\ for a backslash; the others are \\n, \\r, \\t, \\", \\uXXXX '
        "and \\UXXXXXXXX.",
    ),
    ('a = "\\u12"\n', "Invalid escape sequence", "\\u needs four hexadecimal digits, as in \\u00e9."),
    ('a = "\\uD800"\n', "Invalid escape sequence", "There is no character U+D800."),
    ("a = 'x'\n", "Invalid character", 'Single quotes do not begin text. Write "…" with double quotes.'),
    (
        "a = `x`\n",
        "Invalid character",
        'Backticks do not begin text. Write text of several lines as a heredoc, which begins with "<<EOT".',
    ),
    ("a = “x”\n", "Invalid character", 'Curly quotes do not begin text. Write "…" with straight quotes.'),
    (
        "a = 1; b = 2\n",
        "Invalid character",
        '";" has no meaning here. A new line separates arguments and blocks, a comma the items of lists and objects.',
    ),
    ("a = b & c\n", "Unsupported operator", 'Bitwise operators are not supported. Boolean AND is written "&&".'),
    ("a = b @ c\n", "Invalid character", '"@" has no meaning here. Text needs double quotes.'),
    ("a = b.1.2\n", "Invalid legacy index syntax", '".1.2" reads as a number. Write the indexes in brackets: [1][2].'),
    (
        "a = foo::bar\n",
        "Missing open parenthesis",
        'A name with "::" names a function: its arguments must follow in parentheses.',
    ),
    (
        "a = { for = 1 }\n",
        "Invalid 'for' expression",
        "A name must follow 'for', as in {for NAME in LIST : KEY => VALUE}. For an attribute of this name, "
        'write "for" in quotes.',
    ),
    ("a = x and y\n", "Missing newline after argument", 'Begin a new line before "and".'),
    (
        "a = <<EOT\nfoo\n  EOT,\n",
        "Unterminated template string",
        'The heredoc is never closed: the file ends without a line that says "EOT" and nothing else.',
    ),
    (
        'a = {"a" "b"}\n',
        "Missing key/value separator",
        'An "=" is needed between the name of an attribute and its value, not a string.',
    ),
    (
        "a = 1\n}\n",
        "Argument or block definition required",
        'A line begins with the name of an argument or of a block, not with "}".',
    ),
    (
        "a b c\n",
        "Invalid block definition",
        'An argument needs an "=": a = VALUE. A block needs its "{" on this line: a "LABEL" { … }.',
    ),
    ("a = [\n  1\n  2\n]\n", "Missing item separator", 'A "," or a "]" is needed between an item and "2".'),
    ("a = )\n", "Invalid expression", 'A value is needed here, not ")".'),
    (
        'resource "x" "y" {\n a = [1, 2\n}\n',
        "Missing item separator",
        'A "," or a "]" is needed between an item and "}".',
    ),
    ('a = "b" "c"\n', "Missing newline after argument", "Begin a new line before a string."),
    (
        "a {\n b = 1\n",
        "Unclosed configuration block",
        'This block is never closed: the file ends without its "}". A bracket inside it may not be closed.',
    ),
    ("a = b ? : c\n", "Invalid expression", 'A value is needed here, not ":".'),
)


@pytest.mark.parametrize(("text", "summary", "detail"), SENTENCES)
def test_wrong_syntax_is_explained(text: str, summary: str, detail: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_file(text, "main.hcl")
    assert {(problem.summary, problem.detail) for problem in refused.value.diagnostics} == {(summary, detail)}
