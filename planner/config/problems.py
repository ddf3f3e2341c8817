"""The problems of a run: all of them, none twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from planner.diagnostics import ClError, ConfigError, Diagnostic, Severity
from planner.values import replace


class Abandoned(Exception):
    """Something cannot be evaluated, for a reason that is reported already."""


class Problems:
    """The diagnostics of a run, in the order in which they are found."""

    def __init__(self, found: Iterable[Diagnostic] = ()) -> None:
        self._found: dict[tuple[object, ...], Diagnostic] = {}
        self.extend(found)

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic, unless the same was reported for the same place."""
        self._found.setdefault((diagnostic.code, diagnostic.summary, diagnostic.detail, diagnostic.span), diagnostic)

    def extend(self, diagnostics: Iterable[Diagnostic], address: str | None = None) -> None:
        for diagnostic in diagnostics:
            self.add(replace(diagnostic, address=address) if address and not diagnostic.address else diagnostic)

    def collecting(self, address: object = None) -> Collecting:
        """Catch errors raised inside and keep their diagnostics, with this address where they have none."""
        return Collecting(self, address)

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._found.values())

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Those that fail the run, in source order; diagnostics without a place come first."""
        return _in_order(found for found in self if found.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        return _in_order(found for found in self if found.severity is Severity.WARNING)

    def raise_errors(self) -> None:
        """Raises ConfigError with every problem, warnings after errors, where there is an error."""
        if errors := self.errors:
            raise ConfigError(errors + self.warnings)


class Collecting(Struct):
    """A context for work that may fail. The address is formatted only where a diagnostic needs it."""

    problems: Problems
    address: object

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: object) -> bool:
        if problem is None:
            return False
        if isinstance(problem, ClError):
            self.problems.extend(problem.diagnostics, None if self.address is None else str(self.address))
            return True
        return isinstance(problem, Abandoned)


def _in_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(found, key=lambda diagnostic: (diagnostic.span is not None, diagnostic.span)))
