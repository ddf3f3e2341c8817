"""What a rule is, and what it says."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from planner.address import Address
from planner.diagnostics import Related, Severity, Span
from planner.network.forecast import Forecast
from planner.network.identity import Action
from planner.steps import Place, Step


@dataclass(frozen=True, slots=True)
class Declaration:
    """Where an attachment of some instance is declared."""

    address: Address
    vpc_id: str
    place: Place


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a rule may look at beside its step: the world just before it, and as it is after the whole plan.

    `declarations` holds, for each instance that is declared more than once, every declaration of it.
    """

    now: Forecast
    end: Forecast
    declarations: Mapping[str, tuple[Declaration, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of one step: it fails, or it cannot be known. `waived` is set where a waiver covers it."""

    rule: str
    name: str
    severity: Severity
    message: str
    source: str
    remedy: str
    subject: Mapping[str, str] = field(default_factory=dict)
    address: Address | None = None
    step: int | None = None
    span: Span | None = None
    related: tuple[Related, ...] = ()
    status: str = "fail"


class Rule(ABC):
    """One precondition. A rule's docstring is its manual page; the class holds facts, `check` asks one question."""

    id: ClassVar[str]
    name: ClassVar[str]
    level: ClassVar[Severity]
    source: ClassVar[str]
    waivable: ClassVar[bool] = False
    acts_on: ClassVar[frozenset[Action]]

    @abstractmethod
    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        """Yield a finding for each way in which the step breaks the rule, just where the plan takes it."""
