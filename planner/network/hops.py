"""A hop of a trace: one thing on the way that decides, how, why, and where that is written."""

from __future__ import annotations

from enum import StrEnum
from typing import NotRequired, TypedDict

from msgspec import Struct

from planner.network.filtering import Basis, Ruling, Verdict
from planner.network.security_groups import SecurityRule
from planner.network.traffic import Span, joined

NOT_SEEN = "what the provider could read"


class Decision(StrEnum):
    """What a hop did with the traffic."""

    PASS = "pass"  # noqa: S105 - no password
    BLOCK = "block"
    UNKNOWN = "unknown"


class RuleEntry(TypedDict):
    """A rule of a security group, in a document: the keys of the world file, without those that it has no value for."""

    security_group_id: str
    rule_id: NotRequired[str]
    source_security_group_id: NotRequired[str]
    source_cidr_block: NotRequired[str]
    ip_protocol: str
    port_range: str
    policy: str
    priority: int
    description: NotRequired[str]


class RulingEntry(TypedDict):
    """What becomes of a range of ports at a security group, in a document.

    `basis` says what decides: `rule`, `members` of one basic group, `no_rule`, or `unknown` groups.
    """

    ip_protocol: str
    port_range: str
    decision: str
    basis: str
    rule: NotRequired[RuleEntry]


class HopEntry(TypedDict):
    """A hop, in a document. Where security groups decide, `rulings` has all the traffic that was asked about, and
    `rule` the rule, where one decides all of it."""

    at: str
    decision: str
    reason: str
    source: str
    rule: NotRequired[RuleEntry]
    rulings: NotRequired[list[RulingEntry]]


class Hop(Struct, frozen=True):
    """One thing on the way that decides: where, how, why, and the source of that rule.

    `rulings` is what security groups decide of the traffic that was asked about.
    """

    at: str
    decision: Decision
    reason: str
    source: str
    rulings: tuple[Ruling, ...] = ()

    def to_json(self) -> HopEntry:
        entry: HopEntry = {
            "at": self.at,
            "decision": self.decision.value,
            "reason": self.reason,
            "source": self.source,
        }
        if not self.rulings:
            return entry
        verdicts = {ruling.verdict for ruling in self.rulings}
        (only,) = verdicts if len(verdicts) == 1 else (None,)
        if only is not None and only.rule is not None:
            entry["rule"] = rule_entry(only.group_id or "", only.rule)
        entry["rulings"] = [_ruling_entry(span, verdict) for span, verdict in _by_verdict(self.rulings)]
        return entry


def passed(at: str, reason: str, source: str) -> Hop:
    return Hop(at, Decision.PASS, reason, source)


def blocked(at: str, reason: str, source: str) -> Hop:
    return Hop(at, Decision.BLOCK, reason, source)


def unknown(at: str, reason: str, source: str = NOT_SEEN) -> Hop:
    return Hop(at, Decision.UNKNOWN, reason, source)


def rule_entry(group_id: str, rule: SecurityRule) -> RuleEntry:
    entry: RuleEntry = {
        "security_group_id": group_id,
        "ip_protocol": rule.ip_protocol,
        "port_range": rule.port_range,
        "policy": rule.policy,
        "priority": rule.priority,
    }
    if rule.rule_id:
        entry["rule_id"] = rule.rule_id
    if rule.source_security_group_id is not None:
        entry["source_security_group_id"] = rule.source_security_group_id
    if rule.source_cidr_block is not None:
        entry["source_cidr_block"] = rule.source_cidr_block
    if rule.description:
        entry["description"] = rule.description
    return entry


def _by_verdict(rulings: tuple[Ruling, ...]) -> list[tuple[Span, Verdict]]:
    """The rulings with neighbouring ports of one verdict joined, in the order of protocols and ports."""
    found: list[tuple[Span, Verdict]] = []
    for ruling in rulings:
        if found and found[-1][1] == ruling.verdict and len(both := joined((found[-1][0], ruling.span))) == 1:
            found[-1] = (both[0], ruling.verdict)
        else:
            found.append((ruling.span, ruling.verdict))
    return found


def _ruling_entry(span: Span, verdict: Verdict) -> RulingEntry:
    decision = {True: Decision.PASS, False: Decision.BLOCK, None: Decision.UNKNOWN}[verdict.accepted]
    entry: RulingEntry = {
        "ip_protocol": span.protocol,
        "port_range": span.port_range,
        "decision": decision.value,
        "basis": verdict.basis.value,
    }
    if verdict.basis is Basis.RULE and verdict.rule is not None:
        entry["rule"] = rule_entry(verdict.group_id or "", verdict.rule)
    return entry
