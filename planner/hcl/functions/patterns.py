"""Regular expressions: `regex`, `regexall`, `replace`.

The syntax is RE2's, by the library google-re2: it is what Terraform has, and it answers in time linear in the text
whatever the pattern, so no pattern can hang a plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from planner.hcl.cty.types import DYNAMIC, STRING, ListType, ObjectType, TupleType, Type
from planner.hcl.cty.values import Value, list_of, null, object_of, quoted, string, tuple_of
from planner.hcl.functions.arguments import check_elements, check_length
from planner.hcl.functions.plain import plain
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, function

if TYPE_CHECKING:
    from re2 import _Match, _Regexp

    Expression = _Regexp[str]
    Match = _Match[str]

_BYTE: Final = re.compile(r"(?<!\\)(?:\\\\)*\\C")
_PROBLEMS: Final = {
    "missing )": 'a "(" has no ")" behind it; for the character itself write \\\\(',
    "missing ]": 'a "[" has no "]" behind it; for the character itself write \\\\[',
    "unexpected )": 'a ")" has no "(" before it; for the character itself write \\\\)',
    "no argument for repetition operator": "there is nothing before the operator that it could repeat",
    "bad repetition operator": "two operators that repeat follow one another",
    "invalid repetition size": "something is to be repeated more often than 1,000 times, or from more times to fewer",
    "invalid character class range": "the characters in brackets are not in order, or have no such class",
    "invalid character class": "the characters in brackets are no class of characters",
    "invalid escape sequence": "this escape sequence is unknown; for a backslash itself write four of them",
    "trailing \\": "it ends with a backslash; for the character itself write four of them",
    "invalid named capture group": "the name of a group is not complete: write (?P<name>…)",
    "invalid perl operator": "this kind of group is unknown, as look-ahead and look-behind are",
    "invalid UTF-8": "it is not UTF-8",
    "pattern too large - compile failed": "it is too long, or repeats too much",
}
"""What RE2 says is wrong with a pattern, in words."""
_PATTERN: Final = Parameter("pattern", STRING)
_TEXT: Final = Parameter("string", STRING)


def compiled(pattern: str, argument: int) -> Expression:
    """The pattern ready for use. Raises FunctionError naming `argument`."""
    import re2

    if _BYTE.search(pattern):
        raise FunctionError("invalid pattern: \\C is not supported", argument)
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as problem:
        reason = problem.args[0]
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise FunctionError(f"invalid pattern: {_in_words(text, pattern)}", argument) from problem


def _in_words(problem: str, pattern: str) -> str:
    """What RE2 says of a pattern, in words; `problem` is such as `missing ]: [a-`."""
    kind, _, part = problem.partition(": ")
    words = _PROBLEMS.get(kind)
    if words is None:
        return problem
    return f"{words}, at {quoted(part)}" if part and part != pattern else words


def matches(expression: Expression, text: str) -> Iterator[Match]:
    """All matches, as Go finds them: an empty one right after another match does not count."""
    end = -1
    for found in expression.finditer(text):
        if found.end() == found.start() == end:
            continue
        end = found.end()
        yield found


def _result_type(pattern: Value) -> Type:
    if not pattern.is_known:
        return DYNAMIC
    expression = compiled(pattern.raw, 0)
    names = expression.groupindex
    if not all(name.isascii() for name in names):
        raise FunctionError("invalid pattern: the name of a capture group has letters, digits and _ only", 0)
    if not expression.groups:
        return STRING
    if not names:
        return TupleType((STRING,) * expression.groups)
    if len(names) < expression.groups:
        raise FunctionError("invalid pattern: it has both named and unnamed capture groups", 0)
    return ObjectType(dict.fromkeys(names, STRING))


def _captured(found: Match, result: Type) -> Value:
    if isinstance(result, TupleType):
        return tuple_of(_group(part) for part in found.groups())
    if isinstance(result, ObjectType):
        return object_of({name: _group(part) for name, part in found.groupdict().items()})
    return string(found.group())


def _group(part: str | None) -> Value:
    return null(STRING) if part is None else string(part)


@function(_PATTERN, _TEXT, returns=lambda args: _result_type(args[0]))
def regex(args: Arguments, result: Type) -> Value:
    """What the pattern finds first: the text, or its capture groups as a tuple or an object."""
    pattern, text = args
    found = compiled(pattern.raw, 0).search(text.raw)
    if found is None:
        raise FunctionError("the pattern did not match any part of the given string")
    return _captured(found, result)


@function(_PATTERN, _TEXT, returns=lambda args: ListType(_result_type(args[0])))
def regexall(args: Arguments, result: Type) -> Value:
    """All that the pattern finds, as a list."""
    pattern, text = args
    element = result.element if isinstance(result, ListType) else DYNAMIC
    found: list[Value] = []
    for each in matches(compiled(pattern.raw, 0), text.raw):
        found.append(_captured(each, element))
        check_elements(len(found))
    return list_of(element, found)


@plain
def replace(text: str, substring: str, replacement: str) -> str:
    """The text with every `substring`, or every match of `/pattern/`, replaced."""
    if len(substring) > 1 and substring[0] == substring[-1] == "/":
        return _replace_pattern(text, substring[1:-1], replacement)
    check_length(len(text) + text.count(substring) * (len(replacement) - len(substring)))
    return text.replace(substring, replacement)


def _replace_pattern(text: str, pattern: str, replacement: str) -> str:
    expression = compiled(pattern, 1)
    template = list(_template(replacement))
    parts: list[str] = []
    done = length = 0
    for found in matches(expression, text):
        parts.append(text[done : found.start()])
        for literal, reference in template:
            parts.append(literal if reference is None else _reference(found, reference))
        length += sum(map(len, parts[-len(template) - 1 :]))
        check_length(length)
        done = found.end()
    return "".join([*parts, text[done:]])


def _template(replacement: str) -> Iterator[tuple[str, str | None]]:
    """The pieces of a replacement: literal text, or the name or number of a group."""
    done = 0
    for found in re.finditer(r"\$(?:(\$)|\{(\w+)\}|(\w+))", replacement):
        yield replacement[done : found.start()], None
        yield ("$", None) if found[1] else ("", found[2] or found[3])
        done = found.end()
    yield replacement[done:], None


def _reference(found: Match, reference: str) -> str:
    """The text of a group; a group that did not take part, or does not exist, is empty."""
    if reference.isascii() and reference.isdecimal():
        number = int(reference) if len(reference) < 10 else -1
        return (found.group(number) or "") if 0 <= number <= found.re.groups else ""
    return (found.group(reference) or "") if reference in found.re.groupindex else ""


FUNCTIONS: Final[tuple[Function, ...]] = (regex, regexall, replace)
