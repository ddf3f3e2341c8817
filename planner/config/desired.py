"""What a configuration desires: objects by identity, each with the place where it is declared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Literal

from msgspec import Struct, field

from planner.address import Address
from planner.diagnostics import Diagnostic, Span
from planner.hcl.cty.values import Value
from planner.network.identity import Identity
from planner.steps import Place


class ProviderConfig(Struct, frozen=True):
    """A `provider` block: its name and alias, its settings as plain Python, and where it is declared."""

    name: str
    alias: str | None
    settings: Mapping[str, object]
    place: Place

    @property
    def key(self) -> str:
        """`mock`, or `mock.west` with an alias: what resources, the state and steps call it."""
        return self.name if self.alias is None else f"{self.name}.{self.alias}"


class Waiver(Struct, frozen=True):
    """A written exception from a rule, with a reason and an end.

    Not all of it is `known` if a variable without a value gives some of it, while the configuration is only checked.
    """

    rule: str
    reason: str
    until: date | None
    span: Span
    known: bool = True


class Limits(Struct, frozen=True):
    """`cl { limits { … } }`."""

    adopt: bool = True
    max_detach_percent: int = 30
    min_links: int = 10
    max_unavailable: int | None = None
    waivers: tuple[Waiver, ...] = ()
    span: Span | None = None


class DesiredObject(Struct, frozen=True, gc=False):
    """One instance of a resource block.

    `attributes` holds every argument and computed attribute of the type; what cannot be known before the step is
    done is UNKNOWN. `depends_on` are the addresses of the
    resources that this one refers to, by expression or by `depends_on`, directly or through locals and modules. An
    address without a key stands for every instance of that resource, as in `replace_triggered_by`: ten thousand links
    that refer to ten thousand routes name one address each.
    """

    address: Address
    identity: Identity
    attributes: Mapping[str, object]
    provider: str
    place: Place
    depends_on: tuple[Address, ...] = ()
    prevent_destroy: bool = False
    ignore_changes: frozenset[str] = frozenset()
    replace_triggered_by: tuple[Address, ...] = ()

    sensitive: ClassVar[frozenset[str]] = frozenset()
    """No attribute of a desired object is hidden: sensitive values in them are refused."""

    @property
    def vswitch_ids(self) -> tuple[str, ...]:
        found = self.attributes.get("vswitch_ids")
        return tuple(found) if isinstance(found, list | tuple) else ()


class Output(Struct, frozen=True):
    """An output of the root module. `depends_on` are the resources behind its value, as those of an object are."""

    value: Value
    sensitive: bool = False
    span: Span | None = None
    depends_on: tuple[Address, ...] = ()


class Moved(Struct, frozen=True):
    """`moved { from to }`: a module, a resource or one instance of it, renamed. Addresses as written."""

    origin: str
    target: str
    span: Span


class Import(Struct, frozen=True):
    """`import { to id }`: this object exists already and shall be managed at `to`."""

    to: Address
    id: str
    span: Span


class Removed(Struct, frozen=True):
    """`removed { from lifecycle { destroy } }`: no longer declared; `destroy = false` only forgets it."""

    origin: str
    destroy: bool
    span: Span


class DeferredRead(Struct, frozen=True):
    """A data source that is read after the last step, because what it looks at is not there before.

    `waits_for` is an object that the plan changes and that the data source depends on; None if an argument is not
    known yet. `arguments` are those of its block.
    """

    address: Address
    provider: str
    arguments: Mapping[str, Value]
    span: Span
    waits_for: Address | None = None


class LeftOut(Struct, frozen=True):
    """A module, a resource or one instance of it that cannot be evaluated, because what it needs could not be read.

    `waits_for` are the data sources that it needs and that are read after the last step, where that is the reason.
    """

    address: str
    reason: str
    span: Span
    waits_for: tuple[DeferredRead, ...] = ()


CheckStatus = Literal["pass", "fail", "error", "unknown"]
"""The outcome of a condition: `error` where it could not be evaluated, `unknown` where its value is not known yet."""


class CheckResult(Struct, frozen=True):
    """A `check` block or a custom condition, evaluated."""

    address: str
    kind: str
    status: CheckStatus
    messages: tuple[str, ...] = ()


class Desired(Struct, frozen=True):
    """Everything that a configuration declares, evaluated.

    `left_out` is what could not be evaluated because of what is unread: nothing of it is in `objects`, and what the
    state has of it stays. `providers` are the keys of its provider blocks, `warnings` diagnostics that do not stop a
    plan. `deferred` are the data sources that are not read yet. `data_read` holds, for each provider that data is read
    from, the addresses of the resources and modules that need it, without their own keys.
    """

    objects: tuple[DesiredObject, ...] = ()
    outputs: Mapping[str, Output] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    moved: tuple[Moved, ...] = ()
    imports: tuple[Import, ...] = ()
    removed: tuple[Removed, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    data_read: Mapping[str, frozenset[str]] = field(default_factory=dict)
    providers: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    deferred: tuple[DeferredRead, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()
