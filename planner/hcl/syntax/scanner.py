"""Text to tokens, by HCL's lexical rules: one scanner for the parser and for `cl fmt`.

The scanner loses nothing: between its tokens are only spaces and tabs, and what is no token has the kind INVALID. The
kinds are otherwise the terminals of python-hcl2's grammar, so that its tables can be fed with them. What that grammar
has no place for is in a token's fields: strip markers, and that a string is a heredoc.

A newline that ends something has a kind of the grammar: NEWLINE in a body, and COMMA between the items of an object.
The parser takes neither the others, which are of kind LINE_BREAK, nor comments.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from planner.diagnostics import Diagnostic, Related
from planner.hcl.syntax.lexical_errors import (
    MULTI_LINE_STRING,
    UNTERMINATED_COMMENT,
    UNTERMINATED_STRING,
    Problem,
    chained_legacy_index,
    misread_character,
    unclosed_heredoc,
    unclosed_sequence,
)
from planner.hcl.syntax.lexical_rules import (
    CLOSERS,
    CLOSES,
    FOR,
    LINES,
    MORE_NUMBERS,
    OPENERS,
    OPERATORS,
    PLAIN_RUN,
    QUOTED_RUN,
    SPACE,
    STAR,
    TOKEN,
    Bracket,
)
from planner.hcl.syntax.source import Source
from planner.hcl.syntax.tokens import (
    COMMENT,
    END,
    INVALID,
    LINE_BREAK,
    NEWLINE,
    TRIVIA,
    Misread,
    Token,
)
from planner.remedy import Remedy

DEEPEST_NESTING = 100
MOST_SEQUENCES = 50_000
"""Sequences in one template: so many take seconds to parse."""

TOO_DEEP = ("Too deeply nested", f"Brackets may be nested {DEEPEST_NESTING} deep at most.")
MOST_PROBLEMS = 20  # of one item; what follows them would only hide the first

Scanned = tuple[list[Token], list[Misread]]


def scan_item(source: Source, start: int) -> Scanned:
    """The tokens of the attribute or block of a file that begins at offset `start`, and what is no token.

    The last token is of kind END; its text is the newline that ends the item, or empty at the end of the file.
    """
    scanner = _Scanner(source, in_body=True, start=start, one_item=True)
    scanner.run()
    return scanner.finished()


def scan_all(text: str) -> list[Token]:
    """All tokens of any part of a configuration, whether or not it can be parsed."""
    scanner = _Scanner(Source(text, ""), in_body=True)
    scanner.run()
    return scanner.tokens


def skip_space(source: Source, start: int) -> int:
    """The offset of what comes next after white space, newlines and comments."""
    space = SPACE.match(source.text, start)
    return space.end() if space else start


def scan_expression(source: Source) -> Scanned:
    """The tokens of one expression, in which newlines do not matter."""
    scanner = _Scanner(source, in_body=False)
    scanner.run()
    return scanner.finished()


def scan_template(source: Source) -> Scanned:
    """The tokens of a whole text that is a template: what could stand between quotes."""
    scanner = _Scanner(source, in_body=False)
    scanner.template_text()
    return scanner.finished()


class _Scanner:
    """`one_item`: stop after the item that begins at `start`."""

    def __init__(self, source: Source, *, in_body: bool, start: int = 0, one_item: bool = False) -> None:
        self.source = source
        self.text = source.text
        self.at = start
        self.one_item = one_item
        self.item_end: int | None = None  # where the newline after the item begins
        self.before: Token | None = None  # the last token that is not trivia
        self.tokens: list[Token] = []
        self.misread: list[Misread] = []
        self.brackets: list[Bracket] = []
        self.sequences: list[Token] = []
        self.sequences_seen = 0  # of the template at hand
        self.in_body = in_body
        self.in_value = False  # past the `=` of an attribute, where a brace opens an object

    def finished(self) -> Scanned:
        start = len(self.text) if self.item_end is None else self.item_end
        tokens = [token for token in self.tokens if token.kind not in TRIVIA]
        tokens.append(Token(END, self.text[start : self.at], start, self.at))
        return tokens, self.misread

    def run(self) -> None:
        """Scan until the end, or until the `}` that closes the sequence this was called for."""
        depth = len(self.brackets)
        while self.at < len(self.text) and self.item_end is None:
            found = TOKEN.match(self.text, self.at)
            if found is None:
                self._refuse()
                continue
            self._take(found.lastgroup or "", found)
            if len(self.brackets) < depth:
                return

    def _take(self, kind: str, found: re.Match[str]) -> None:
        text, start = found.group(), self.at
        self.at = found.end()
        match kind:
            case "space":
                return
            case "comment" | "inline":
                self._add_trivia(COMMENT, text, start)
            case "newline":
                self._newline(text, start)
            case "name":
                self._name(text, start)
            case "number":
                self._number(text, start)
            case "quote":
                self._template(lambda: self._quoted(start))
            case "heredoc":
                self._template(lambda: self._heredoc(found, start))
            case "splat":
                self._add("FULL_SPLAT_START", text, start)
            case "operator":
                self._operator(text, start)
            case "open":
                self._open(text, start)
            case _:
                self._close(text, start)

    def _add(self, kind: str, text: str, start: int) -> Token:
        token = Token(kind, text, start, start + len(text))
        self.tokens.append(token)
        self.before = token
        return token

    def _add_trivia(self, kind: str, text: str, start: int) -> None:
        if text:
            self.tokens.append(Token(kind, text, start, start + len(text)))

    def _newline(self, text: str, start: int) -> None:
        inside = self.brackets[-1] if self.brackets else (Bracket.BODY if self.in_body else None)
        if inside is Bracket.OBJECT and self.before and self.before.kind not in ("LBRACE", "COMMA"):
            self._add("COMMA", text, start)
        elif inside is not Bracket.BODY:
            self._add_trivia(LINE_BREAK, text, start)
        elif self.one_item and not self.brackets:
            self.item_end = start
        else:
            self.in_value = False
            self._add(NEWLINE, text, start)

    def _name(self, text: str, start: int) -> None:
        if not text.isascii() and not text.replace("-", "_").isidentifier():
            bad = next(i for i in range(1, len(text) + 1) if not text[:i].replace("-", "_").isidentifier()) - 1
            if bad:
                self._add("NAME", text[:bad], start)
            self.at = start + bad
            self._refuse()
            return
        self._add("NAME", text, start)

    def _number(self, text: str, start: int) -> None:
        if self.before and self.before.kind == "DOT":
            if "." in text:
                first, _, second = text.partition(".")
                self._problem(chained_legacy_index(first, second), start, self.at)
            self._add("INT_LITERAL", text, start)
            return
        more = MORE_NUMBERS.match(self.text, self.at)
        if more:
            text += more.group()
            self.at = more.end()
            wrong = "Invalid number", f"{text} is not a number."
            self._problem(wrong, start, self.at, remedy=f'A string needs quotes: "{text}".')
        self._add("INT_LITERAL" if text.isdecimal() else "FLOAT_LITERAL", text, start)

    def _operator(self, text: str, start: int) -> None:
        star = STAR.match(self.text, self.at) if text == "." else None
        if star:
            self.at = star.end()
            self._add("ATTR_SPLAT", self.text[start : self.at], start)
            return
        if text == "=" and (not self.brackets or self.brackets[-1] is Bracket.BODY):
            self.in_value = True
        self._add(OPERATORS[text], text, start)

    def _open(self, text: str, start: int) -> None:
        if len(self.brackets) >= DEEPEST_NESTING:
            self._problem(TOO_DEEP, start, start + 1)
            self._give_up(start)
            return
        self._add(OPENERS[text], text, start)
        self.brackets.append(self._bracket(text))

    def _bracket(self, text: str) -> Bracket:
        if text == "(":
            return Bracket.PARENTHESIS
        if text == "[":
            return Bracket.TUPLE
        outside = self.brackets[-1] if self.brackets else (Bracket.BODY if self.in_body else None)
        if outside is Bracket.BODY and not self.in_value:
            return Bracket.BODY
        space = SPACE.match(self.text, self.at)
        return Bracket.FOR_OBJECT if FOR.match(self.text, space.end() if space else self.at) else Bracket.OBJECT

    def _close(self, text: str, start: int) -> None:
        strip = text == "~}"
        mark = text[-1]
        matching = self.brackets and self.brackets[-1] in CLOSES[mark]
        if strip and not (matching and self.brackets[-1] is Bracket.SEQUENCE):
            self.at = start
            self._refuse()
            return
        token = self._add(CLOSERS[mark], text, start)
        token.strip = strip
        if matching:
            closed = self.brackets.pop()
            if closed is Bracket.BODY:
                self.in_value = False

    def _template(self, scan: Callable[[], None]) -> None:
        """Scan a template, which may lie in a sequence of another."""
        outer, self.sequences_seen = self.sequences_seen, 0
        scan()
        self.sequences_seen = outer

    def _quoted(self, start: int) -> None:
        self._add("DBLQUOTE", '"', start)
        while self.at < len(self.text):
            run = QUOTED_RUN.match(self.text, self.at)
            if run:
                self._add("STRING_CHARS", run.group(), self.at)
                self.at = run.end()
            elif self.text[self.at] == '"':
                self._add("DBLQUOTE", '"', self.at)
                self.at += 1
                return
            elif self.text.startswith(("${", "%{"), self.at):
                self._sequence()
            else:
                break
        self._unclosed_string(start)

    def _unclosed_string(self, start: int) -> None:
        opening = self._sequence_in_quotes()
        if opening is not None:
            self._problem(unclosed_sequence("quoted template"), opening.start, opening.end)
            self._give_up(self.at)
        elif self.at < len(self.text):
            self._problem(MULTI_LINE_STRING, start, self.at)
        elif not self.misread:
            opened = Related("opened here", self.source.span(start, start + 1))
            self._problem(UNTERMINATED_STRING, self.at, self.at, opened)
        self._add("DBLQUOTE", "", self.at)

    def _sequence_in_quotes(self) -> Token | None:
        """What opened the sequence at hand, where that stands in a quoted string."""
        if not self.sequences or self.brackets[-1] is not Bracket.SEQUENCE:
            return None
        return self.sequences[-1]

    def _sequence(self) -> None:
        """One `${…}` or `%{…}`."""
        start = self.at
        kind = "INTERP_START" if self.text[start] == "$" else "DIRECTIVE_START"
        strip = self.text.startswith("~", start + 2)
        token = self._add(kind, self.text[start : start + 2 + strip], start)
        token.strip = strip
        self.at = token.end
        if problem := self._excess():
            self._problem(problem, start, token.end)
            self._give_up(self.at)
            return
        self.brackets.append(Bracket.SEQUENCE)
        self.sequences.append(token)
        depth = len(self.brackets)
        self.run()
        if len(self.brackets) >= depth and not self.misread:
            self._problem(unclosed_sequence("file"), token.start, token.end)
        del self.brackets[depth - 1 :]
        self.sequences.pop()

    def _excess(self) -> Problem | None:
        """Why one more sequence is too much, if it is: a summary and a sentence."""
        self.sequences_seen += 1
        if len(self.brackets) >= DEEPEST_NESTING:
            return TOO_DEEP
        if self.sequences_seen > MOST_SEQUENCES:
            return "Template too long", f"A template may have {MOST_SEQUENCES:,} sequences at most."
        return None

    def _heredoc(self, found: re.Match[str], start: int) -> None:
        opening = self._add("DBLQUOTE", self.text[start : self.at], start)
        opening.heredoc = "<<" + found["flush"]
        marker = rf"[ \t]*{re.escape(found['marker'])}[ \t]*(?=\r?\n|\Z)"
        end, lines = re.compile(marker), re.compile(LINES.format(rf"(?!{marker})"))
        while self.at < len(self.text):
            closing = end.match(self.text, self.at)
            if closing:
                self.at = closing.end()
                self._add("DBLQUOTE", closing.group(), closing.start()).heredoc = opening.heredoc
                return
            self._plain_lines(lines)
        if not self.misread:
            self._problem(unclosed_heredoc(found["marker"]), opening.start, opening.start + len(found.group().rstrip()))
        self._add("DBLQUOTE", "", self.at)

    def template_text(self) -> None:
        self._add("DBLQUOTE", "", self.at).heredoc = "text"
        lines = re.compile(LINES.format(""))
        while self.at < len(self.text):
            self._plain_lines(lines)
        self._add("DBLQUOTE", "", self.at).heredoc = "text"

    def _plain_lines(self, lines: re.Pattern[str]) -> None:
        """Whole lines of literal text; or one line with the sequences in it, newlines inside of those included."""
        whole = lines.match(self.text, self.at)
        if whole:
            self._add("STRING_CHARS", whole.group(), self.at)
            self.at = whole.end()
            return
        while self.at < len(self.text):
            run = PLAIN_RUN.match(self.text, self.at)
            if run and run.group():
                self._add("STRING_CHARS", run.group(), self.at)
                self.at = run.end()
                if run.group().endswith("\n"):
                    return
            else:
                self._sequence()

    def _refuse(self) -> None:
        """The character at hand begins no token."""
        char, start = self.text[self.at], self.at
        unterminated = self.text.startswith("/*", start)
        self.at = len(self.text) if unterminated else start + 1
        while self.text.startswith(char, self.at):
            self.at += 1
        self._add_trivia(INVALID, self.text[start : self.at], start)
        if unterminated:
            self._problem(UNTERMINATED_COMMENT, start, start + 1)
        else:
            self._problem(misread_character(char), start, start + 1)

    def _problem(self, problem: Problem, start: int, end: int, *related: Related, remedy: str = "") -> None:
        found = Diagnostic("CFG101", *problem, Remedy.of(remedy), span=self.source.span(start, end), related=related)
        self.misread.append(Misread(start, found))
        if len(self.misread) >= MOST_PROBLEMS:
            self._give_up(self.at)

    def _give_up(self, start: int) -> None:
        """Take the rest as one token that is none."""
        rest = self.text[start:].lstrip(" \t")
        self.at = len(self.text)
        self._add_trivia(INVALID, rest, self.at - len(rest))
