"""What is wrong with a configuration at the token that cannot follow those before it, in HCL's words.

python-hcl2's tables only know that a token does not fit. What the user was about to write is read off the brackets
that are open at that point, and off what was seen inside the innermost one.
"""

from __future__ import annotations

from planner.diagnostics import Diagnostic, did_you_mean
from planner.hcl.syntax.open_brackets import OPERAND_ENDS, OpenBracket, innermost
from planner.hcl.syntax.related_places import next_block, opened_before
from planner.hcl.syntax.source import Source
from planner.hcl.syntax.tokens import END, NEWLINE, Token
from planner.hcl.syntax.words import operator_advice
from planner.remedy import Remedy

_OPERATORS = {
    "DOUBLE_EQ",
    "NEQ",
    "LT",
    "GT",
    "LEQ",
    "GEQ",
    "MINUS",
    "ASTERISK",
    "SLASH",
    "PERCENT",
    "DOUBLE_AMP",
    "DOUBLE_PIPE",
    "PLUS",
    "NOT",
    "QMARK",
    "COLON",
    "EQ",
    "FOR_OBJECT_ARROW",
}
_BEFORE_EXPRESSION = _OPERATORS | {"LPAR", "LSQB", "INTERP_START", "DIRECTIVE_START"}
_NESTED = "This may be caused by incorrect {0} nesting elsewhere in this file."

Finding = tuple[str, str, int, int]  # summary, detail, start and end of the place


def wants_operand(token: Token) -> bool:
    """Whether an expression must go on after this token."""
    return token.kind in _OPERATORS


def syntax_error(source: Source, tokens: list[Token], index: int, *, expression_only: bool = False) -> Diagnostic:
    """The problem at `tokens[index]`, the first that cannot follow those before it.

    With `expression_only` the tokens are those of one expression, after an `x =` that is not in the source.
    """
    explanation = _Explanation(tokens, index, expression_only)
    summary, detail, start, end = explanation.finding()
    span = source.span(start, end)
    related = opened_before(source, explanation.context, tokens, span) + next_block(source, tokens, start, index)
    return Diagnostic("CFG102", summary, detail, Remedy.of(explanation.remedy()), span=span, related=related)


def _as_newline(token: Token) -> Token:
    """The end of an item, where it is a newline and not the end of the file, as the newline it is."""
    return Token(NEWLINE, token.text, token.start, token.end) if token.kind == END and token.text else token


