"""Joins findings of one rule with the same cause into one message with one remedy."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from planner.documents.plan import FindingGroup
from planner.network.worlds import Worlds
from planner.remedy import Command, Remedy
from planner.rules.base import Finding, Outlook, Rule, listing

_NAMED = 3
"""How many of the instances are named."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Findings with the same cause, by their indexes among all findings, with one message and one remedy."""

    places: tuple[int, ...]
    message: str
    remedy: Remedy

    def again(self, command: Command) -> Joined:
        """A copy whose remedy repeats `command` wherever it says to run the same command again."""
        return replace(self, remedy=self.remedy.again(command))

    def to_json(self) -> FindingGroup:
        """An entry of a plan document's `rule_groups`."""
        return {"rules": list(self.places), "message": self.message, **self.remedy.to_json()}


def join_findings(
    findings: Sequence[Finding], rules: Sequence[Rule], outlooks: Mapping[str, Outlook], worlds: Worlds
) -> Iterator[Joined]:
    """Join findings that say the same about several instances, if one remedy fits all of them."""
    by_id = {rule.id: rule for rule in rules}
    for (rule, *_), places in _by_cause(findings).items():
        found = [findings[place] for place in places]
        provider = found[0].provider or ""
        remedy = by_id[str(rule)].remedy_of_all(found, outlooks[provider]) if len(found) > 1 else None
        if remedy is not None:
            prefix = worlds.prefix(provider) if worlds.are_several else ""
            named = listing([one.subject["instance_id"] for one in found], _NAMED)
            message = f"{prefix}{len(found):,} instances ({named}): each {found[0].each}"
            yield Joined(tuple(places), message, remedy)


def _by_cause(findings: Sequence[Finding]) -> dict[tuple[Hashable, ...], list[int]]:
    causes: dict[tuple[Hashable, ...], list[int]] = {}
    for place, found in enumerate(findings):
        if found.each and "instance_id" in found.subject:
            causes.setdefault((found.rule, found.status, found.provider, found.each), []).append(place)
    return causes
