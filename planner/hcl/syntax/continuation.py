"""Whether an expression continues on the next line, for those who read line by line."""

from __future__ import annotations

from planner.hcl.syntax.open_brackets import innermost
from planner.hcl.syntax.scanner import scan_expression
from planner.hcl.syntax.source import Source


def is_open(text: str) -> bool:
    """Whether a bracket or a heredoc is still open at the end of `text`. A quoted string ends with its line."""
    tokens, _ = scan_expression(Source(text, ""))
    heredoc_marks = sum(token.heredoc != "" for token in tokens)
    bracket = innermost(tokens, len(tokens) - 1)
    return heredoc_marks % 2 == 1 or (bracket.opening >= 0 and bracket.kind != "string")
