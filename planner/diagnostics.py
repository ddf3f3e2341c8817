"""What is reported to a user: places, problems, errors and exit codes.

The error tree. Each error carries one or more diagnostics; only the command line turns them into words::

    ClError
    ├── ConfigError      CFGxxx   the configuration, its variables or an expression
    ├── StateError       STAxxx   the state file, its lock or its journal
    ├── ProviderError    PRVxxx   a provider's settings, or what it could not do
    └── PlanError        CLxxx    a plan that may not be applied
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Self

from msgspec import Struct

from planner.exit_codes import ExitCode
from planner.remedy import NO_REMEDY, Command, Remedy, files_in
from planner.values import replace

if TYPE_CHECKING:
    from planner.entries import DetailKeys, DiagnosticEntry, RangeEntry, RelatedEntry


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


def detail_keys(detail: str, files: Iterable[str] = ()) -> DetailKeys:
    """The keys of a detail that names these files."""
    found = files_in(detail, files)
    return {"detail": detail, "detail_files": found} if found else {"detail": detail}


class Position(Struct, frozen=True, order=True):
    """A place between two characters; line and column count from 1, columns in characters."""

    line: int
    column: int


class Span(Struct, frozen=True, order=True):
    """A stretch of a source file, from `start` up to but not including `end`."""

    filename: str
    start: Position
    end: Position

    def to_json(self) -> RangeEntry:
        return {
            "filename": self.filename,
            "start": {"line": self.start.line, "column": self.start.column},
            "end": {"line": self.end.line, "column": self.end.column},
        }


class Related(Struct, frozen=True):
    """Another place that explains a problem, such as "declared here"."""

    message: str
    span: Span | None

    def to_json(self) -> RelatedEntry:
        return {"message": self.message, "range": self.span.to_json() if self.span else None}


class Diagnostic(Struct, frozen=True):
    """One problem: what (`summary`, always the same words), why (`detail`), what to do (`remedy`), and where.

    `setting` is the argument of a provider's block that the problem is about, for the command line to find its place:
    that of its value, or with `is_about_name` of its name. `files` are the files of the project that `detail` names,
    by their paths from its directory.
    """

    code: str
    summary: str
    detail: str = ""
    remedy: Remedy = NO_REMEDY
    severity: Severity = Severity.ERROR
    address: str | None = None
    span: Span | None = None
    related: tuple[Related, ...] = ()
    setting: str | None = None
    is_about_name: bool = False
    files: tuple[str, ...] = ()

    def again(self, command: Command) -> Diagnostic:
        """The same, with a remedy that repeats `command`."""
        return replace(self, remedy=self.remedy.again(command))

    def to_json(self) -> DiagnosticEntry:
        return {
            "severity": self.severity.value,
            "code": self.code,
            "summary": self.summary,
            **detail_keys(self.detail, self.files),
            **self.remedy.to_json(),
            "address": self.address,
            "range": self.span.to_json() if self.span else None,
            "related": [related.to_json() for related in self.related],
        }


def diagnostics_entries(diagnostics: Iterable[Diagnostic | DiagnosticEntry]) -> list[DiagnosticEntry]:
    """The diagnostics as plain JSON data."""
    return [one.to_json() if isinstance(one, Diagnostic) else one for one in diagnostics]


Report = Callable[[Diagnostic], None]
"""Takes a problem that does not end the work, when it is found."""


def ignore(_problem: Diagnostic) -> None:
    """A `Report` that drops what it gets."""


class ClError(Exception):
    """Something that ends the work, reported as diagnostics; `exit_code` is how the command ends then."""

    exit_code: ClassVar[ExitCode] = ExitCode.ERROR

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = (
            (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        )
        super().__init__("; ".join(f"{d.summary}: {d.detail}" if d.detail else d.summary for d in self.diagnostics))

    def again(self, command: Command) -> Self:
        """The same error, with remedies that repeat `command`."""
        return type(self)(problem.again(command) for problem in self.diagnostics)


class ConfigError(ClError):
    """The configuration, a variable's value or an expression is wrong."""


class StateError(ClError):
    """The state file, its lock or its journal cannot be used."""


class ProviderError(ClError):
    """A provider's settings are wrong, or it could not do what it was asked."""


class PlanError(ClError):
    """A plan that may not be applied."""


def first_of(items: Sequence[str], most: int = 10) -> str:
    """The items in one line; of more than `most`, the first ones and how many more there are."""
    more = [f"and {len(items) - most:,} more"] if len(items) > most else []
    return "; ".join([*items[:most], *more])


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 link`, `2,000 links`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`; empty where there are none."""
    *others, last = [*names] or [""]
    return f"{', '.join(others)} and {last}" if others else last


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean "…"?` for the nearest of `known`, or an empty string."""
    near = nearest_word(word, known)
    return f' Did you mean "{near}"?' if near else ""


def nearest_word(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is most like the word; None if none is."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return near[0] if near else None


def mistyped(unknown: Iterable[str], not_set: Iterable[str]) -> dict[str, str]:
    """What each of the unknown names was probably meant to be: one of those that are not set, each only once.

    A name that is missing because it is mistyped is one problem, not two.
    """
    left = dict.fromkeys(not_set)
    meant: dict[str, str] = {}
    for name in unknown:
        if near := nearest_word(name, left):
            meant[name] = near
            del left[near]
    return meant
