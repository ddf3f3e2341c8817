"""What is wrong with a configuration at the token that python-hcl2's tables refuse, in HCL's words."""

from __future__ import annotations

from planner.diagnostics import Diagnostic
from planner.hcl.scanner import Token
from planner.hcl.source import Source


def complain(source: Source, tokens: list[Token], index: int) -> Diagnostic:
    """The problem at `tokens[index]`, the first that cannot follow those before it."""
    token = tokens[index]
    return Diagnostic(
        "CFG102",
        "Invalid expression",
        "Expected the start of an expression, but found an invalid expression token.",
        span=source.span(token.start, token.end),
    )
