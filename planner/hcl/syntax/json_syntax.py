"""Configuration in JSON (`*.hcl.json`): the same bodies, with JSON's places.

What a property is, an argument or a block, is not written in JSON: the caller's schema says it. Strings are templates;
the names of arguments and labels are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sized
from typing import Any, Protocol

from msgspec import Struct

from planner.diagnostics import ConfigError, Diagnostic, Related
from planner.hcl.cty.arithmetic import parse_number
from planner.hcl.cty.values import boolean, null, number, string
from planner.hcl.syntax.nodes import Attribute, Block, Body, Expression, Label, Literal, ObjectItems, TupleItems
from planner.hcl.syntax.source import Source

DEEPEST_NESTING = 100


class BlockShape(Protocol):
    """How a block is written: how many labels it has, and which properties of its body are blocks."""

    @property
    def labels(self) -> Sized: ...

    @property
    def blocks(self) -> Mapping[str, BlockShape]: ...


class _Json(Struct, frozen=True):
    """A JSON value: `content` is a scalar, a list, or for an object a list of (key, value) pairs."""

    kind: str
    content: Any
    start: int
    end: int


def parse_json(text: str, filename: str, blocks: Mapping[str, BlockShape]) -> Body:
    """The body of a JSON file; `blocks` says which top-level properties are blocks. Raises ConfigError."""
    source = Source(text, filename)
    root = _Reader(source).document()
    builder = _BodyBuilder(source)
    body = builder.body([root], blocks)
    if builder.problems:
        raise ConfigError(builder.problems)
    return body


_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])*+"')
_WORD = re.compile(r"[A-Za-z_]+")
_WORDS = {"true": True, "false": False, "null": None}


class _Reader:
    """Reads JSON, with places."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.at = 1 if self.text.startswith("\ufeff") else 0

    def document(self) -> _Json:
        value = self._value(0)
        if self._next() != "":
            raise self._wrong("Extraneous data after value", "A file has only one JSON value, and this comes after it.")
        return value

    def _next(self) -> str:
        """The next character that is not white space, or an empty string at the end."""
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at
        return self.text[self.at : self.at + 1]

    def _wrong(self, summary: str, detail: str) -> ConfigError:
        end = min(self.at + 1, len(self.text))
        return ConfigError(Diagnostic("CFG102", summary, detail, span=self.source.span(self.at, end)))

    def _value(self, depth: int) -> _Json:
        if depth > DEEPEST_NESTING:
            raise self._wrong("Too deeply nested", f"Values may be nested {DEEPEST_NESTING} deep at most.")
        match self._next():
            case "{":
                return self._object(depth)
            case "[":
                return self._array(depth)
            case '"':
                return self._string()
            case "":
                raise self._wrong("Missing JSON value", "A JSON value is expected, but the file ends here.")
        found = _NUMBER.match(self.text, self.at)
        if found:
            return self._scalar("number", found.group())
        word = _WORD.match(self.text, self.at)
        if word and word.group() in _WORDS:
            return self._scalar("word", word.group())
        if word:
            detail = f"{word.group()} is not a JSON value. Text needs double quotes."
            raise self._wrong("Invalid JSON keyword", detail)
        raise self._wrong(
            "Invalid JSON value", "A value begins with {, [, a double quote or a digit, or is true, false or null."
        )

    def _scalar(self, kind: str, text: str) -> _Json:
        start, self.at = self.at, self.at + len(text)
        return _Json(kind, text, start, self.at)

    def _string(self) -> _Json:
        found = _STRING.match(self.text, self.at)
        if found is None:
            raise self._wrong(
                "Invalid string", "This string is not closed on its line, or holds an escape that JSON does not know."
            )
        return self._scalar("string", found.group())

    def _array(self, depth: int) -> _Json:
        start = self.at
        self.at += 1
        items: list[_Json] = []
        while self._next() != "]" or items:
            items.append(self._value(depth + 1))
            if not self._separated("]", "array"):
                break
        self.at += 1
        return _Json("array", items, start, self.at)

    def _object(self, depth: int) -> _Json:
        start = self.at
        self.at += 1
        pairs: list[tuple[_Json, _Json]] = []
        while self._next() != "}" or pairs:
            if self._next() != '"':
                raise self._wrong("Invalid object key", "A JSON object's keys are strings in double quotes.")
            key = self._string()
            if self._next() != ":":
                raise self._wrong("Missing property value", "A colon and a value are expected after an object's key.")
            self.at += 1
            pairs.append((key, self._value(depth + 1)))
            if not self._separated("}", "object"):
                break
        self.at += 1
        return _Json("object", pairs, start, self.at)

    def _separated(self, closing: str, what: str) -> bool:
        """Whether a comma follows, and so another item."""
        found = self._next()
        if found == ",":
            self.at += 1
            if self._next() == closing:
                raise self._wrong("Trailing comma", f"JSON does not permit a comma after the last item of an {what}.")
            return True
        if found != closing:
            raise self._wrong(
                f"Missing {what} separator", f'A comma or a closing "{closing}" is expected after an item of an {what}.'
            )
        return False


