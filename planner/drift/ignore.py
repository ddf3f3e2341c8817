"""`.clignore`: what drift is known and accepted, why, and until when.

A line is a pattern in gitignore's syntax over `type.id` and, where there are several providers, `provider/type.id`;
then `#`, a reason, and if wanted `until` and a date, the last day on which it counts::

    # the old batch farm, one line for each of its instances
    /classiclink_attachment.i-batch-*/vpc-old   # goes away with the farm, until 2027-03-31
    classiclink_vpc.vpc-lab                     # the lab may switch it on and off

What could not be read is never ignored. Patterns without wildcards, such as those of a baseline, are looked up; only
the others are tried one by one. Where a `!` pattern takes back what others ignore, all are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from planner.diagnostics import ConfigError, Diagnostic, Position, Span
from planner.documents.drift import Bucket, DriftDocument
from planner.drift.items import Item
from planner.remedy import Remedy
from planner.values import replace

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_COMMENT = re.compile(r"(?:^|(?<=\s))#")
_UNTIL = re.compile(r"[,;]?\s*\buntil\s+(\S+)\s*$")
_SPECIAL = re.compile(r"([*?\[\]!#\\ ])")
_LITERAL = re.compile(r"/((?:[^*?\[\]!\\]|\\.)*(?:[^*?\[\]!\\/]|\\.))")
_BODY = re.compile(r"(?:\\.|\S|\s+(?=\S))*")
"""A pattern up to the blanks at its end, of which an escaped one is part of it."""


class Ignore(Struct, frozen=True):
    """One line of a `.clignore`."""

    pattern: str
    reason: str
    until: date | None
    span: Span

    def __str__(self) -> str:
        return f"{self.span.filename} line {self.span.start.line} ({self.pattern})"

    @property
    def literal(self) -> str | None:
        """The one path it stands for, and all below it; None where it has wildcards or may match anywhere."""
        found = _LITERAL.fullmatch(self.pattern)
        return re.sub(r"\\(.)", r"\1", found[1]) if found else None


class Ignores(Struct, frozen=True, dict=True):
    """The lines of a `.clignore` that count; the last one that matches decides, and `!` takes back."""

    lines: tuple[Ignore, ...] = ()
    notes: tuple[str, ...] = ()

    def match(self, path: str) -> Ignore | None:
        """The line that ignores this path."""
        return self._looked_up(path) or self._tried(path)

    def taken_back(self, path: str) -> Ignore | None:
        """The `!` line that takes back what another line ignores."""
        if not any(line.pattern.startswith("!") for line in self.lines):
            return None
        found = self._spec.check_file(path)
        if found.include is not False or found.index is None or not self._plain.match_file(path):
            return None
        return self._others[found.index]

    def _looked_up(self, path: str) -> Ignore | None:
        ends = (*(match.start() for match in re.finditer("/", path)), len(path))
        return next((found for end in ends if (found := self._literals.get(path[:end]))), None)

    def _tried(self, path: str) -> Ignore | None:
        if not self._others:
            return None
        found = self._spec.check_file(path)
        return self._others[found.index] if found.include and found.index is not None else None

    @cached_property
    def _literals(self) -> Mapping[str, Ignore]:
        """The lines that can be looked up: none where a line takes back what others ignore, for then order counts."""
        if any(line.pattern.startswith("!") for line in self.lines):
            return {}
        return {line.literal: line for line in self.lines if line.literal is not None}

    @cached_property
    def _others(self) -> Sequence[Ignore]:
        return [line for line in self.lines if not self._literals or line.literal is None]

    @cached_property
    def _spec(self) -> GitIgnoreSpec:
        return _compiled(self._others)

    @cached_property
    def _plain(self) -> GitIgnoreSpec:
        """The lines that take nothing back."""
        return _compiled([line for line in self._others if not line.pattern.startswith("!")])


def read_ignores(text: str, filename: str, today: date) -> Ignores:
    """The ignores of a `.clignore` file, without those past their date, which are noted.

    Raises ConfigError with every line that is wrong.
    """
    lines: list[Ignore] = []
    notes: list[str] = []
    problems: list[Diagnostic] = []
    for number, line in enumerate(text.split("\n"), 1):
        pattern, reason, until = _split(line)
        if not pattern:
            continue
        span = Span(filename, Position(number, 1), Position(number, len(line) + 1))
        try:
            ignore = Ignore(pattern, reason, date.fromisoformat(until) if until else None, span)
        except ValueError:
            problems.append(_no_date(until, _span_of(until or "", line, span)))
            continue
        if ignore.literal is None and not _is_pattern(pattern):
            problems.append(_no_pattern(pattern, span))
        elif ignore.until is not None and ignore.until < today:
            notes.append(f"{ignore} expired on {ignore.until.isoformat()} and no longer ignores anything.")
        else:
            lines.append(ignore)
            if not reason:
                notes.append(f"{ignore} does not say why. Write the reason after it: {pattern}  # why, who agreed")
    if problems:
        raise ConfigError(problems)
    return Ignores(tuple(lines), tuple(notes))


def sort_out(items: Iterable[Item], ignores: Ignores) -> tuple[list[Item], list[Item], tuple[str, ...]]:
    """The items that are not ignored, those that are, and what is to be noted of the ignores."""
    kept: list[Item] = []
    used: set[Ignore] = set()
    ignored: list[Item] = []
    for item in items:
        ignore = None if item.bucket is Bucket.UNKNOWN else _first(ignores.match, item.paths)
        if ignore is None:
            kept.append(item)
            ignore = _first(ignores.taken_back, item.paths)
        else:
            ignored.append(item)
        if ignore is not None:
            used.add(ignore)
    unused = tuple(
        f"{line} is not needed: {_idle(line)}. Remove the line." for line in ignores.lines if line not in used
    )
    return kept, ignored, (*ignores.notes, *unused)


def _first(look_up: Callable[[str], Ignore | None], paths: Iterable[str]) -> Ignore | None:
    return next((found for path in paths if (found := look_up(path))), None)


def _idle(line: Ignore) -> str:
    return (
        "no other line ignores what it includes again"
        if line.pattern.startswith("!")
        else "it matches no drift that other lines do not ignore"
    )


def baseline(document: DriftDocument, until: date, covered: Ignores | None = None) -> tuple[str, ...]:
    """Lines of a `.clignore`, one for each object of a drift document, that end on this day, inclusive.

    What `covered` ignores already has no line.
    """
    buckets: dict[str, list[str]] = {}
    for item in document["items"]:
        path, provider = f"{item['type']}.{item['id']}", item.get("provider")
        paths = [f"{provider}/{path}", path] if provider else [path]
        if item["bucket"] not in (Bucket.UNKNOWN, Bucket.PENDING) and not (covered and _first(covered.match, paths)):
            buckets.setdefault(f"/{_escaped(paths[0])}", []).append(item["bucket"])
    return tuple(
        f"{pattern}  # baseline: {', '.join(dict.fromkeys(found))}, until {until.isoformat()}"
        for pattern, found in buckets.items()
    )


def count_patterns(text: str) -> int:
    """How many lines of a `.clignore` hold a pattern, those past their date included."""
    return sum(bool(_split(line)[0]) for line in text.split("\n"))


def _escaped(text: str) -> str:
    """The text as a pattern that matches only itself; a character that would break a line becomes `?`, for any one."""
    return "".join(_SPECIAL.sub(r"\\\1", char) if char.isprintable() else "?" for char in text)


def _split(line: str) -> tuple[str, str, str | None]:
    """The pattern, the reason and the date of a line, as written."""
    found = _COMMENT.search(line)
    pattern, comment = (line[: found.start()], line[found.end() :]) if found else (line, "")
    until = _UNTIL.search(comment)
    reason = comment[: until.start()] if until else comment
    body = _BODY.match(pattern.lstrip())
    return body[0] if body else "", reason.strip(), until[1] if until else None


def _compiled(lines: Iterable[Ignore]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(line.pattern for line in lines)


def _is_pattern(text: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([text])
    except (
        ValueError,
        re.error,
    ):  # a range the wrong way round, such as [z-a], is an error of the expression it becomes
        return False
    return True


def _no_pattern(pattern: str, span: Span) -> Diagnostic:
    return Diagnostic(
        code="CFG571",
        summary="Pattern cannot be read",
        detail=f"{pattern!r} is not a valid gitignore pattern.",
        remedy=Remedy.of(
            "Write type.id, not an address, with * for any text: classiclink_attachment.i-batch-*/vpc-old  # why"
        ),
        span=span,
    )


def _span_of(date_text: str, line: str, whole: Span) -> Span:
    """The place of the date, which ends its line."""
    column = line.rindex(date_text) + 1
    start, end = replace(whole.start, column=column), replace(whole.end, column=column + len(date_text))
    return replace(whole, start=start, end=end)


def _no_date(text: str | None, span: Span) -> Diagnostic:
    return Diagnostic(
        code="CFG572",
        summary="Date cannot be read",
        detail=f"{text!r} is not a date.",
        remedy=Remedy.of("Write the last day as YYYY-MM-DD: # why, until 2027-03-31"),
        span=span,
    )
