"""How the simulated cloud words what is wrong with its files: where, what was expected, what was found."""

from __future__ import annotations

from collections.abc import Callable

from planner.diagnostics import Diagnostic, ProviderError, counted
from planner.remedy import Remedy
from planner.schema.phrases import shown

MOST_SHOWN = 100
"""A file that is wrong everywhere is reported by its first problems and a count of the others."""

Check = Callable[[object], str | None]
"""Says what was expected where a value is not it, and None where it is."""


def expected(what: str, value: object) -> str:
    return f"expected {what}, found {shown(value)}"


class Problems:
    """Collects the problems of one file, to report all of them at once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[Diagnostic] = []
        self._untold = 0

    def __len__(self) -> int:
        return len(self._found) + self._untold

    def add(self, code: str, summary: str, path: str, sentence: str, remedy: str) -> None:
        if len(self._found) >= MOST_SHOWN:
            self._untold += 1
            return
        where = f"{self.file}: {path}" if path else self.file
        detail = f"{where}: {sentence}."
        self._found.append(Diagnostic(code, summary, detail, Remedy.of(remedy), files=(self.file,)))

    def raise_if_any(self) -> None:
        """Raises ProviderError where there is at least one problem."""
        if not self._found:
            return
        found = list(self._found)
        if self._untold:
            last = found[-1]
            more = counted(self._untold, "more problem of this file is", "more problems of this file are")
            detail = f"{last.detail} {more} not shown."
            found[-1] = Diagnostic(last.code, last.summary, detail, last.remedy, files=(self.file,))
        raise ProviderError(found)


def is_text(value: object) -> str | None:
    return None if isinstance(value, str) else expected("a string", value)


def is_id(value: object) -> str | None:
    return None if isinstance(value, str) and value else expected("a string that is not empty", value)


def is_flag(value: object) -> str | None:
    return None if isinstance(value, bool) else expected("true or false", value)
