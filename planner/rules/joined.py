"""Joins findings of one rule with the same cause into one message with one remedy."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from planner.network.worlds import Worlds
from planner.remedy import Command, Remedy
from planner.rules.base import Finding, Outlook, Rule, listing
from planner.values import replace

if TYPE_CHECKING:
    from planner.documents.plan import FindingGroup

_NAMED = 3
"""How many of the instances are named."""


class Joined(Struct, frozen=True):
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


class Remedies(Struct, frozen=True):
    """The remedies for several findings that say the same of each, by the rules that made them."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    outlooks: Mapping[str, Outlook] = field(default_factory=dict)

    def of_all(self, findings: Sequence[Finding]) -> Remedy | None:
        """The one for all of these; None where each needs its own."""
        return self.rules[findings[0].rule].remedy_of_all(findings, self.outlooks[findings[0].provider or ""])


def join_findings(findings: Sequence[Finding], remedies: Remedies, worlds: Worlds) -> Iterator[Joined]:
    """Join findings that say the same about several instances, if one remedy fits all of them."""
    for places in _by_cause(findings, remedies.rules).values():
        found = [findings[place] for place in places]
        provider = found[0].provider or ""
        instances = list(dict.fromkeys(one.subject["instance_id"] for one in found))
        remedy = remedies.of_all(found) if len(instances) > 1 else None
        if remedy is not None:
            prefix = worlds.prefix(provider) if worlds.are_several else ""
            message = f"{prefix}{len(instances):,} instances ({listing(instances, _NAMED)}): each {found[0].each}"
            yield Joined(tuple(places), message, remedy)


def _by_cause(findings: Sequence[Finding], rules: Mapping[str, Rule]) -> dict[tuple[Hashable, ...], list[int]]:
    causes: dict[tuple[Hashable, ...], list[int]] = {}
    for place, found in enumerate(findings):
        if found.each and "instance_id" in found.subject:
            block = found.address.resource if found.address and rules[found.rule].joined_by_block else None
            causes.setdefault((found.rule, found.status, found.provider, found.each, block), []).append(place)
    return causes
