"""From python-hcl2's tree of an expression to its nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from planner.diagnostics import ConfigError, Diagnostic, Related, Span
from planner.hcl.cty.arithmetic import parse_number
from planner.hcl.cty.values import boolean, null, number, string
from planner.hcl.syntax.errors import NESTED_SPLAT, missing_separator
from planner.hcl.syntax.escapes import EscapeError, decode_literal
from planner.hcl.syntax.nodes import (
    Access,
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    GetAttribute,
    GetElement,
    Item,
    Literal,
    ObjectItems,
    Parentheses,
    Splat,
    TupleItems,
    Unary,
    Variable,
)
from planner.hcl.syntax.source import Source
from planner.hcl.syntax.template_builder import ForStart, IfStart, Interpolation, Mark, Part, Text, assemble
from planner.hcl.syntax.tokens import Token
from planner.hcl.syntax.trees import first_token, is_tree

_LINE = r"[^\n]*\n|[^\n]+"
_POSTFIX = {"index_expr_term", "get_attr_expr_term", "attr_splat_expr_term", "full_splat_expr_term"}
_WORDS = {"true": boolean(True), "false": boolean(False), "null": null()}
_PRECEDENCE = {
    "DOUBLE_PIPE": 0,
    "DOUBLE_AMP": 1,
    "DOUBLE_EQ": 2,
    "NEQ": 2,
    "LT": 3,
    "GT": 3,
    "LEQ": 3,
    "GEQ": 3,
    "PLUS": 4,
    "MINUS": 4,
    "ASTERISK": 5,
    "SLASH": 5,
    "PERCENT": 5,
}


class ExpressionBuilder:
    """Makes expressions of one source; problems that do not stop it are added to `problems`.

    `tokens` are those of the item at hand.
    """

    def __init__(self, source: Source, problems: list[Diagnostic]) -> None:
        self.source = source
        self.problems = problems
        self.tokens: list[Token] = []

    def expression(self, tree: Any) -> Expression:
        match tree.data:
            case "expr_term":
                return self._term(tree)
            case "binary_op":
                return self._binary(tree)
            case "unary_op":
                return self._unary(tree)
            case "conditional":
                parts = [child for child in tree.children if hasattr(child, "data")]
                parts = [child for child in parts if child.data != "new_line_or_comment"]
                condition, when_true, when_false = map(self.expression, parts)
                return Conditional(
                    condition,
                    when_true,
                    when_false,
                    source=self.source,
                    start=condition.start,
                    end=when_false.end,
                )
        raise TypeError(tree.data)  # pragma: no cover (the grammar has no others)

    def _binary(self, tree: Any) -> Expression:
        rest: list[tuple[str, Expression]] = []
        precedence = None
        while is_tree(tree, "binary_op"):
            term = tree.children[1]
            operator = term.children[0].children[0]
            level = _PRECEDENCE[operator.type]
            if precedence not in (None, level):
                break
            precedence = level
            rest.append((operator.scanned.text, self.expression(term.children[-1])))
            tree = tree.children[0]
        first = self.expression(tree)
        rest.reverse()
        return Binary(first, tuple(rest), source=self.source, start=first.start, end=rest[-1][1].end)

    def _unary(self, tree: Any) -> Expression:
        fed = tree.children[0]
        operand = self.expression(tree.children[1])
        first = fed.place
        for offset in range(len(fed) - 1, -1, -1):
            token = self.tokens[first + offset]
            operand = Unary(token.text, operand, source=self.source, start=token.start, end=operand.end)
        return operand

    def _term(self, tree: Any) -> Expression:
        chain: list[Any] = []
        child = tree.children[0]
        while is_tree(child, *_POSTFIX):
            chain.append(child.children[1])
            tree = child.children[0]
            child = tree.children[0]
        base = self._base(tree)
        if not chain:
            return base
        steps: list[Any] = []
        for link in reversed(chain):
            steps.extend(link.children if link.data in ("attr_splat", "full_splat") else [link])
        return self._accessed(base, steps)

    def _accessed(self, subject: Expression, steps: list[Any]) -> Expression:
        """The subject with all steps: a full splat takes all that follow, an attribute splat those with dots."""
        taken: list[GetAttribute | GetElement] = []
        for index, step in enumerate(steps):
            if hasattr(step, "data"):
                taken.append(self._step(step))
                continue
            subject = self._with_steps(subject, taken)
            rest = steps[index + 1 :]
            dotted = 0
            if step.type == "FULL_SPLAT_START":
                dotted = len(rest)
            else:
                while dotted < len(rest) and is_tree(rest[dotted], "get_attr", "short_index"):
                    dotted += 1
                if dotted < len(rest) and getattr(rest[dotted], "type", "") == "ATTR_SPLAT":
                    self._nested_splat(rest[dotted].scanned)
            item = Item(source=self.source, start=step.scanned.start, end=step.scanned.end)
            each = self._accessed(item, rest[:dotted])
            splat = Splat(subject, each, item, source=self.source, start=subject.start, end=each.end)
            return self._accessed(splat, rest[dotted:])
        return self._with_steps(subject, taken)

    def _nested_splat(self, token: Token) -> None:
        self.report(*NESTED_SPLAT, self.source.span(token.start, token.end))

    def _with_steps(self, subject: Expression, steps: list[GetAttribute | GetElement]) -> Expression:
        if not steps:
            return subject
        return Access(subject, tuple(steps), source=self.source, start=subject.start, end=steps[-1].end)

    def _step(self, tree: Any) -> GetAttribute | GetElement:
        start = first_token(tree).start
        if tree.data == "get_attr":
            name = tree.children[1].children[0].scanned
            return GetAttribute(name.text, source=self.source, start=start, end=name.end)
        if tree.data == "short_index":
            token = tree.children[1].scanned
            return GetElement(self._number(token), source=self.source, start=start, end=token.end)
        key = next(child for child in tree.children if hasattr(child, "data") and child.data != "new_line_or_comment")
        return GetElement(self.expression(key), source=self.source, start=start, end=tree.children[-1].scanned.end)

    def _base(self, tree: Any) -> Expression:
        child = tree.children[0]
        if not hasattr(child, "data"):
            closing = tree.children[-1].scanned
            inner = self.expression(next(part for part in tree.children if hasattr(part, "data")))
            return Parentheses(inner, source=self.source, start=child.scanned.start, end=closing.end)
        match child.data:
            case "int_lit" | "float_lit":
                return self._number(child.children[0].scanned)
            case "identifier":
                token = child.children[0].scanned
                return Variable(token.text, source=self.source, start=token.start, end=token.end)
            case "literal_value":
                token = child.children[0].scanned
                return Literal(_WORDS[token.text], source=self.source, start=token.start, end=token.end)
            case "string":
                return self._string(child)
            case "tuple":
                items = tuple(self.expression(part) for part in child.children if hasattr(part, "data"))
                start, end = self._ends(child)
                return TupleItems(items, source=self.source, start=start, end=end)
            case "object":
                return self._object(child)
            case "function_call":
                return self._call(child)
            case "for_tuple_expr" | "for_object_expr":
                return self._for(child)
        raise TypeError(child.data)  # pragma: no cover (the grammar has no others)

    def _ends(self, tree: Any) -> tuple[int, int]:
        return tree.children[0].scanned.start, tree.children[-1].scanned.end

    def _number(self, token: Token) -> Literal:
        try:
            value = number(parse_number(token.text))
        except ValueError as wrong:
            place = self.source.span(token.start, token.end)
            raise self.error("Invalid number literal", f"This number cannot be used: {wrong}.", place) from None
        return Literal(value, source=self.source, start=token.start, end=token.end)

    def _object(self, tree: Any) -> Expression:
        items: list[tuple[Expression, Expression]] = []
        separated = True
        for element in tree.children:
            if not is_tree(element, "object_elem"):
                separated = separated or getattr(element, "type", "") == "COMMA"
                continue
            if not separated:
                self._unseparated(first_token(element))
            separated = False
            if not items:
                self._check_no_for(first_token(element))
            key, value = element.children[0].children[0], element.children[2]
            items.append((self._key(key), self.expression(value)))
        start, end = self._ends(tree)
        return ObjectItems(tuple(items), source=self.source, start=start, end=end)

    def _check_no_for(self, token: Token) -> None:
        """A bare `for` that comes first begins a `for` expression, which this is none."""
        if token.kind == "NAME" and token.text == "for":
            self.report(
                "Invalid 'for' expression",
                "A name must follow 'for', as in {for NAME in LIST : KEY => VALUE}. For an attribute of this name, "
                'write "for" in quotes.',
                self.source.span(token.start, token.end),
            )

    def _unseparated(self, token: Token) -> None:
        self.report(
            "Missing attribute separator",
            missing_separator(token),
            self.source.span(token.start, token.end),
        )

    def _key(self, tree: Any) -> Expression:
        if tree.data == "keyword":
            token = tree.children[0].scanned
            return Literal(string(token.text), source=self.source, start=token.start, end=token.end)
        key = self.expression(tree)
        if isinstance(key, Variable):
            return Literal(string(key.name), source=self.source, start=key.start, end=key.end)
        if isinstance(key, Literal) and key.text in _WORDS:
            return Literal(string(key.text), source=self.source, start=key.start, end=key.end)
        return key

    def _call(self, tree: Any) -> Expression:
        name = tree.children[0].children[0]
        arguments: tuple[Expression, ...] = ()
        expands = False
        for child in tree.children:
            if is_tree(child, "arguments"):
                arguments = tuple(
                    self.expression(part)
                    for part in child.children
                    if hasattr(part, "data") and part.data != "new_line_or_comment"
                )
                expands = any(getattr(part, "type", "") == "ELLIPSIS" for part in child.children)
        closing = tree.children[-1].scanned
        last_of_name = self.tokens[name.place + 2 * name.count("::")]
        return Call(
            str(name),
            arguments,
            expands,
            last_of_name.end,
            closing.start,
            source=self.source,
            start=name.scanned.start,
            end=closing.end,
        )

    def _for(self, tree: Any) -> Expression:
        intro, *rest = [child for child in tree.children if hasattr(child, "data")]
        names = [child.children[0].scanned.text for child in intro.children if is_tree(child, "identifier")]
        collection = self.expression(next(c for c in reversed(intro.children) if hasattr(c, "data")))
        condition = None
        if is_tree(rest[-1], "for_cond"):
            condition = self.expression(rest.pop().children[-1])
        key = self.expression(rest[0]) if tree.data == "for_object_expr" else None
        start, end = self._ends(tree)
        return For(
            names[0] if len(names) == 2 else None,
            names[-1],
            collection,
            key,
            self.expression(rest[-1]),
            condition,
            any(getattr(child, "type", "") == "ELLIPSIS" for child in tree.children),
            source=self.source,
            start=start,
            end=end,
        )

    def _string(self, tree: Any) -> Expression:
        opening, closing = tree.children[0].scanned, tree.children[-1].scanned
        parts: list[Part] = []
        for child in tree.children[1:-1]:
            part = child.children[0]
            if hasattr(part, "data"):
                parts.append(self._sequence(part))
            else:
                parts.extend(self._texts(part.scanned, quoted=not opening.heredoc))
        return assemble(parts, self.source, opening.start, closing.end, flush=opening.heredoc == "<<-")

    def _texts(self, token: Token, *, quoted: bool) -> Iterator[Text]:
        """Literal text; in a heredoc line by line, as its strip markers and its indentation are."""
        if quoted:
            yield Text(token.start, token.end, value=self.decoded(token, quoted=True))
            return
        for line in re.finditer(_LINE, token.text):
            start, end = token.start + line.start(), token.start + line.end()
            yield Text(start, end, value=decode_literal(line.group(), quoted=False))

    def _sequence(self, tree: Any) -> Part:
        """One `${…}` or `%{…}`."""
        opening, closing = tree.children[0].scanned, tree.children[-1].scanned
        marks = (opening.start, closing.end, opening.strip, closing.strip)
        inner = [child for child in tree.children if hasattr(child, "data")]
        match tree.data:
            case "interpolation":
                return Interpolation(*marks, inner=self.expression(inner[0]))
            case "template_if_start":
                return IfStart(*marks, condition=self.expression(inner[0]))
            case "template_for_start":
                *names, collection = inner
                words = [name.children[0].scanned.text for name in names]
                return ForStart(
                    *marks,
                    key_name=words[0] if len(words) == 2 else None,
                    value_name=words[-1],
                    collection=self.expression(collection),
                )
        return Mark(*marks, name=tree.data.removeprefix("template_"))

    def decoded(self, token: Token, *, quoted: bool) -> str:
        try:
            return decode_literal(token.text, quoted=quoted)
        except EscapeError as wrong:
            place = self.source.span(token.start + wrong.start, token.start + wrong.end)
            self.report("Invalid escape sequence", str(wrong), place)
            return ""

    def error(self, summary: str, detail: str, span: Span) -> ConfigError:
        """A problem that ends the item at hand."""
        return ConfigError(Diagnostic("CFG102", summary, detail, span=span))

    def report(self, summary: str, detail: str, span: Span, *related: Related) -> None:
        """Add a problem and go on with the item."""
        self.problems.append(Diagnostic("CFG102", summary, detail, span=span, related=related))
