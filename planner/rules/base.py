"""What a rule is, what it may look at, and what it says."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import ClassVar, NamedTuple

from planner.address import Address
from planner.config.desired import Waiver
from planner.diagnostics import Related, Severity, Span
from planner.documents.plan import FindingEntry
from planner.network.forecast import Forecast
from planner.network.identity import Action, Identity, ObjectKey, Subject
from planner.network.kinds import Kind
from planner.network.names import nearest
from planner.network.world import Instance, Vpc
from planner.network.worlds import Worlds
from planner.remedy import NO_REMEDY, Again, Command, Remedy, Snippet, cl
from planner.rules.address_plan import AddressPlan, AddressPlans
from planner.rules.carriage import Carriage
from planner.rules.labels import Labels
from planner.rules.offered_blocks import Blocks
from planner.steps import Place, Step, StepReason

ERROR, WARNING = Severity.ERROR, Severity.WARNING


class Declaration(NamedTuple):
    """Where an attachment of some instance is declared."""

    address: Address
    vpc_id: str
    place: Place


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a rule may look at beside its step: its provider's world just before it, and as it is after the whole plan.

    `worlds` are what all providers see; `is_default` says that a block need not name this one. `declarations` holds,
    for each instance that is declared more than once, every declaration of it. `managed` gives, when called, where
    links, guest routes and security rules are declared, or in the state; `labels`, what the blocks of remedies can be
    called. `standing` says that nothing is planned: the steps stand for links that are there already.
    """

    provider: str
    worlds: Worlds
    now: Forecast
    end: Forecast
    address_plans: AddressPlans
    carriage: Carriage
    declarations: Mapping[Subject, tuple[Declaration, ...]] = field(default_factory=dict)
    managed: Callable[[], Mapping[ObjectKey, Address]] = dict
    labels: Callable[[], Labels] = Labels
    standing: bool = False
    is_default: bool = True

    def declaration(self, identity: Identity) -> Snippet:
        """A block that declares an object of this provider."""
        return self._blocks().snippet(identity)

    def guest_routes(self, instance_ids: Sequence[str], about: str) -> Snippet:
        """One block that declares the guest routes of many instances of this provider, named by `about`."""
        return self._blocks().guest_routes(instance_ids, about)

    def _blocks(self) -> Blocks:
        return Blocks(self.labels(), self.provider, self.is_default)

    def leave_out(self, step: Step) -> Remedy:
        """How to plan without the step's object, as an addition to other ways; nothing where nothing is planned."""
        if self.standing or step.address is None:
            return NO_REMEDY
        return Remedy.of("\nOr leave it out for now: ", Again(("--exclude", str(step.address))))

    def named_vpc(self, vpc_id: str) -> str:
        """The VPC as `--drain` takes it: with its provider, where several see it."""
        return f"{self.provider}/{vpc_id}" if len(self.worlds.who_sees_vpc(vpc_id)) > 1 else vpc_id

    def advise(self, step: Step) -> Command:
        """The command that shows how else the step's instance can reach its VPC."""
        named = ("--provider", self.provider) if self.worlds.are_several else ()
        return cl("advise", step.instance_id or "", step.vpc_id or "", *named)

    def vpc(self, step: Step) -> Vpc:
        """The step's VPC, for rules with the premise VPC_FOUND."""
        return self.now.world.vpcs[step.vpc_id or ""]

    def address_plan(self, step: Step) -> AddressPlan:
        """The address plan of the step's VPC, for rules with the premise VPC_FOUND."""
        return self.address_plans.of(step.vpc_id or "")

    def instance(self, step: Step) -> Instance:
        """The step's instance, for rules with the premise INSTANCE_FOUND."""
        return self.now.world.instances[step.instance_id or ""]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of a subject: it fails, it cannot be known, or a waiver covers it (`status`).

    A warning about a VPC can concern a thousand attaches. It is one finding then: `step`, `address` and `span` are
    those of the first step, `steps` are all of them in order. An error is reported for each object. `waiver` is
    what covers it where it is waived. `provider` is None where it is about the plan as a whole. `each` is what many
    instances may have in common that have one cause, as it goes on after `each`; empty where none do.
    """

    rule: str
    name: str
    severity: Severity
    message: str
    source: str
    remedy: Remedy
    subject: Mapping[str, str] = field(default_factory=dict)
    address: Address | None = None
    step: int | None = None
    span: Span | None = None
    related: tuple[Related, ...] = ()
    status: str = "fail"
    steps: tuple[int, ...] = ()
    waiver: Waiver | None = None
    provider: str | None = None
    each: str = ""

    @property
    def blocks(self) -> bool:
        """Whether nothing may be applied: an error that stands, or that cannot be ruled out."""
        return self.severity is ERROR and self.status != "waived"

    def again(self, command: Command) -> Finding:
        """The same, with a remedy that repeats `command`."""
        return replace(self, remedy=self.remedy.again(command))

    def placed(self, worlds: Worlds) -> Finding:
        """The same; where there are several providers, its message begins with the one that it is about."""
        if self.provider is None or not worlds.are_several:
            return self
        return replace(self, message=worlds.prefix(self.provider) + self.message)

    def to_json(self) -> FindingEntry:
        """An entry of a plan document's `rules`; only one that is waived has a `waiver`."""
        entry: FindingEntry = {
            "rule": self.rule,
            "name": self.name,
            "status": self.status,
            "severity": self.severity.value,
            "address": str(self.address) if self.address else None,
            "provider": self.provider,
            "subject": dict(self.subject),
            "message": self.message,
            "source": self.source,
            "remedy": self.remedy.text,
            "step": self.step,
            "steps": list(self.steps),
            "range": self.span.to_json() if self.span else None,
            "related": [related.to_json() for related in self.related],
        }
        if self.waiver is not None:
            until = self.waiver.until
            entry["waiver"] = {"reason": self.waiver.reason, "until": until.isoformat() if until else None}
        return {**entry, **self.remedy.to_json()}