class _Explanation:
    def __init__(self, tokens: list[Token], index: int, expression_only: bool) -> None:
        self.tokens = tokens
        self.index = index
        self.token = _as_newline(tokens[index])
        self.before = tokens[index - 1] if index else None
        self.expression_only = expression_only
        self.context = innermost(tokens, index)

    def _here(self, summary: str, detail: str) -> Finding:
        return summary, detail, self.token.start, self.token.end

    def finding(self) -> Finding:
        context = self.context
        if self.before is not None and self.before.kind == "DOT":
            return self._after_dot()
        if context.kind == "for":
            return self._in_for(context)
        if self.before is not None:
            if self.before.kind == "ATTR_SPLAT" and self.token.kind == "ATTR_SPLAT":
                return self._nested_splat()
            if self.before.kind == "COLONS":
                return self._here(
                    "Missing function name",
                    "Function scope resolution symbol :: must be followed by a function name in this scope.",
                )
            if context.kind == "directive":
                return self._in_directive(context)
            if self._expects_expression(context):
                return self._no_expression()
        if self._open_question(context):
            return self._here(
                "Missing false expression in conditional",
                "The conditional operator (...?...:...) requires a false expression, delimited by a colon.",
            )
        return self._in(context)

    def remedy(self) -> str:
        if self.token.kind != "NAME" or self.before is None:
            return ""
        return operator_advice(self.before.text, self.token.text)

    def _after_dot(self) -> Finding:
        return self._here("Invalid attribute name", "An attribute name is required after a dot.")

    def _nested_splat(self) -> Finding:
        return self._here(
            "Nested splat expression not allowed",
            "A splat expression (*) cannot be used inside another attribute-only splat expression.",
        )

    def _expects_expression(self, context: OpenBracket) -> bool:
        before = self.before
        if before is None:
            return False
        if before.kind in _BEFORE_EXPRESSION:
            return True
        return before.kind == "COMMA" and context.kind in ("tuple", "call") and self.token.kind != END

    def _no_expression(self) -> Finding:
        if self.token.kind == END:
            return self._here(
                "Missing expression", "Expected the start of an expression, but found the end of the file."
            )
        return self._here(
            "Invalid expression", "Expected the start of an expression, but found an invalid expression token."
        )

    def _open_question(self, context: OpenBracket) -> bool:
        """Whether a `?` directly in the context still waits for its `:`."""
        waiting = 0
        for position in context.inside:
            kind = self.tokens[position].kind
            if kind == "QMARK":
                waiting += 1
            elif kind == "COLON" and waiting:
                waiting -= 1
            elif kind == "COMMA":
                waiting = 0
        return waiting > 0

    def _in(self, context: OpenBracket) -> Finding:
        match context.kind:
            case "call":
                return self._in_call(context)
            case "tuple":
                return self._in_tuple(context)
            case "object":
                return self._in_object(context)
            case "index":
                return self._here(
                    "Missing close bracket on index", 'The index operator must end with a closing bracket ("]").'
                )
            case "parentheses":
                return self._here(
                    "Unbalanced parentheses", "Expected a closing parenthesis to terminate the expression."
                )
            case "interpolation":
                return self._in_interpolation(context)
            case "string":
                return self._here("Unterminated template string", "No closing marker was found for the string.")
        return self._in_body(context)

    def _in_call(self, context: OpenBracket) -> Finding:
        if self.token.kind == END:
            name, opening = self.tokens[context.opening - 1], self.tokens[context.opening]
            return (
                "Unterminated function call",
                "There is no closing parenthesis for this function call before the end of the file. "
                + _NESTED.format("parenthesis"),
                name.start,
                opening.end,
            )
        if self.before is not None and self.before.kind == "ELLIPSIS":
            return (
                "Missing closing parenthesis",
                "An expanded function argument (with ...) must be immediately followed by closing parentheses.",
                self.before.start,
                self.before.end,
            )
        return self._here(
            "Missing argument separator", "A comma is required to separate each function argument from the next."
        )

    def _unterminated(self, context: OpenBracket, what: str, bracket: str) -> Finding:
        opening = self.tokens[context.opening]
        detail = f"There is no corresponding closing {bracket} before the end of the file. " + _NESTED.format(bracket)
        return f"Unterminated {what} constructor expression", detail, opening.start, opening.end

    def _in_tuple(self, context: OpenBracket) -> Finding:
        if self.token.kind == END:
            return self._unterminated(context, "tuple", "bracket")
        return self._here("Missing item separator", "Expected a comma to mark the beginning of the next item.")

    def _in_object(self, context: OpenBracket) -> Finding:
        if self.token.kind == END:
            return self._unterminated(context, "object", "brace")
        since_comma: list[str] = []
        for position in context.inside:
            kind = self.tokens[position].kind
            since_comma = [] if kind == "COMMA" else [*since_comma, kind]
        if not since_comma:
            return self._no_expression()
        if "EQ" in since_comma or "COLON" in since_comma:
            return self._here(
                "Missing attribute separator",
                "Expected a newline or comma to mark the beginning of the next attribute.",
            )
        equals = 'an equals sign ("=") to mark the beginning of the attribute value.'
        if self.token.kind == "COMMA":
            return self._here(
                "Missing attribute value", 'Expected an attribute value, introduced by an equals sign ("=").'
            )
        detail = f"Expected {equals}"
        if self.token.kind == "NAME":
            detail += (
                " If you intended to given an attribute name containing periods or spaces, write the name in quotes "
                "to create a string literal."
            )
        return self._here("Missing key/value separator", detail)

    def _in_interpolation(self, context: OpenBracket) -> Finding:
        opening = self.tokens[context.opening]
        if self.token.kind == END:
            detail = (
                "There is no closing brace for this interpolation sequence before the end of the file. "
                "This might be caused by incorrect nesting inside the given expression."
            )
            return "Unclosed template interpolation sequence", detail, opening.start, opening.end
        if self.token.kind == "COLON":
            detail = (
                "Template interpolation doesn't expect a colon at this location. Did you intend this to be a literal "
                "sequence to be processed as part of another language? If so, you can escape it by starting with "
                '"$${" instead of just "${".'
            )
        else:
            detail = (
                "Expected a closing brace to end the interpolation expression, but found extra characters. This can "
                "happen when you include interpolation syntax for another language, such as shell scripting, but "
                "forget to escape the interpolation start token. If this is an embedded sequence for another "
                'language, escape it by starting with "$${" instead of just "${".'
            )
        return self._here("Extra characters after interpolation expression", detail)

    def _in_directive(self, context: OpenBracket) -> Finding:
        inside = [self.tokens[position] for position in context.inside]
        if not inside:
            return self._directive_keyword()
        keyword = inside[0].text
        if keyword == "for" and len(inside) < 3 and not any(token.text == "in" for token in inside[1:]):
            required = "variable name after 'for'" if len(inside) == 1 else "'in' keyword after names"
            return self._here("Invalid 'for' directive", f"For directive requires {required}.")
        last = inside[-1]
        if last.kind in _OPERATORS or (last.text in ("if", "in") and len(inside) <= 5 and self.before is last):
            return self._no_expression()
        return self._here(
            f"Extra characters in {keyword} marker",
            "Expected a closing brace to end the sequence, but found extra characters.",
        )

    def _directive_keyword(self) -> Finding:
        if self.token.kind != "NAME":
            return self._here(
                "Invalid template directive",
                'A template directive keyword ("if", "for", etc) is expected at the beginning of a %{ sequence.',
            )
        hint = did_you_mean(self.token.text, ("if", "for", "else", "endif", "endfor"))
        return self._here(
            "Invalid template control keyword", f'"{self.token.text}" is not a valid template control keyword.{hint}'
        )

    def _in_for(self, context: OpenBracket) -> Finding:
        inside = [self.tokens[position] for position in context.inside]
        words = [token.text for token in inside]
        if self.before is not None and self.before.kind in _OPERATORS | {"LPAR", "LSQB"}:
            return self._no_expression()
        if "in" not in words[2:]:
            required = "the 'in' keyword after its name declarations"
            if len(words) == 1:
                required = "variable name after 'for'"
            elif words[-1] == ",":
                required = "value variable name after comma"
            return self._here("Invalid 'for' expression", f"For expression requires {required}.")
        if ":" not in words:
            if words[-1] == "in":
                return self._no_expression()
            detail = "For expression requires a colon after the collection expression."
            return self._here("Invalid 'for' expression", detail)
        makes_object = self.tokens[context.opening].kind == "LBRACE"
        if self.token.kind == "FOR_OBJECT_ARROW" and not makes_object:
            return self._here("Invalid 'for' expression", "Key expression is not valid when building a tuple.")
        if self.token.kind == "ELLIPSIS" and not makes_object:
            detail = "Grouping ellipsis (...) cannot be used when building a tuple."
            return self._here("Invalid 'for' expression", detail)
        if makes_object and "=>" not in words:
            return self._here("Invalid 'for' expression", "Key expression is required when building an object.")
        if words[-1] == "if":
            return self._no_expression()
        return self._here("Invalid 'for' expression", "Extra characters after the end of the 'for' expression.")

    def _in_body(self, context: OpenBracket) -> Finding:
        inside = [self.tokens[position] for position in context.inside]
        if self.expression_only:
            return self._here(
                "Extra characters after expression",
                "An expression was successfully parsed, but extra characters were found after it.",
            )
        if not inside:
            return self._no_item(context)
        if any(token.kind == "EQ" for token in inside):
            return self._after_argument(context)
        definition = "An argument or block definition is required here."
        if len(inside) == 1 and self.token.kind not in ("NAME", "DBLQUOTE", "LBRACE"):
            detail = f'{definition} To set an argument, use the equals sign "=" to introduce the argument value.'
            return "Argument or block definition required", detail, inside[0].start, inside[0].end
        if self.token.kind == "EQ":
            detail = 'The equals sign "=" indicates an argument definition, and must not be used when defining a block.'
        elif self.token.kind == NEWLINE:
            detail = (
                'A block definition must have block content delimited by "{" and "}", '
                "starting on the same line as the block header."
            )
        else:
            detail = 'Either a quoted string block label or an opening brace ("{") is expected here.'
        return self._here("Invalid block definition", detail)

    def _no_item(self, context: OpenBracket) -> Finding:
        if self.token.kind == END and context.opening >= 0:
            newline = self._newline_in_single_line(context)
            if newline is not None:
                return *single_line_problem(newline), newline.start, newline.end
            opening = self.tokens[context.opening]
            detail = "There is no closing brace for this block before the end of the file. " + _NESTED.format("brace")
            return "Unclosed configuration block", detail, opening.start, opening.end
        if self.before is not None and self.before.kind == "RBRACE":
            return self._here("Missing newline after block definition", "A block definition must end with a newline.")
        if self.token.kind == "DBLQUOTE":
            return self._here("Invalid argument name", "Argument names must not be quoted.")
        return self._here("Argument or block definition required", "An argument or block definition is required here.")

    def _newline_in_single_line(self, context: OpenBracket) -> Token | None:
        """The first newline in a block whose content begins on the line of its brace."""
        inside = self.tokens[context.opening + 1 : self.index]
        if not inside or inside[0].kind == NEWLINE:
            return None
        return next((token for token in inside if token.kind == NEWLINE), None)

    def _after_argument(self, context: OpenBracket) -> Finding:
        if context.opening >= 0 and self.tokens[context.opening + 1].kind != NEWLINE:
            if self.token.kind == END:
                context.inside.clear()
                return self._no_item(context)
            return self._here(*single_line_problem(self.token))
        if self.token.kind == END:
            return self._no_item(context)
        if self.token.kind == "COMMA":
            detail = (
                "Argument definitions must be separated by newlines, not commas. "
                "An argument definition must end with a newline."
            )
            return self._here("Unexpected comma after argument", detail)
        self._go_back_to_end_of(context)
        return self._here("Missing newline after argument", "An argument definition must end with a newline.")

    def _go_back_to_end_of(self, context: OpenBracket) -> None:
        """The grammar takes `x y` after an `=` for an argument and a block: the place is where the argument ended."""
        value = next(at for at, place in enumerate(context.inside) if self.tokens[place].kind == "EQ")
        for place in context.inside[value + 2 :]:
            if self.tokens[place].kind == "NAME" and self.tokens[place - 1].kind in OPERAND_ENDS:
                self.before, self.token = self.tokens[place - 1], self.tokens[place]
                return


def single_line_problem(token: Token) -> tuple[str, str]:
    """What is wrong with a token that follows the one argument of a block on a single line."""
    if token.kind == "COMMA":
        detail = (
            "Single-line block syntax can include only one argument definition. To define multiple arguments, use the "
            "multi-line block syntax with one argument definition per line."
        )
    elif token.kind == NEWLINE:
        detail = (
            "An argument definition on the same line as its containing block creates a single-line block definition, "
            "which must also be closed on the same line. Place the block's closing brace immediately after the "
            "argument definition."
        )
    else:
        detail = (
            "A single-line block definition must end with a closing brace immediately after its single argument "
            "definition."
        )
    return "Invalid single-argument block definition", detail
