"""`format` and `formatlist`: verbs as cty has them, which are C's `printf` by way of Go.

A verb is `%`, flags (`0`, `#`, `-`, `+`, space), a width, a precision (`.3`), the number of an argument (`[1]`) and a
letter. Widths of text count grapheme clusters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from planner.hcl.cty.arithmetic import as_int, is_infinite, magnitude, number_text
from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.graphemes import cluster_count, clusters
from planner.hcl.cty.types import BOOL, NUMBER, STRING, Dynamic, ListType, SetType, TupleType, Type, friendly_name
from planner.hcl.cty.unknowns import Unknown, safe_prefix
from planner.hcl.cty.values import Number, Value, is_wholly_known, list_of, string, unknown
from planner.hcl.functions.arguments import check_length
from planner.hcl.functions.json_text import encode_json
from planner.hcl.functions.number_text import fixed, general, scientific
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, function
from planner.values import replace

MAX_WIDTH: Final = 1_000_000
"""The largest width or precision of a verb."""

_VERB: Final = re.compile(
    r"%(?:(?P<percent>%)|(?P<flags>[0#+ -]*)(?P<width>[1-9][0-9]*)?(?P<dot>\.(?P<precision>[0-9]*))?"
    r"(?:\[(?P<argument>[1-9][0-9]*)\])?(?P<letter>[a-zA-Z]))"
)
_INTEGER_BASES: Final = {"b": "b", "d": "d", "o": "o", "x": "x", "X": "X"}
_PREFIXES: Final = {"b": "0b", "d": "", "o": "0", "x": "0x", "X": "0X"}


class Verb(Struct, frozen=True):
    """One verb of a format string; `argument` counts from 1."""

    text: str
    offset: int
    flags: str
    width: int
    precision: int | None
    argument: int
    letter: str


def format_text(template: str, args: Arguments) -> str:
    """The template with the arguments put in. Raises FunctionError; argument 0 is the template."""
    parts: list[str] = []
    length = highest = 0
    for piece in _pieces(template):
        if isinstance(piece, Verb):
            highest = max(highest, piece.argument)
            piece = _formatted(piece, args)
        parts.append(piece)
        length += len(piece)
        check_length(length)
    if highest < len(args):
        used = f"uses only {highest}" if highest else "has no verbs, so it uses none"
        raise FunctionError(f"too many arguments; the format string {used}", highest + 1)
    return "".join(parts)


def _pieces(template: str) -> Iterator[str | Verb]:
    done = 0
    following = 1
    while (start := template.find("%", done)) >= 0:
        yield template[done:start]
        found = _VERB.match(template, start)
        if found is None:
            raise FunctionError(_unreadable(template, start), 0)
        done = found.end()
        if found["percent"]:
            yield "%"
            continue
        verb = _verb(found, following)
        following = verb.argument + 1
        yield verb
    yield template[done:]


def _unreadable(template: str, start: int) -> str:
    begun = re.compile(r"%[0#+ -]*[0-9]*(?:\.[0-9]*)?(?:\[[0-9]*\]?)?").match(template, start)
    end = begun.end() if begun else start + 1
    if end >= len(template):
        return f'the verb "{template[start:]}" at offset {start} is not complete; write %% for a percent sign'
    return f'unknown format character "{template[end]}" at offset {end}; write %% for a percent sign'


def _verb(found: re.Match[str], following: int) -> Verb:
    precision = int(found["precision"] or 0) if found["dot"] else None
    width = int(found["width"] or 0)
    if max(width, precision or 0) > MAX_WIDTH:
        raise FunctionError(f'the verb "{found[0]}" is wider than the limit of {MAX_WIDTH:,}', 0)
    argument = int(found["argument"]) if found["argument"] else following
    return Verb(found[0], found.start(), found["flags"], width, precision, argument, found["letter"])


def _formatted(verb: Verb, args: Arguments) -> str:
    if verb.argument > len(args):
        raise FunctionError(
            f'not enough arguments for "{verb.text}" at offset {verb.offset}: '
            f"it needs argument {verb.argument}, and there are {len(args)}",
            0,
        )
    arg = args[verb.argument - 1]
    render = _RENDERERS.get(verb.letter)
    if render is None:
        raise FunctionError(f'unknown verb "{verb.text}" at offset {verb.offset}', 0)
    if arg.is_null and verb.letter != "v":
        raise FunctionError(f'"{verb.text}" cannot show a null', verb.argument)
    return render(verb, arg)


def _as(verb: Verb, arg: Value, to: Type) -> Any:
    try:
        return convert(arg, to).raw
    except ConversionError as problem:
        raise FunctionError(
            f'"{verb.text}" needs a {friendly_name(to)}, not {friendly_name(arg.type)}: {problem}', verb.argument
        ) from problem


def _any_value(verb: Verb, arg: Value) -> str:
    if "#" not in verb.flags and not arg.is_null:
        if arg.type == STRING:
            return _padded(verb, arg.raw)
        if arg.type == NUMBER:
            return _padded(verb, general(arg.raw, None))
    return _padded(verb, encode_json(arg))


def _truth(verb: Verb, arg: Value) -> str:
    return "true" if _as(verb, arg, BOOL) else "false"


def _text(verb: Verb, arg: Value) -> str:
    text: str = _as(verb, arg, STRING)
    if verb.precision:
        text = "".join(clusters(text)[: verb.precision])
    return _padded(verb, encode_json(string(text)) if verb.letter == "q" else text)


def _padded(verb: Verb, text: str) -> str:
    missing = verb.width - cluster_count(text) if verb.width else 0
    if missing <= 0:
        return text
    padding = ("0" if "0" in verb.flags else " ") * missing
    return text + padding if "-" in verb.flags else padding + text


def _integer(verb: Verb, arg: Value) -> str:
    amount = _as(verb, arg, NUMBER)
    if (whole := as_int(amount)) is None:
        raise FunctionError(f'"{verb.text}" needs a whole number, not {number_text(amount)}', verb.argument)
    base = _INTEGER_BASES[verb.letter]
    digits = f"{Decimal(magnitude(amount)):f}" if base == "d" else format(abs(whole), base)
    if verb.precision == 0 and digits == "0":
        return ""
    digits = digits.rjust(verb.precision or 0, "0")
    prefix = _PREFIXES[verb.letter] if "#" in verb.flags else ""
    return _signed(verb, whole, prefix, digits, zeros=verb.precision is None and "-" not in verb.flags)


def _fraction(verb: Verb, arg: Value) -> str:
    amount: Number = _as(verb, arg, NUMBER)
    if is_infinite(amount):
        return _padded(replace(verb, flags=verb.flags.replace("0", "")), number_text(amount))
    if verb.letter in "gG":
        digits = general(magnitude(amount), verb.precision)
    else:
        write: Callable[[Number, int], str] = fixed if verb.letter == "f" else scientific
        digits = write(magnitude(amount), 6 if verb.precision is None else verb.precision)
    return _signed(verb, amount, "", digits.upper() if verb.letter in "EG" else digits, zeros=True)


def _signed(verb: Verb, amount: Number, prefix: str, digits: str, *, zeros: bool) -> str:
    sign = "-" if Decimal(amount).is_signed() else "+" if "+" in verb.flags else " " if " " in verb.flags else ""
    missing = max(verb.width - len(sign) - len(prefix) - len(digits), 0)
    if "0" in verb.flags and zeros:
        return sign + prefix + "0" * missing + digits
    if "-" in verb.flags:
        return sign + prefix + digits + " " * missing
    return " " * missing + sign + prefix + digits


_RENDERERS: Final[dict[str, Callable[[Verb, Value], str]]] = {
    "v": _any_value,
    "t": _truth,
    "s": _text,
    "q": _text,
    **dict.fromkeys(_INTEGER_BASES, _integer),
    **dict.fromkeys("eEfgG", _fraction),
}

_ARGUMENTS: Final = Parameter("args", allow_null=True, allow_unknown=True, allow_dynamic=True)


@function(Parameter("format", STRING), variadic=_ARGUMENTS, returns=STRING)
def format_(args: Arguments, result: Type) -> Value:
    """The format string with the arguments in the place of its verbs."""
    template, *rest = args
    if not all(map(is_wholly_known, rest)):
        return unknown(result, Unknown(not_null=True, prefix=safe_prefix(template.raw.partition("%")[0])))
    return string(format_text(template.raw, rest))


@function(Parameter("format", STRING), variadic=_ARGUMENTS, returns=ListType(STRING))
def formatlist(args: Arguments, result: Type) -> Value:
    """A list of strings made as by `format`, one for each element of the lists among the arguments."""
    template, *rest = args
    count = _common_length(rest)
    if any(_is_open(arg) for arg in rest):
        return unknown(result)
    lines: list[Value] = []
    length = 0
    for position in range(1 if count is None else count):
        chosen = [arg.raw[position] if _is_sequence(arg) else arg for arg in rest]
        known = all(map(is_wholly_known, chosen))
        lines.append(string(format_text(template.raw, chosen)) if known else unknown(STRING))
        length += len(lines[-1].raw) if known else 0
        check_length(length)
    return list_of(STRING, lines)


def _is_sequence(arg: Value) -> bool:
    return isinstance(arg.type, ListType | SetType | TupleType) and not arg.is_null


def _is_open(arg: Value) -> bool:
    """Whether it is not known how many strings the argument makes."""
    if arg.is_known:
        return isinstance(arg.type, SetType) and len(arg.raw) > 1 and not is_wholly_known(arg)
    return _is_sequence(arg) or isinstance(arg.type, Dynamic)


def _common_length(args: Arguments) -> int | None:
    """How many elements the lists have; None where there are no lists."""
    chosen: tuple[int, int] | None = None
    for position, arg in enumerate(args, start=1):
        if not _is_sequence(arg) or (not isinstance(arg.type, TupleType) and _is_open(arg)):
            continue
        length = len(arg.type.elements) if isinstance(arg.type, TupleType) else len(arg.raw)
        if chosen is not None and chosen[1] != length:
            raise FunctionError(
                f"argument {position} has length {length}, but argument {chosen[0]} has length {chosen[1]}", position
            )
        chosen = chosen or (position, length)
    return None if chosen is None else chosen[1]


FUNCTIONS: Final[tuple[Function, ...]] = (format_, formatlist)
