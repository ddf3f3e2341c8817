"""What is wrong with a configuration at the token that cannot follow those before it.

python-hcl2's tables only know that a token does not fit. What the user was about to write is read off the brackets
that are open at that point, and off what was seen inside the innermost one. The summaries are HCL's terms, which
people search for; the sentences name what stands there and what to write instead.
"""

from __future__ import annotations

from planner.diagnostics import Diagnostic, did_you_mean
from planner.hcl.syntax.lexical_errors import UNTERMINATED_STRING, unclosed_sequence
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
_LEFT_OPEN = "A bracket inside it may not be closed."
_LONGEST_SHOWN = 30
_DIRECTIVES = "if, else, endif, for or endfor"
_TUPLE, _OBJECT = "[for NAME in LIST : VALUE]", "{for NAME in LIST : KEY => VALUE}"

NESTED_SPLAT = "Nested splat expression not allowed", 'One ".*" cannot follow another. Write "[*]" in place of both.'

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


def _shown(token: Token) -> str:
    """The token in a sentence."""
    if token.kind == END:
        return "the end of the file"
    if token.kind == NEWLINE or token.text.isspace():
        return "the end of the line"
    if token.kind == "DBLQUOTE":
        return "a string" if token.text == '"' else "a heredoc"
    return f'"{token.text}"' if len(token.text) <= _LONGEST_SHOWN else f'"{token.text[:_LONGEST_SHOWN]}…"'


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

    @property
    def shown(self) -> str:
        """The token that does not fit, in a sentence."""
        return _shown(self.token)

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
                    "Missing function name", f'The name of a function must follow "::", not {self.shown}.'
                )
            if context.kind == "directive":
                return self._in_directive(context)
            if self._expects_expression(context):
                return self._no_expression()
        if self._open_question(context):
            detail = 'There is a "?" without its ":". A conditional is written CONDITION ? VALUE : OTHER_VALUE.'
            return self._here("Missing false expression in conditional", detail)
        return self._in(context)

    def remedy(self) -> str:
        if self.token.kind != "NAME" or self.before is None:
            return ""
        return operator_advice(self.before.text, self.token.text)

    def _after_dot(self) -> Finding:
        return self._here("Invalid attribute name", f"The name of an attribute must follow the dot, not {self.shown}.")

    def _nested_splat(self) -> Finding:
        return self._here(*NESTED_SPLAT)

    def _expects_expression(self, context: OpenBracket) -> bool:
        before = self.before
        if before is None:
            return False
        if before.kind in _BEFORE_EXPRESSION:
            return True
        return before.kind == "COMMA" and context.kind in ("tuple", "call") and self.token.kind != END

    def _no_expression(self) -> Finding:
        if self.token.kind == END:
            return self._here("Missing expression", "The file ends where a value is needed.")
        return self._here("Invalid expression", f"A value is needed here, not {self.shown}.")

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
                return self._here("Missing close bracket on index", f'The index needs its "]" before {self.shown}.')
            case "parentheses":
                return self._here("Unbalanced parentheses", f'The "(" needs its ")" before {self.shown}.')
            case "interpolation":
                return self._in_interpolation(context)
            case "string":
                return self._here(*UNTERMINATED_STRING)
        return self._in_body(context)

    def _in_call(self, context: OpenBracket) -> Finding:
        if self.token.kind == END:
            name, opening = self.tokens[context.opening - 1], self.tokens[context.opening]
            return (
                "Unterminated function call",
                f'The call of "{name.text}" is never closed: the file ends without its ")". {_LEFT_OPEN}',
                name.start,
                opening.end,
            )
        if self.before is not None and self.before.kind == "ELLIPSIS":
            return (
                "Missing closing parenthesis",
                'The "..." ends the arguments, so that a ")" must follow it.',
                self.before.start,
                self.before.end,
            )
        return self._here(
            "Missing argument separator", f'A "," or a ")" is needed between an argument and {self.shown}.'
        )

    def _unterminated(self, context: OpenBracket, what: str, bracket: str) -> Finding:
        opening = self.tokens[context.opening]
        detail = f'This {what} is never closed: the file ends without its "{bracket}". {_LEFT_OPEN}'
        return f"Unterminated {what} constructor expression", detail, opening.start, opening.end

    def _in_tuple(self, context: OpenBracket) -> Finding:
        if self.token.kind == END:
            return self._unterminated(context, "tuple", "]")
        return self._here("Missing item separator", f'A "," or a "]" is needed between an item and {self.shown}.')

    def _in_object(self, context: OpenBracket) -> Finding:
        if self.token.kind == END:
            return self._unterminated(context, "object", "}")
        since_comma: list[str] = []
        for position in context.inside:
            kind = self.tokens[position].kind
            since_comma = [] if kind == "COMMA" else [*since_comma, kind]
        if not since_comma:
            return self._no_expression()
        if "EQ" in since_comma or "COLON" in since_comma:
            return self._here("Missing attribute separator", missing_separator(self.token))
        if self.token.kind == "COMMA":
            return self._here("Missing attribute value", 'The attribute has no value. Write "=" and the value.')
        detail = f'An "=" is needed between the name of an attribute and its value, not {self.shown}.'
        if self.token.kind == "NAME":
            detail += " A name with spaces or periods is written in quotes."
        return self._here("Missing key/value separator", detail)

    def _in_interpolation(self, context: OpenBracket) -> Finding:
        opening = self.tokens[context.opening]
        if self.token.kind == END:
            return *unclosed_sequence("file"), opening.start, opening.end
        detail = (
            f'The "${{" needs its "}}" before {self.shown}. Text for another program, such as a shell script, is kept '
            'as it stands with "$${" in place of "${".'
        )
        return self._here("Extra characters after interpolation expression", detail)

    def _in_directive(self, context: OpenBracket) -> Finding:
        inside = [self.tokens[position] for position in context.inside]
        if not inside:
            return self._directive_keyword()
        keyword = inside[0].text
        if keyword == "for" and len(inside) < 3 and not any(token.text == "in" for token in inside[1:]):
            missing = "A name must follow 'for'" if len(inside) == 1 else "The word 'in' must follow the names"
            return self._here("Invalid 'for' directive", f"{missing}, as in %{{ for NAME in LIST }}.")
        last = inside[-1]
        if last.kind in _OPERATORS or (last.text in ("if", "in") and len(inside) <= 5 and self.before is last):
            return self._no_expression()
        return self._here(f"Extra characters in {keyword} marker", f'The "%{{" needs its "}}" before {self.shown}.')

    def _directive_keyword(self) -> Finding:
        if self.token.kind != "NAME":
            return self._here("Invalid template directive", f'After "%{{" comes {_DIRECTIVES}, not {self.shown}.')
        hint = did_you_mean(self.token.text, ("if", "for", "else", "endif", "endfor"))
        detail = f'After "%{{" comes {_DIRECTIVES}, not "{self.token.text}".{hint}'
        return self._here("Invalid template control keyword", detail)

    def _in_for(self, context: OpenBracket) -> Finding:
        inside = [self.tokens[position] for position in context.inside]
        words = [token.text for token in inside]
        if self.before is not None and self.before.kind in _OPERATORS | {"LPAR", "LSQB"}:
            return self._no_expression()
        if "in" not in words[2:]:
            missing = "The word 'in' must follow the names"
            if len(words) == 1:
                missing = "A name must follow 'for'"
            elif words[-1] == ",":
                missing = "A second name must follow the comma"
            return self._here("Invalid 'for' expression", f"{missing}, as in {_TUPLE}.")
        if ":" not in words:
            if words[-1] == "in":
                return self._no_expression()
            detail = f'A ":" must follow what the loop runs over, as in {_TUPLE}.'
            return self._here("Invalid 'for' expression", detail)
        makes_object = self.tokens[context.opening].kind == "LBRACE"
        if self.token.kind == "FOR_OBJECT_ARROW" and not makes_object:
            return self._here("Invalid 'for' expression", f"A tuple has no keys. Write {_TUPLE}, or {_OBJECT}.")
        if self.token.kind == "ELLIPSIS" and not makes_object:
            detail = f'The "..." groups values by their key, and a tuple has no keys. Write {_OBJECT}.'
            return self._here("Invalid 'for' expression", detail)
        if makes_object and "=>" not in words:
            return self._here("Invalid 'for' expression", f"An object needs a key for each value. Write {_OBJECT}.")
        if words[-1] == "if":
            return self._no_expression()
        closing = "}" if makes_object else "]"
        return self._here("Invalid 'for' expression", f'The expression needs its "{closing}" before {self.shown}.')

    def _in_body(self, context: OpenBracket) -> Finding:
        inside = [self.tokens[position] for position in context.inside]
        if self.expression_only:
            return self._here("Extra characters after expression", f"The expression is complete before {self.shown}.")
        if not inside:
            return self._no_item(context)
        if any(token.kind == "EQ" for token in inside):
            return self._after_argument(context)
        name = inside[0].text
        if len(inside) == 1 and self.token.kind not in ("NAME", "DBLQUOTE", "LBRACE"):
            detail = f'"{name}" is neither an argument ({name} = VALUE) nor a block ({name} {{ … }}).'
            return "Argument or block definition required", detail, inside[0].start, inside[0].end
        if self.token.kind == NEWLINE:
            return self._no_brace(context.inside, self.index)
        if self.token.kind == "EQ":
            detail = f'A block has no "=": write {name} {{ … }}. An argument has no labels: write {name} = VALUE.'
        else:
            detail = f'A label in quotes or the "{{" of the block "{name}" is needed here, not {self.shown}.'
        return self._here("Invalid block definition", detail)

    def _no_item(self, context: OpenBracket) -> Finding:
        if self.token.kind == END and context.opening >= 0:
            newline = self._newline_in_single_line(context)
            if newline is not None:
                return *single_line_problem(newline), newline.start, newline.end
            opening = self.tokens[context.opening]
            detail = f'This block is never closed: the file ends without its "}}". {_LEFT_OPEN}'
            return "Unclosed configuration block", detail, opening.start, opening.end
        if self.before is not None and self.before.kind == NEWLINE and (header := self._header_above()):
            return self._no_brace(*header)
        if self.before is not None and self.before.kind == "RBRACE":
            return self._here("Missing newline after block definition", missing_newline(self.token))
        if self.token.kind == "DBLQUOTE":
            return self._here("Invalid argument name", "Remove the quotes: names are written without them here.")
        detail = f"A line begins with the name of an argument or of a block, not with {self.shown}."
        return self._here("Argument or block definition required", detail)

    def _header_above(self) -> tuple[list[int], int] | None:
        """The last line before this token and its end, where the line is a type and labels without a "{"."""
        end = self.index - 1
        while end and self.tokens[end - 1].kind == NEWLINE:
            end -= 1
        line = innermost(self.tokens, end)
        is_header = line.kind == "body" and all(
            self.tokens[place].kind in ("NAME", "DBLQUOTE") for place in line.inside
        )
        return (line.inside, end) if is_header and len(line.inside) > 1 else None

    def _no_brace(self, header: list[int], end: int) -> Finding:
        """A line such as `vpc_id "vpc-a"`: its user left out an "=", or began a block."""
        first, last = self.tokens[header[0]], self.tokens[end - 1]
        name = first.text
        detail = (
            f'An argument needs an "=": {name} = VALUE. A block needs its "{{" on this line: {name} "LABEL" {{ … }}.'
        )
        return "Invalid block definition", detail, first.start, last.end

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
            return self._here("Unexpected comma after argument", "Remove the comma: a new line separates arguments.")
        self._go_back_to_end_of(context)
        return self._here("Missing newline after argument", missing_newline(self.token))

    def _go_back_to_end_of(self, context: OpenBracket) -> None:
        """The grammar takes `x y` after an `=` for an argument and a block: the place is where the argument ended."""
        value = next(at for at, place in enumerate(context.inside) if self.tokens[place].kind == "EQ")
        for place in context.inside[value + 2 :]:
            if self.tokens[place].kind == "NAME" and self.tokens[place - 1].kind in OPERAND_ENDS:
                self.before, self.token = self.tokens[place - 1], self.tokens[place]
                return


def missing_newline(token: Token) -> str:
    """What to do about a token that follows an argument or a block on its line."""
    return f"Begin a new line before {_shown(token)}."


def missing_separator(token: Token) -> str:
    """What to do about a token that follows an attribute of an object on its line."""
    return f'A "," or a new line is needed before {_shown(token)}.'


def single_line_problem(token: Token) -> tuple[str, str]:
    """What is wrong with a token that follows the one argument of a block on a single line."""
    if token.kind == NEWLINE:
        detail = 'If an argument follows "{" on the same line, the block must end on that line too.'
    else:
        detail = "A block on one line can have only one argument."
    return "Invalid single-argument block definition", f"{detail} Write each argument on a line of its own."
