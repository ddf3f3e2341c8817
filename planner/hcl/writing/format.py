"""The canonical style of configuration files, as `terraform fmt` has it.

Spaces change: two for each level of nesting, one between most tokens, and as many as align the `=` of neighbouring
lines, and the comments after them. What is written in an old way is written as today (`idioms`), and a byte order mark
goes. Every comment stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Final

from msgspec import Struct, field

from planner.hcl.cty.graphemes import cluster_count
from planner.hcl.writing.format_tokens import Kind, LayoutToken, layout_tokens

_INDENT: Final = 2
_BYTE_ORDER_MARK: Final = "\ufeff"

_BEFORE_NEGATION: Final = frozenset(
    ("(", "{", "[", "=", ":", ",", "?", "+", "*", "/", "%", "-", "==", "!=", ">", ">=", "<", "<=", "&&", "||", "!")
)
"""A minus after one of these is a sign, not a subtraction."""


def format_source(text: str, filename: str) -> str:
    """The text of a configuration file in the canonical style.

    Raises ConfigError with every syntax problem where it cannot be parsed.
    """
    from planner.hcl.syntax.parser import parse_file
    from planner.hcl.writing.idioms import modernised

    return formatted(modernised(text, parse_file(text, filename)).removeprefix(_BYTE_ORDER_MARK))


def formatted(text: str) -> str:
    """Any part of a configuration with the spaces of the style, whether or not it can be parsed."""
    tokens = layout_tokens(text)
    lines = _lines(tokens)
    _indent(lines)
    for line in lines:
        _space(line.lead)
        _space(line.assign)
    _align(lines, lambda line: line.assign, lambda line: _columns(line.lead))
    _align(lines, lambda line: line.comment, lambda line: _columns(line.lead) + _columns(line.assign))
    return "".join(" " * token.spaces + token.text for token in tokens) + " " * _left_over(text, tokens)


def _left_over(text: str, tokens: Sequence[LayoutToken]) -> int:
    """How many spaces or tabs follow the last token, of a text that no line break ends; a space stays for each."""
    ends_blank = bool(tokens) and tokens[-1].text.endswith((" ", "\t"))
    return 0 if ends_blank else len(text) - len(text.rstrip(" \t"))


class _Line(Struct):
    """One line: what comes first, from `=` on, and the comment that ends it. A heredoc belongs to one line."""

    lead: list[LayoutToken] = field(default_factory=list)
    assign: list[LayoutToken] = field(default_factory=list)
    comment: list[LayoutToken] = field(default_factory=list)


def _lines(tokens: Iterable[LayoutToken]) -> list[_Line]:
    lines: list[_Line] = [_Line()]
    for token in tokens:
        lines[-1].lead.append(token)
        if token.ends_line:
            lines.append(_Line())
    for line in lines:
        _divide(line)
    return lines


def _divide(line: _Line) -> None:
    """Take the comment and the assignment out of the lead; an assignment over several lines stays."""
    if len(line.lead) > 1 and line.lead[-1].kind is Kind.COMMENT:
        line.comment = [line.lead.pop()]
    for position, token in enumerate(line.lead):
        if position and token.text == "=" and token.kind is Kind.OPERATOR:
            if not sum(each.nesting for each in line.lead[position:]):
                line.assign = line.lead[position:]
                del line.lead[position:]
            return


def _indent(lines: Iterable[_Line]) -> None:
    """Lines that open brackets indent those below by one level, however many they open."""
    levels: list[int] = []
    for line in lines:
        if not line.lead:
            continue
        if line.lead[0].kind is Kind.NEWLINE:
            line.lead[0].spaces = 0
            continue
        opened = _net_nesting(line)
        _close(levels, -opened)
        line.lead[0].spaces = _INDENT * len(levels)
        if opened > 0:
            levels.append(opened)


def _net_nesting(line: _Line) -> int:
    opened = sum(token.nesting for token in line.assign)
    for token in line.lead:
        opened += token.nesting
        if token.kind is Kind.OPENING_HEREDOC:
            break
    return opened


def _close(levels: list[int], closed: int) -> None:
    """Close so many brackets: a level ends when all that its line opened are closed."""
    while closed > 0 and levels:
        innermost = levels[-1]
        if closed < innermost:
            levels[-1] -= closed
        else:
            levels.pop()
        closed -= innermost


def _space(tokens: Sequence[LayoutToken]) -> None:
    before: LayoutToken | None = None
    for token, after in pairwise(tokens):
        after.spaces = int(_space_between(before, token, after))
        before = token


def _space_between(before: LayoutToken | None, token: LayoutToken, after: LayoutToken) -> bool:
    """Whether a space stands between two tokens of a line; `before` is the one in front of them."""
    for rule in _RULES:
        decided = rule(before, token, after)
        if decided is not None:
            return decided
    return True


_Rule = Callable[[LayoutToken | None, LayoutToken, LayoutToken], bool | None]


def _around_names(before: LayoutToken | None, token: LayoutToken, after: LayoutToken) -> bool | None:
    if after.kind is Kind.NEWLINE:
        return False
    is_name = token.kind is Kind.NAME
    if is_name and after.kind is Kind.OPEN and after.text == "(":
        return False
    if (is_name and after.text == "::") or (_is_operator(token, "::") and after.kind is Kind.NAME):
        return False
    if _is_operator(token, ".") and _is_operator(after, "."):
        return True  # three without a space between them would be an ellipsis
    return False if _is_operator(token, ".") or _is_operator(after, ".") else None


def _around_commas(before: LayoutToken | None, token: LayoutToken, after: LayoutToken) -> bool | None:
    if _is_operator(after, ",") or _is_operator(after, "..."):
        return False
    return True if _is_operator(token, ",") else None


def _inside_templates(before: LayoutToken | None, token: LayoutToken, after: LayoutToken) -> bool | None:
    touching = token.kind in (Kind.TEXT, Kind.OPENING_QUOTE, Kind.OPENING_HEREDOC)
    return False if touching or after.kind in (Kind.TEXT, Kind.CLOSING_QUOTE, Kind.CLOSING_HEREDOC) else None


def _before_index(before: LayoutToken | None, token: LayoutToken, after: LayoutToken) -> bool | None:
    if token.text == "in" and token.kind is Kind.NAME and before is not None and before.kind is Kind.NAME:
        return True  # `in` of a for expression, before the tuple it goes through
    if after.kind is Kind.OPEN and after.text == "[":
        return False if token.kind in (Kind.NAME, Kind.NUMBER) or token.nesting < 0 else None
    return None


def _after_signs(before: LayoutToken | None, token: LayoutToken, after: LayoutToken) -> bool | None:
    if _is_operator(token, "!"):
        return False
    if not _is_operator(token, "-"):
        return None
    if before is None:
        return False
    return before.text not in _BEFORE_NEGATION or before.kind not in (Kind.OPEN, Kind.OPERATOR)


def _around_brackets(before: LayoutToken | None, token: LayoutToken, after: LayoutToken) -> bool | None:
    opens, closes = _is_brace(token, "{"), _is_brace(after, "}")
    if opens or closes:
        return not (opens and closes)
    if token.kind is Kind.SEQUENCE_OPEN and _is_brace(after, "{"):
        return True
    if after.kind is Kind.SEQUENCE_CLOSE and _is_brace(token, "}"):
        return True
    if token.kind is Kind.SEQUENCE_CLOSE and after.kind is Kind.SEQUENCE_OPEN:
        return False
    return False if token.nesting > 0 or after.nesting < 0 else None


_RULES: Final[tuple[_Rule, ...]] = (
    _around_names,
    _around_commas,
    _inside_templates,
    _before_index,
    _after_signs,
    _around_brackets,
)
"""The first that decides does."""


def _is_operator(token: LayoutToken, text: str) -> bool:
    return token.text == text and token.kind is Kind.OPERATOR


def _is_brace(token: LayoutToken, text: str) -> bool:
    return token.text == text and token.kind in (Kind.OPEN, Kind.CLOSE)


def _align(lines: Iterable[_Line], cell: Callable[[_Line], list[LayoutToken]], columns: Callable[[_Line], int]) -> None:
    """Let a cell begin in the same column on lines that follow one another, one space past the longest."""
    chain: list[_Line] = []
    for line in [*lines, _Line()]:
        if cell(line):
            chain.append(line)
            continue
        widths = [columns(each) for each in chain]
        for each, width in zip(chain, widths, strict=True):
            cell(each)[0].spaces = max(widths) - width + 1
        chain = []


def _columns(tokens: Iterable[LayoutToken]) -> int:
    return sum(token.spaces + cluster_count(token.text) for token in tokens)
