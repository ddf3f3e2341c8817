"""Other places that explain a syntax error."""

from __future__ import annotations

from planner.diagnostics import Related, Span
from planner.hcl.syntax.open_brackets import OpenBracket
from planner.hcl.syntax.source import Source
from planner.hcl.syntax.tokens import END, NEWLINE, Token


def opened_before(source: Source, context: OpenBracket, tokens: list[Token], span: Span) -> tuple[Related, ...]:
    """Where the bracket was opened that is still open, when that is on a line before the problem."""
    if context.opening < 0 or context.kind == "body":
        return ()
    opening = tokens[context.opening]
    opened = source.span(opening.start, opening.end)
    return (Related("opened here", opened),) if opened.start.line < span.start.line else ()


def next_block(source: Source, tokens: list[Token], opening: int, index: int) -> tuple[Related, ...]:
    """The block that begins a line inside of one that begins a line too and is never closed."""
    if tokens[index].kind != END:
        return ()
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        begins_block = before.kind == NEWLINE and token.kind == "NAME" and after.kind in ("NAME", "DBLQUOTE", "LBRACE")
        if token.start > opening and begins_block and source.position(token.start).column == 1:
            return (
                Related("a } may be missing before the block that begins here", source.span(token.start, after.end)),
            )
    return ()
