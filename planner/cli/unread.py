"""What could not be read of the cloud, shown to a user whose command went on without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from planner.diagnostics import Diagnostic, Severity, counted
from planner.network.kinds import Kind
from planner.network.world import Unread
from planner.remedy import Remedy

_NAMED = 5


def unread_warnings(unread: Mapping[str, Iterable[Unread]], remedy: str) -> Iterator[Diagnostic]:
    """A warning for each provider, kind and reason, with the first of its subjects."""
    groups: dict[tuple[str, Kind, str], list[str | None]] = {}
    for provider, gaps in unread.items():
        for one in gaps:
            groups.setdefault((provider, one.kind, one.reason), []).append(one.subject)
    for (provider, kind, reason), subjects in groups.items():
        what = kind.words
        whose = f" of {provider}" if len(unread) > 1 else ""
        detail = f"The {what} of {_named(subjects)}{whose} could not be read: {reason.rstrip('.')}."
        yield Diagnostic("PRV311", "Cloud was not read completely", detail, Remedy.of(remedy), Severity.WARNING)


def _named(subjects: Iterable[str | None]) -> str:
    named = sorted({subject for subject in subjects if subject is not None})
    if len(named) < len(set(subjects)):
        return "the whole account"
    more = f" and {counted(len(named) - _NAMED, 'other')}" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more