class Premise(Enum):
    """What a rule takes for granted; the value is the rule that reports where it does not hold."""

    VPC_FOUND = "CL109"
    VPC_ELIGIBLE = "CL102"
    INSTANCE_FOUND = "CL206"
    INSTANCE_CLASSIC = "CL201"
    GROUPS_FOUND = "CL501"
    GROUPS_ACROSS = "CL502"


VPC_FOUND = frozenset({Premise.VPC_FOUND})
OF_A_CLASS = frozenset({Premise.VPC_FOUND, Premise.VPC_ELIGIBLE})
INSTANCE_FOUND = frozenset({Premise.INSTANCE_FOUND})
INSTANCE_CLASSIC = frozenset({Premise.INSTANCE_FOUND, Premise.INSTANCE_CLASSIC})

KNOWN_BEFORE = frozenset({StepReason.CHANGED_OUTSIDE, StepReason.RESUMED})
"""Why a step is taken about an object that the state knows: its ids were right."""

ENABLING = frozenset({Action.ENABLE, Action.ATTACH})
ATTACHING = frozenset({Action.ATTACH})
ON_A_VPC = frozenset({Action.ENABLE, Action.DISABLE, Action.ATTACH, Action.DETACH})


class Rule(ABC):
    """One precondition. A rule's docstring is its manual page; the class holds facts, `check` asks one question.

    `about` names the ids that make up a finding's subject. Where one of `premises` does not hold the rule stays
    silent, for another rule reports it; where something it `reads` could not be read, its finding is "unknown". With
    `fails_on_a_part`, what was read is enough to break the rule, and only where it does not the finding is "unknown".
    `of_the_link` is false where the rule asks only whether a link can be made or ended at this moment. `of_the_vpc` is
    true where its answer depends on nothing of the step but its action, its VPC and its vSwitches, and not on where the
    step stands in the plan: once a step has passed it, all that are alike in these have. `of_the_kind` is true where it
    depends on the kind of the step's instance as well, and on nothing else: its network type, status, locks, account
    and region. A link that stands and breaks a rule that is an error, or one that is `violated`, is drift.
    """

    id: ClassVar[str]
    name: ClassVar[str]
    level: ClassVar[Severity]
    source: ClassVar[str]
    acts_on: ClassVar[frozenset[Action]]
    about: ClassVar[tuple[str, ...]]
    premises: ClassVar[frozenset[Premise]] = frozenset()
    reads: ClassVar[frozenset[Kind]] = frozenset()
    fails_on_a_part: ClassVar[bool] = False
    waivable: ClassVar[bool] = False
    of_the_link: ClassVar[bool] = True
    of_the_vpc: ClassVar[bool] = False
    of_the_kind: ClassVar[bool] = False
    violated: ClassVar[bool] = False

    @abstractmethod
    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        """Yield a finding for each way in which the step breaks the rule, just where the plan takes it."""

    def holds_at_vpc(self, step: Step, outlook: Outlook) -> bool:
        """Whether nothing but the VPC of a step that keeps the rule is the reason: then all steps to the VPC keep it.

        A rule that is asked of each step can save that where it is about some VPCs only.
        """
        return False

    def fail(
        self,
        step: Step,
        message: str,
        *,
        remedy: Remedy,
        at: str | None = None,
        related: tuple[Related, ...] = (),
        each: str = "",
    ) -> Finding:
        """A finding at the argument `at` of the block that the step comes from."""
        return Finding(
            rule=self.id,
            name=self.name,
            severity=self.level,
            message=message,
            source=self.source,
            remedy=remedy,
            subject={key: value for key in self.about if (value := getattr(step, key)) is not None},
            address=step.address,
            step=step.id,
            span=step.place.at(at) if step.place else None,
            related=related,
            steps=(step.id,),
            provider=step.provider,
            each=each,
        )

    def remedy_of_all(self, findings: Sequence[Finding], outlook: Outlook) -> Remedy | None:
        """One remedy for findings of this rule that say the same of each; None where each needs its own."""
        first = findings[0].remedy
        return first if all(found.remedy == first for found in findings) else None


def seen_elsewhere(providers: Sequence[str]) -> str:
    """A sentence on the providers that see what the step's own one does not; empty where none does."""
    return f" {' and '.join(providers)} {'sees' if len(providers) == 1 else 'see'} it." if providers else ""


def did_you_mean_id(name: str, known: Container[str]) -> str:
    """` Did you mean i-123?` where an id is one slip away from a known one, else nothing."""
    near = nearest(name, known)
    return f" Did you mean {near}?" if near else ""


def other_provider(providers: Sequence[str], address: Address | None) -> Remedy:
    """What to write at an address where another provider sees what it is about; empty where none does."""
    if not providers:
        return NO_REMEDY
    if address is not None and address.module:
        ways = " or ".join(f"providers = {{ {one.partition('.')[0]} = {one} }}" for one in providers)
        return Remedy.of(f"Give {address.module_address} that provider where it is called: {ways}")
    ways = " or ".join(f"provider = {provider}" for provider in providers)
    return Remedy.of(f"Set the provider of {address.resource}: {ways}" if address else f"Set the provider: {ways}")


def listing(ids: Sequence[str], most: int = 5) -> str:
    """`a, b, c` or, where there are more than `most`, `a, b, c and 995 more`."""
    if len(ids) <= most:
        return ", ".join(ids)
    return f"{', '.join(ids[:most])} and {len(ids) - most:,} more"
