"""What a user may ask of a plan, beside the configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field

from planner.address import Address
from planner.config.desired import Limits
from planner.diagnostics import Diagnostic
from planner.documents.plan_head import Mode
from planner.network.identity import Action
from planner.network.world import LINKS_PER_VPC
from planner.plan.changes import Side
from planner.remedy import Command

if TYPE_CHECKING:
    from planner.documents.plan import MadeIn, SecretVariables

TakenOver = Callable[[Sequence[tuple[Address, Side]], Limits], Iterable[Diagnostic]]
"""Says which of these existing objects, each with its address here, another workspace manages."""


def _nothing(_adopted: Sequence[tuple[Address, Side]], _limits: Limits) -> Iterable[Diagnostic]:
    return ()


def _nowhere() -> MadeIn:
    return {"directory": None, "backend": {}, "providers": {}}


class PlanOptions(Struct, frozen=True):
    """What the user asks of a plan.

    `targets`, `excludes` and `replace` are addresses as typed: of a module, a resource or one instance of it, `*` and
    `?` standing for any text. `accept_detach` is the exact number of links that may be lost (CL901). `drain` is the
    VPC to be emptied, `include_unmanaged` whether unmanaged links go too.
    """

    mode: Mode = Mode.NORMAL
    refresh: bool = True
    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    accept_detach: int | None = None
    drain: str | None = None
    include_unmanaged: bool = False

    @property
    def changing(self) -> bool:
        """Whether the cloud is to become what is declared. Otherwise the plan only removes, or only looks."""
        return self.mode is Mode.NORMAL and self.drain is None


class PlanContext(Struct, frozen=True):
    """What a plan depends on beside its options, so that the same input always makes the same document.

    `variables` are kept in the plan, and a hash of the sensitive ones. `quota` is the number of slots of a VPC.
    `command` is the one that asks for the plan, where there is one: remedies add flags to it. `workspace` is the one
    whose state it is, and `made_in` says which state and which clouds that are. `taken_over` is asked where the plan
    adopts something. `by_hand` is what a person does instead of a provider, by the provider's key. `sources` are the
    digests of the configuration's files by their names.
    """

    now: datetime
    plan_id: str
    variables: Mapping[str, object] = field(default_factory=dict)
    quota: int = LINKS_PER_VPC
    command: Command | None = None
    workspace: str = ""
    secret_variables: SecretVariables | None = None
    made_in: MadeIn = field(default_factory=_nowhere)
    taken_over: TakenOver = _nothing
    by_hand: Mapping[str, frozenset[Action]] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
