"""The base class of rules, what a rule can read, and its findings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from msgspec import Struct, field

from planner.address import Address
from planner.config.desired import Waiver
from planner.diagnostics import Related, Severity, Span, listed
from planner.network.forecast import Forecast
from planner.network.identity import Action, Identity, ObjectKey, Subject
from planner.network.kinds import Kind
from planner.network.names import nearest
from planner.network.world import Instance, Vpc, World
from planner.network.worlds import Worlds
from planner.remedy import NO_REMEDY, Again, Command, Remedy, Snippet, cl
from planner.rules.address_plan import AddressPlan, AddressPlans
from planner.rules.carriage import Carriage
from planner.rules.labels import Labels
from planner.rules.offered_blocks import Blocks
from planner.steps import Place, Step
from planner.values import replace

if TYPE_CHECKING:
    from planner.documents.plan import FindingEntry
    from planner.documents.waiver import WaiverEntry

ERROR, WARNING = Severity.ERROR, Severity.WARNING

_FLAGS = 5
"""Up to how many objects a command that leaves them out names."""


class Declaration(Struct, frozen=True):
    """The place where an attachment of an instance is declared."""

    address: Address
    vpc_id: str
    place: Place


class Outlook(Struct, frozen=True):
    """What a rule can read besides its step: its provider's world just before the step, and after the whole plan.

    `worlds` has the worlds of all providers. `is_default` says that a block need not name this provider. `declarations`
    has, for each instance that is declared more than once, all its declarations. `managed` is a function that returns
    where links, guest routes and security rules are declared, or in the state. `labels` has the names for blocks in
    remedies, and `remembered` the ids in the state, each with its provider. `standing` says that nothing is planned:
    the steps stand for existing links. Unless they are `planned`, no plan can be repeated without a step.
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
    remembered: Callable[[], Collection[Subject]] = frozenset
    standing: bool = False
    planned: bool = True
    is_default: bool = True

    def was_there(self, object_id: str) -> bool:
        """Whether the state knows a VPC, an instance or a security group with this id: then the id was right."""
        return (self.provider, object_id) in self.remembered()

    def declaration(self, identity: Identity) -> Snippet:
        """A block that declares an object of this provider."""
        return self._blocks().snippet(identity)

    def guest_routes(self, instance_ids: Sequence[str], about: str) -> Snippet:
        """One block that declares the guest routes of many instances of this provider. Its name comes from `about`."""
        return self._blocks().guest_routes(instance_ids, about)

    def _blocks(self) -> Blocks:
        return Blocks(self.labels(), self.provider, self.is_default)

    def leave_out(self, step: Step) -> Remedy:
        """How to plan without the step's object, as an addition to other remedies; empty if nothing is planned."""
        if self.standing or not self.planned or step.address is None:
            return NO_REMEDY
        return Remedy.of("\nOr leave it out for now: ", Again(("--exclude", str(step.address))))

    def leave_out_all(self, findings: Sequence[Finding]) -> Remedy:
        """The same for the objects of these findings; of many, with all that their blocks declare."""
        addresses = list(dict.fromkeys(str(found.address) for found in findings if found.address))
        blocks = list(dict.fromkeys(str(found.address.resource) for found in findings if found.address))
        named, what = (addresses, "them") if len(addresses) <= _FLAGS else (blocks, f"all of {listing(blocks)}")
        if self.standing or not self.planned or not addresses or len(named) > _FLAGS:
            return NO_REMEDY
        flags = tuple(word for each in named for word in ("--exclude", each))
        return Remedy.of(f"\nOr leave {what} out for now: ", Again(flags))

    def named_vpc(self, vpc_id: str) -> str:
        """The VPC in the form that `--drain` takes, with its provider if several see it."""
        return f"{self.provider}/{vpc_id}" if len(self.worlds.who_sees_vpc(vpc_id)) > 1 else vpc_id

    def advise(self, step: Step) -> Command:
        """The command that shows other ways to connect the step's instance to its VPC."""
        named = ("--provider", self.provider) if self.worlds.are_several else ()
        return cl("advise", step.instance_id or "", step.vpc_id or "", *named)

    def vpc(self, step: Step) -> Vpc:
        """The step's VPC, for rules with the premise VPC_FOUND."""
        return self.now.world.vpcs[step.vpc_id or ""]

    def address_plan(self, step: Step) -> AddressPlan:
        """The address plan of the step's VPC, for rules with the premise VPC_FOUND."""
        return self.address_plans.of(step.vpc_id or "")

    def ends_of(self, finding: Finding) -> tuple[Instance, Vpc]:
        """The instance and the VPC of a finding that is about both, and that both were seen for."""
        world = self.now.world
        return world.instances[finding.subject["instance_id"]], world.vpcs[finding.subject["vpc_id"]]

    def instance(self, step: Step) -> Instance:
        """The step's instance, for rules with the premise INSTANCE_FOUND."""
        return self.now.world.instances[step.instance_id or ""]


