"""Functions over strings. Patterns are in `patterns`, `format` and `formatlist` in `formatting`.

Case is Go's: one character at a time by Unicode's simple mappings, where Python's `str.upper` may change the length.
Length and position count grapheme clusters.
"""

from __future__ import annotations

from typing import Final

from planner.hcl.cty.graphemes import clusters
from planner.hcl.cty.refinements import lengths, refined
from planner.hcl.cty.types import BOOL, STRING, ListType, Type
from planner.hcl.cty.unknowns import Unknown
from planner.hcl.cty.values import Value, boolean, is_wholly_known, unknown
from planner.hcl.functions.arguments import check_elements, check_length
from planner.hcl.functions.plain import plain, plain_value
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, function

WHITE_SPACE: Final = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


def _upper(character: str) -> str:
    return next((c for c in (character.upper(), character.title()) if len(c) == 1), character)


def _lower(character: str) -> str:
    lowered = character.lower()
    return lowered if len(lowered) == 1 else lowered[0]


def _title(character: str) -> str:
    return next((c for c in (character.title(), character.upper()) if len(c) == 1), character)


@plain
def upper(text: str) -> str:
    """The text in upper case."""
    return text.upper() if text.isascii() else "".join(map(_upper, text))


@plain
def lower(text: str) -> str:
    """The text in lower case."""
    return text.lower() if text.isascii() else "".join(map(_lower, text))


@plain
def title(text: str) -> str:
    """The text with the first letter of each word in upper case."""
    before = " "
    letters: list[str] = []
    for character in text:
        letters.append(_title(character) if _separates(before) else character)
        before = character
    return "".join(letters)


def _separates(character: str) -> bool:
    if character.isascii():
        return not (character.isalnum() or character == "_")
    return character in WHITE_SPACE


@plain
def strrev(text: str) -> str:
    """The text backwards."""
    return "".join(reversed(clusters(text)))


@plain
def substr(text: str, offset: int, length: int) -> str:
    """The `length` characters from `offset` on; a negative offset counts from the end, length -1 takes all."""
    characters = clusters(text)
    if offset < 0:
        offset += len(characters)
    elif length == 0:
        return ""
    start = max(offset, 0)
    # Terraform cuts nothing off where the offset counts from the end and the length is 0.
    end = start + length if length > 0 else len(characters)
    return "".join(characters[start:end])


@plain
def trim(text: str, cutset: str) -> str:
    """The text without the characters of `cutset` at either end."""
    return text.strip(cutset) if cutset else text


@plain
def trimprefix(text: str, prefix: str) -> str:
    """The text without the prefix, where it has it."""
    return text.removeprefix(prefix)


@plain
def trimsuffix(text: str, suffix: str) -> str:
    """The text without the suffix, where it has it."""
    return text.removesuffix(suffix)


@plain
def trimspace(text: str) -> str:
    """The text without white space at either end."""
    return text.strip(WHITE_SPACE)


@plain
def chomp(text: str) -> str:
    """The text without the newlines at its end."""
    return text.rstrip("\r\n")


@plain
def indent(spaces: int, text: str) -> str:
    """The text with spaces in front of every line but the first."""
    if spaces < 0:
        raise FunctionError("the number of spaces must not be negative", 0)
    check_length(len(text) + spaces * text.count("\n"))
    return text.replace("\n", "\n" + " " * spaces)


@plain
def split(separator: str, text: str) -> list[str]:
    """The parts of a text between separators."""
    check_elements(text.count(separator) + 1)
    return text.split(separator) if separator else list(text)


@plain
def strcontains(text: str, part: str) -> bool:
    """Whether the text has the part in it."""
    return part in text


@plain
def endswith(text: str, suffix: str) -> bool:
    """Whether the text ends with the suffix."""
    return text.endswith(suffix)


@function(Parameter("text", STRING, allow_unknown=True), Parameter("prefix", STRING), returns=BOOL)
def startswith(args: Arguments, result: Type) -> Value:
    """Whether the text starts with the prefix."""
    text, prefix = args
    if text.is_known:
        return boolean(text.raw.startswith(prefix.raw))
    if text.raw.prefix.startswith(prefix.raw):
        return boolean(True)
    decided = len(text.raw.prefix.encode()) >= len(prefix.raw.encode())
    return boolean(False) if decided else unknown(result)


@function(Parameter("separator", STRING), variadic=Parameter("lists", ListType(STRING)), returns=STRING)
def join(args: Arguments, result: Type) -> Value:
    """The elements of one or more lists with a separator between them."""
    separator, *lists = args
    if not lists:
        raise FunctionError("it needs a list")
    if not all(is_wholly_known(each) for each in lists):
        return unknown(result)
    parts: list[str] = []
    for index, each in enumerate(lists, start=1):
        for position, element in enumerate(each.raw):
            if element.is_null:
                raise FunctionError(f"element {position} is null; a null cannot be part of a string", index)
            parts.append(element.raw)
    check_length(sum(map(len, parts)) + len(separator.raw) * len(parts))
    return plain_value(separator.raw.join(parts), result)


@function(Parameter("list", ListType(STRING), allow_unknown=True), returns=ListType(STRING))
def sort(args: Arguments, result: Type) -> Value:
    """The strings in the order of their characters' code points."""
    (given,) = args
    if not is_wholly_known(given):
        shortest, longest = lengths(given)
        return refined(result, Unknown(not_null=True, shortest=shortest, longest=longest))
    for position, element in enumerate(given.raw):
        if element.is_null:
            raise FunctionError(f"element {position} is null; null has no place in the order", 0)
    return Value(result, tuple(sorted(given.raw, key=lambda element: element.raw)))


FUNCTIONS: Final[tuple[Function, ...]] = (
    upper, lower, title, strrev, substr, trim, trimprefix, trimsuffix, trimspace, chomp, indent, split, strcontains,
    endswith, startswith, join, sort,
)  # fmt: skip
