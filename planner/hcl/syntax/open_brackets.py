"""What is open at a token: read off the tokens before it, for those who explain why it does not fit."""

from __future__ import annotations

from msgspec import Struct, field

from planner.hcl.syntax.tokens import NEWLINE, Token

OPERAND_ENDS = {"NAME", "RPAR", "RSQB", "DBLQUOTE", "RBRACE", "INT_LITERAL", "FLOAT_LITERAL", "FULL_SPLAT_START"}


class OpenBracket(Struct):
    """An open bracket, and the indexes of the tokens directly inside it so far; the outermost is the file's body."""

    kind: str
    opening: int
    inside: list[int] = field(default_factory=list)


def innermost(tokens: list[Token], index: int) -> OpenBracket:
    """The innermost bracket that is open before the token at `index`."""
    tracker = _Tracker(tokens)
    for position in range(index):
        tracker.pass_token(position)
    return tracker.contexts[-1]


class _Tracker:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.contexts = [OpenBracket("body", -1)]

    def pass_token(self, position: int) -> None:
        """Keep track of what is open after the token at `position`."""
        kind = self.tokens[position].kind
        context = self.contexts[-1]
        if kind == "DBLQUOTE" and context.kind == "string":
            self.contexts.pop()
            return
        if kind in ("RPAR", "RSQB", "RBRACE") and len(self.contexts) > 1:
            self.contexts.pop()
            return
        if kind == NEWLINE:
            context.inside.clear()
            return
        opened = self._opened(position)
        if context.kind == "body" and opened == "body":
            context.inside.clear()
        else:
            context.inside.append(position)
        if opened:
            self.contexts.append(OpenBracket(opened, position))

    def _opened(self, position: int) -> str | None:
        kind = self.tokens[position].kind
        before = self.tokens[position - 1] if position else None
        match kind:
            case "DBLQUOTE":
                return "string"
            case "INTERP_START":
                return "interpolation"
            case "DIRECTIVE_START":
                return "directive"
            case "LPAR":
                return "call" if before and before.kind == "NAME" else "parentheses"
            case "LSQB":
                if before and before.kind in OPERAND_ENDS:
                    return "index"
                return "for" if self._is_for(position) else "tuple"
            case "LBRACE":
                context = self.contexts[-1]
                if context.kind == "body" and not self._has(context, "EQ"):
                    return "body"
                return "for" if self._is_for(position) else "object"
        return None

    def _is_for(self, position: int) -> bool:
        following = self.tokens[position + 1]
        return following.kind == "NAME" and following.text == "for"

    def _has(self, context: OpenBracket, kind: str) -> bool:
        return any(self.tokens[position].kind == kind for position in context.inside)
