"""Collects findings. Repeated findings about the same subject become one finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from planner.config.desired import Waiver
from planner.diagnostics import Severity
from planner.remedy import NO_REMEDY, Remedy
from planner.rules.base import Finding
from planner.steps import Step
from planner.values import replace


class Findings:
    """The findings in the order in which they were first made.

    Each object that a failed error stops has its own finding. All other findings about the same subject are one.
    """

    def __init__(self) -> None:
        self._first: dict[tuple[object, ...], Finding] = {}
        self._steps: dict[tuple[object, ...], list[int]] = {}

    def add_all(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            key = _key(finding)
            self._first.setdefault(key, finding)
            self._steps.setdefault(key, []).extend(finding.steps)

    def repeat(self, findings: Iterable[Finding], step: Step) -> None:
        """Add this step to findings of an earlier step."""
        for finding in findings:
            self._steps[_key(finding)].append(step.id)

    def failed_rules(self) -> list[str]:
        """The rules that fail, in the order in which they first failed."""
        return list(dict.fromkeys(finding.rule for finding in self._first.values() if finding.status == "fail"))

    def settled(self, waivers: Mapping[str, Waiver], acceptance_of: Mapping[str, Remedy]) -> tuple[Finding, ...]:
        """The findings. A failure is waived if a waiver covers it; an unknown finding cannot be waived.

        The remedy of a failure ends with how to accept its rule, if that is possible.
        """
        return tuple(
            _settled(
                replace(first, steps=tuple(self._steps[key]), step=self._steps[key][0] if self._steps[key] else None),
                waivers.get(first.rule),
                acceptance_of.get(first.rule, NO_REMEDY),
            )
            for key, first in self._first.items()
        )


def is_failed_error(finding: Finding) -> bool:
    """Whether the finding stops its step."""
    return finding.severity is Severity.ERROR and finding.status == "fail"


def _key(finding: Finding) -> tuple[object, ...]:
    return (
        finding.rule,
        finding.address if is_failed_error(finding) else None,
        finding.message,
        *finding.subject.items(),
    )


def _settled(finding: Finding, waiver: Waiver | None, accepted_by: Remedy) -> Finding:
    """The finding with its waiver, or with the way to accept it if there is one."""
    if finding.status != "fail":
        return finding
    if waiver is not None:
        return replace(finding, status="waived", waiver=waiver)
    return replace(finding, remedy=Remedy.of(finding.remedy, " ", accepted_by)) if accepted_by else finding