class Finding(Struct, frozen=True):
    """What a rule says about a subject. `status` says whether it fails, is unknown, or is waived.

    A warning about a VPC can concern a thousand attaches and is still one finding: `step`, `address` and `span` belong
    to the first step, and `steps` has all steps in order. Each object gets its own error. `waiver` is the waiver of a
    waived finding. `provider` is None if the finding is about the plan as a whole. `each` is the text after the word
    `each` in a message about many instances with the same cause; it is empty if they cannot be joined.
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
        """Whether the finding stops the apply: an error that is not waived, or that cannot be ruled out."""
        return self.severity is ERROR and self.status != "waived"

    def again(self, command: Command) -> Finding:
        """A copy whose remedy repeats `command` wherever it says to run the same command again."""
        return replace(self, remedy=self.remedy.again(command))

    def placed(self, worlds: Worlds) -> Finding:
        """A copy; if there are several providers, its message begins with the name of its provider."""
        if self.provider is None or not worlds.are_several:
            return self
        return replace(self, message=worlds.prefix(self.provider) + self.message)

    @property
    def waiver_entry(self) -> WaiverEntry | None:
        """Its waiver, as documents have it."""
        if self.waiver is None:
            return None
        until = self.waiver.until
        return {"reason": self.waiver.reason, "until": until.isoformat() if until else None}

    def to_json(self) -> FindingEntry:
        """An entry of a plan document's `rules`. Only a waived finding has a `waiver`."""
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
        if (waiver := self.waiver_entry) is not None:
            entry["waiver"] = waiver
        return {**entry, **self.remedy.to_json()}


class Premise(Enum):
    """A condition that a rule relies on; the value is the rule that reports if the condition does not hold."""

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

ENABLING = frozenset({Action.ENABLE, Action.ATTACH})
ATTACHING = frozenset({Action.ATTACH})
ON_A_VPC = frozenset({Action.ENABLE, Action.DISABLE, Action.ATTACH, Action.DETACH})


class Rule(ABC):
    """One precondition. The docstring of a rule is its manual page, the class has facts, and `check` asks one question.

    `about` names the ids that identify the subject of a finding. If one of `premises` does not hold, the rule returns
    nothing, because another rule reports it. If something it `reads` could not be read, its finding is "unknown". With
    `fails_on_a_part`, the readable part can be enough to break the rule, and the finding is "unknown" only if it is
    not. `of_the_link` is false if the rule only asks whether a link can be made or ended at this moment. `of_the_vpc`
    is true if the result depends only on the step's action, VPC and vSwitches, and not on its place in the plan: once a
    step has passed, all steps that share these have passed. `of_the_kind` is true if it also depends on the kind of the
    step's instance (its network type, status, locks, account and region), and on nothing else. An existing link is
    drift if it breaks a rule that is an error, or that is `violated`.
    Findings that say the same of several instances are joined; with `joined_by_block`, only those of one block.
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
    joined_by_block: ClassVar[bool] = False

    @abstractmethod
    def check(self, step: Step, outlook: Outlook) -> Iterator[Finding]:
        """Yield a finding for each way in which the step breaks the rule, at its place in the plan."""

    def holds_at_vpc(self, step: Step, outlook: Outlook) -> bool:
        """Whether a step passes only because of its VPC, so that all steps at this VPC pass.

        A rule that concerns only some VPCs can return true for the others, and is then not asked again for each step.
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
        """A finding at the argument `at` of the block that the step belongs to."""
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
        """One remedy for joined findings of this rule; None if each needs its own."""
        first = findings[0].remedy
        return first if all(found.remedy == first for found in findings) else None


def seen_by(world: World, what: str) -> str:
    """A sentence that says that so much, such as `2 VPCs`, is all that the provider sees, and where."""
    whose = f"Account {world.account_id}" if world.account_id else "The provider"
    return f"{whose} sees {what}{f' in {world.region_id}' if world.region_id else ''}."


def seen_elsewhere(providers: Sequence[str]) -> str:
    """A sentence that names the other providers that see the object; empty if there are none."""
    return f" {listed(providers)} {'sees' if len(providers) == 1 else 'see'} it." if providers else ""


def did_you_mean_id(name: str, known: Container[str]) -> str:
    """` Did you mean i-123?` if an id is one typo away from a known id, else an empty text."""
    near = nearest(name, known)
    return f" Did you mean {near}?" if near else ""


def other_provider(providers: Sequence[str], address: Address | None) -> Remedy:
    """What to write at an address if another provider sees the object; empty if there is none."""
    if not providers:
        return NO_REMEDY
    if address is not None and address.module:
        ways = " or ".join(f"providers = {{ {one.partition('.')[0]} = {one} }}" for one in providers)
        return Remedy.of(f"Give {address.module_address} that provider where it is called: {ways}")
    ways = " or ".join(f"provider = {provider}" for provider in providers)
    return Remedy.of(f"Set the provider of {address.resource}: {ways}" if address else f"Set the provider: {ways}")


def listing(ids: Sequence[str], most: int = 5) -> str:
    """`a, b, c`, or `a, b, c and 995 more` if there are more than `most`."""
    if len(ids) <= most:
        return ", ".join(ids)
    return f"{', '.join(ids[:most])} and {len(ids) - most:,} more"