class _BodyBuilder:
    """Makes nodes of JSON values."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Diagnostic] = []

    def body(self, parts: list[_Json], blocks: Mapping[str, BlockShape]) -> Body:
        """One body, which JSON may write as several objects."""
        attributes: dict[str, Attribute] = {}
        found: list[Block] = []
        for key, value in self._properties(parts, "A body"):
            name = _text(key)
            if name == "//":
                continue
            if name in blocks:
                found.extend(self._blocks(name, key, value, blocks[name]))
            else:
                self._attribute(attributes, name, key, value)
        return Body(attributes, tuple(found), source=self.source, start=parts[0].start, end=parts[-1].end)

    def _properties(self, parts: Iterable[_Json], what: str) -> Iterator[tuple[_Json, _Json]]:
        for part in parts:
            for each in part.content if part.kind == "array" else [part]:
                if each.kind == "object":
                    yield from each.content
                else:
                    self._report(each, "Incorrect JSON value type", f"{what} is written as a JSON object here.")

    def _attribute(self, attributes: dict[str, Attribute], name: str, key: _Json, value: _Json) -> None:
        made = Attribute(name, self.expression(value), source=self.source, start=key.start, end=value.end)
        earlier = attributes.setdefault(name, made)
        if earlier is not made:
            self._report(
                key,
                "Attribute redefined",
                f'"{name}" has a value already. Remove one of the two.',
                Related("first set here", self.source.span(earlier.start, earlier.start + len(name) + 2)),
            )

    def _blocks(self, name: str, key: _Json, value: _Json, shape: BlockShape) -> Iterator[Block]:
        yield from self._labelled(name, key, value, shape, len(shape.labels), ())

    def _labelled(
        self, name: str, key: _Json, value: _Json, shape: BlockShape, missing: int, labels: tuple[Label, ...]
    ) -> Iterator[Block]:
        if missing:
            for label, inner in self._properties([value], f'The label of a "{name}" block'):
                if _text(label) == "//":
                    continue
                made = Label(_text(label), source=self.source, start=label.start, end=label.end)
                yield from self._labelled(name, key, inner, shape, missing - 1, (*labels, made))
            return
        for part in value.content if value.kind == "array" else [value]:
            if part.kind == "word" and part.content == "null":
                continue
            if part.kind != "object":
                self._report(part, "Incorrect JSON value type", f'A "{name}" block is written as a JSON object.')
                continue
            body = self.body([part], shape.blocks)
            header_end = labels[-1].end if labels else key.end
            yield Block(name, labels, body, header_end, source=self.source, start=key.start, end=part.end)

    def expression(self, value: _Json) -> Expression:
        place: Any = {"source": self.source, "start": value.start, "end": value.end}
        match value.kind:
            case "object":
                items = tuple((self.expression(key), self.expression(inner)) for key, inner in value.content)
                return ObjectItems(items, **place)
            case "array":
                return TupleItems(tuple(map(self.expression, value.content)), **place)
            case "string":
                return self._template(value)
            case "number":
                return self._number(value)
        word = _WORDS[value.content]
        return Literal(null() if word is None else boolean(word), **place)

    def _number(self, value: _Json) -> Expression:
        try:
            amount = number(parse_number(value.content))
        except ValueError as wrong:
            self._report(value, "Invalid number literal", f"This number cannot be used: {wrong}.")
            amount = number(0)
        return Literal(amount, source=self.source, start=value.start, end=value.end)

    def _template(self, value: _Json) -> Expression:
        text = _text(value)
        if "${" not in text and "%{" not in text:
            return Literal(string(text), source=self.source, start=value.start, end=value.end)
        from planner.hcl.syntax.parser import parse_template

        try:
            return parse_template(text, self.source.filename, self.source.position(value.start + 1))
        except ConfigError as refused:
            self.problems.extend(refused.diagnostics)
            return Literal(string(""), source=self.source, start=value.start, end=value.end)

    def _report(self, value: _Json, summary: str, detail: str, *related: Related) -> None:
        span = self.source.span(value.start, value.end)
        self.problems.append(Diagnostic("CFG102", summary, detail, span=span, related=related))


def _text(value: _Json) -> str:
    """What a JSON string stands for."""
    if "\\" not in value.content:
        return str(value.content[1:-1])
    import json

    decoded: str = json.loads(value.content)
    return decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
