"""From the flat sequence of a template's parts to one expression: strip markers, indentation, directives."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from msgspec import Struct

from planner.diagnostics import ConfigError, Diagnostic, Related
from planner.hcl.cty.values import string
from planner.hcl.syntax.nodes import Conditional, Expression, For, Join, Literal, Template, Wrapped
from planner.hcl.syntax.source import Source
from planner.values import replace


class Text(Struct, frozen=True):
    """Text as it stands."""

    start: int
    end: int
    value: str
    strips_before: bool = False
    strips_after: bool = False


class Interpolation(Struct, frozen=True):
    """`${…}`."""

    start: int
    end: int
    strips_before: bool
    strips_after: bool
    inner: Expression


class IfStart(Struct, frozen=True):
    """`%{ if … }`."""

    start: int
    end: int
    strips_before: bool
    strips_after: bool
    condition: Expression


class ForStart(Struct, frozen=True):
    """`%{ for … }`."""

    start: int
    end: int
    strips_before: bool
    strips_after: bool
    key_name: str | None
    value_name: str
    collection: Expression


class Mark(Struct, frozen=True):
    """`else`, `endif` or `endfor`."""

    start: int
    end: int
    strips_before: bool
    strips_after: bool
    name: str


Part = Text | Interpolation | IfStart | ForStart | Mark
"""A piece of a template; `strips_before` and `strips_after` are its `~`."""


def assemble(parts: list[Part], source: Source, start: int, end: int, *, flush: bool) -> Expression:
    """The expression of a template between `start` and `end`; `flush` takes the common indentation away (`<<-`).

    Raises ConfigError where directives do not match.
    """
    parts = _stripped(parts)
    if flush:
        parts = _unindented(parts)
    parts = list(_melded(parts))
    if len(parts) == 1 and isinstance(parts[0], Interpolation):
        return Wrapped(parts[0].inner, source=source, start=start, end=end)
    if not parts:
        return Literal(string(""), source=source, start=start, end=end)
    if len(parts) == 1 and isinstance(parts[0], Text):
        return Literal(string(parts[0].value), source=source, start=start, end=end)
    return _Assembler(parts, source, end).template(start)


def _stripped(parts: list[Part]) -> list[Part]:
    """Texts without the white space that the `~` of a neighbour strips."""
    result = list(parts)
    for index, part in enumerate(parts):
        if not isinstance(part, Text):
            continue
        value = part.value
        if index and parts[index - 1].strips_after:
            value = value.lstrip()
        if index + 1 < len(parts) and parts[index + 1].strips_before:
            value = value.rstrip()
        if value != part.value:
            result[index] = replace(part, value=value)
    return result


def _unindented(parts: list[Part]) -> list[Part]:
    """Lines without the indentation that all lines which are not blank have in common."""
    smallest = sys.maxsize
    leading = []
    at_line_start = True
    for index, part in enumerate(parts):
        if at_line_start:
            spaces = 0
            if isinstance(part, Text):
                spaces = len(part.value) - len(part.value.lstrip())
                if spaces == len(part.value) and part.value.endswith("\n"):
                    spaces = sys.maxsize
                else:
                    leading.append(index)
            smallest = min(smallest, spaces)
        at_line_start = isinstance(part, Text) and part.value.endswith("\n")
    result = list(parts)
    for index in leading:
        part = parts[index]
        if isinstance(part, Text):
            result[index] = replace(part, value=part.value[smallest:])
    return result


def _melded(parts: list[Part]) -> Iterator[Part]:
    """Neighbouring texts as one."""
    run: list[Text] = []
    for part in parts:
        if isinstance(part, Text):
            run.append(part)
            continue
        if run:
            yield _joined(run)
            run = []
        yield part
    if run:
        yield _joined(run)


def _joined(run: list[Text]) -> Text:
    return Text(run[0].start, run[-1].end, value="".join(text.value for text in run))


class _Assembler:
    """Nests what stands between directives."""

    def __init__(self, parts: list[Part], source: Source, end: int) -> None:
        self.parts = parts
        self.source = source
        self.end = end
        self.at = 0

    def template(self, start: int) -> Expression:
        return Template(tuple(self._until(None, ())), source=self.source, start=start, end=self.end)

    def _until(self, opener: Part | None, ends: tuple[str, ...]) -> Iterator[Expression]:
        """The expressions up to a mark of `ends`, which stays to be read."""
        while self.at < len(self.parts):
            part = self.parts[self.at]
            if isinstance(part, Mark):
                if part.name in ends:
                    return
                self._unexpected(part, opener)
            self.at += 1
            match part:
                case Text():
                    yield Literal(string(part.value), source=self.source, start=part.start, end=part.end)
                case Interpolation():
                    yield part.inner
                case IfStart():
                    yield self._conditional(part)
                case ForStart():
                    yield self._loop(part)
        if opener is not None:
            self._unclosed(opener)

    def _section(self, opener: Part, ends: tuple[str, ...]) -> tuple[Template, Mark]:
        start = self.parts[self.at - 1].end
        inner = tuple(self._until(opener, ends))
        mark = self.parts[self.at]
        self.at += 1
        if not isinstance(mark, Mark):  # pragma: no cover (`_until` stops at marks only)
            raise TypeError(mark)
        return Template(inner, source=self.source, start=start, end=mark.start), mark

    def _conditional(self, opener: IfStart) -> Expression:
        when_true, mark = self._section(opener, ("else", "endif"))
        when_false = Template((), source=self.source, start=mark.start, end=mark.start)
        if mark.name == "else":
            when_false, mark = self._section(opener, ("endif",))
        return Conditional(
            opener.condition, when_true, when_false, source=self.source, start=opener.start, end=mark.end
        )

    def _loop(self, opener: ForStart) -> Expression:
        value, mark = self._section(opener, ("endfor",))
        loop = For(
            opener.key_name,
            opener.value_name,
            opener.collection,
            None,
            value,
            None,
            False,
            source=self.source,
            start=opener.start,
            end=mark.end,
        )
        return Join(loop, source=self.source, start=opener.start, end=mark.end)

    def _unexpected(self, mark: Mark, opener: Part | None) -> None:
        name = {IfStart: "if", ForStart: "for"}.get(type(opener), "") if opener else ""
        if opener is None:
            detail = f"There is no open directive for {mark.name} to {'continue' if mark.name == 'else' else 'close'}."
        elif mark.name == "else":
            detail = "A for directive has no else." if name == "for" else "There is an else already."
        else:
            detail = f"The {name} directive is closed by end{name}, not by {mark.name}."
        related = (Related(f"the {name} directive", self.source.span(opener.start, opener.end)),) if opener else ()
        raise ConfigError(
            Diagnostic(
                "CFG103",
                f"Unexpected {mark.name} directive",
                detail,
                span=self.source.span(mark.start, mark.end),
                related=related,
            )
        )

    def _unclosed(self, opener: Part) -> None:
        name = "if" if isinstance(opener, IfStart) else "for"
        raise ConfigError(
            Diagnostic(
                "CFG103",
                "Unexpected end of template",
                f"The {name} directive is never closed: the template ends without its end{name}.",
                span=self.source.span(self.end, self.end),
                related=(Related(f"the {name} directive", self.source.span(opener.start, opener.end)),),
            )
        )
