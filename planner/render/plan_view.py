"""A plan document as people are shown it: the verdict, lines of steps, changes without a step.

Text, markdown and HTML all read this, so that they say the same in the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from planner.network.identity import Action
from planner.render.problems import Problem, plan_problems
from planner.render.terminal import counted, id_ranges, name

Document = Mapping[str, Any]

CREATE, DELETE, MOVE, UPDATE, ADOPT, READDRESS, FORGET, READ = "+", "-", "±", "~", "·", "→", "×", "?"
_REASONS = {
    "not_declared": "no longer declared",
    "attributes_differ": "arguments differ",
    "identity_changed": "stands for something else now",
    "detached_outside": "was detached outside of cl",
    "disabled_outside": "was disabled outside of cl",
    "route_removed_outside": "was removed outside of cl",
    "moved_outside": "was linked elsewhere outside of cl",
    "removed_block": "a removed block says so",
    "replace_asked": "made anew on request",
    "replace_triggered": "made anew by replace_triggered_by",
}
_DELETING = frozenset({Action.DISABLE, Action.DETACH, Action.REMOVE_GUEST_ROUTE})


@dataclass(frozen=True, slots=True)
class StepLine:
    """One line of a plan: a step, or many equal ones."""

    ids: str
    count: int
    symbol: str
    label: str
    what: str
    waits: str
    repeated: bool = False
    """Whether the line before is about the same address: a move's second half."""

    @property
    def times(self) -> str:
        """`1,000 × `, or nothing for a single step."""
        return f"{self.count:,} × " if self.count > 1 else ""


@dataclass(frozen=True, slots=True)
class QuietLine:
    """One or many changes that need no step: adopted, re-addressed, forgotten, arguments that only we keep."""

    count: int
    symbol: str
    label: str
    what: str

    @property
    def times(self) -> str:
        """`1,000 × `, or nothing for a single change."""
        return f"{self.count:,} × " if self.count > 1 else ""


class PlanView:
    """What is shown of one plan document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.summary: Mapping[str, int] = document["summary"]
        self.steps: Sequence[Document] = document["steps"]
        self.changes: Sequence[Document] = document["resource_changes"]

    @cached_property
    def problems(self) -> list[Problem]:
        return plan_problems(self.document)

    @cached_property
    def by_address(self) -> Mapping[str, Document]:
        return {change["address"]: change for change in self.changes}

    @property
    def errors(self) -> int:
        return sum(problem.counts_as_error for problem in self.problems)

    @property
    def verdict(self) -> str:
        """The first line: what this plan comes to."""
        if self.document["errored"]:
            return f"Plan failed: {counted(self.errors, 'error')}. Nothing will be applied.{self._gaps()}"
        if not self.document["applicable"]:
            return self._nothing_to_do() + self._gaps()
        counts = self._counts()
        if self.document["mode"] == "refresh-only":
            drifted = counted(len(self.document["resource_drift"]), "object")
            return f"Plan: {drifted} changed outside of cl. Only the state changes.{self._gaps()}"
        if not counts:
            return f"Plan: no step is needed, only what the state remembers changes.{self._gaps()}"
        if not self.steps:
            return f"Plan: {', '.join(counts)}. No step is needed: only the state changes.{self._gaps()}"
        steps = counted(len(self.steps), "step")
        return f"{self._aim()}: {', '.join(counts)}. {steps}; {self._legality()}{self._gaps()}"

    def _aim(self) -> str:
        if self.document.get("drain"):
            return f"Plan to drain {name(self.document['drain'])}"
        return "Plan to destroy everything" if self.document["mode"] == "destroy" else "Plan"

    def _gaps(self) -> str:
        return "" if self.document.get("complete", True) else " Incomplete: not everything could be read."

    def _legality(self) -> str:
        if any(step["needs"] for step in self.steps):
            return "every order that keeps the waits is legal."
        return "every order of them is legal." if len(self.steps) > 1 else "it waits for nothing."

    def _nothing_to_do(self) -> str:
        if self.document["mode"] == "destroy":
            return "No changes. Nothing is managed, so there is nothing to destroy."
        if self.document["mode"] == "refresh-only":
            return "No changes. The state says what the cloud has."
        managed = counted(self.summary.get("unchanged", 0), "object")
        return f"No changes. The cloud has what the configuration declares ({managed} looked at)."

    def _counts(self) -> list[str]:
        words = [
            ("add", "to add"),
            ("change", "to change"),
            ("move", "to move"),
            ("import", "adopted"),
            ("readdress", "re-addressed"),
            ("forget", "to forget"),
            ("destroy", "to destroy"),
        ]
        told = [(key, f"{self.summary.get(key, 0):,} {word}") for key, word in words]
        if not any(self.summary.get(key, 0) for key, _ in told):
            return []
        return [text for key, text in told if self.summary.get(key, 0) or key in ("add", "destroy")]

    def step_lines(self, limit: int) -> list[StepLine]:
        """The steps in order, on at most about `limit` lines: the finest grouping that fits."""
        keys: list[Callable[[Document], Hashable]] = [
            lambda step: step["id"],
            lambda step: (step["action"], self._symbol(step), step.get("vpc_id"), self.resource_of(step["address"])),
            lambda step: (step["action"], self._symbol(step), step.get("vpc_id")),
            lambda step: (step["action"], self._symbol(step)),
        ]
        groups: list[list[Document]] = []
        for key in keys:
            groups = _grouped(self.steps, key)
            if len(groups) <= limit:
                break
        lines: list[StepLine] = []
        before: str | None = None
        for group in groups:
            lines.append(self._step_line(group, before))
            before = group[0]["address"] if len(group) == 1 else None
        return lines

    def _step_line(self, group: Sequence[Document], address_before: str | None) -> StepLine:
        first = group[0]
        alone = len(group) == 1
        repeated = alone and first["address"] is not None and first["address"] == address_before
        why = "" if repeated else self._why(group)
        return StepLine(
            ids=id_ranges(step["id"] for step in group),
            count=len(group),
            symbol=self._symbol(first),
            label=(first["address"] or "(not declared)") if alone else self._label(step["address"] for step in group),
            what=self.what(first) if alone else _what_many(group),
            waits="; ".join(filter(None, (why, _waits(group)))),
            repeated=repeated,
        )

    def _why(self, group: Sequence[Document]) -> str:
        """Why these steps are in the plan, where they do not say it by themselves."""
        changes = [self.by_address.get(step["address"]) for step in group]
        reasons = {change["action_reason"] if change else None for change in changes}
        return _REASONS.get(reasons.pop() or "", "") if len(reasons) == 1 else ""

    def _symbol(self, step: Document) -> str:
        change = self.by_address.get(step["address"])
        if change and len(change["change"]["actions"]) == 2:
            return MOVE
        return DELETE if step["action"] in _DELETING else CREATE

    def resource_of(self, address: str | None) -> str:
        """The address without its last key."""
        change = self.by_address.get(address or "")
        if change is None:
            return address or ""
        module = change.get("module_address")
        return f"{module + '.' if module else ''}{change['type']}.{change['name']}"

    def _label(self, addresses: Iterable[str | None]) -> str:
        """One name for many addresses: `classiclink_attachment.fleet[…]`."""
        resources = list(dict.fromkeys(self.resource_of(address) for address in addresses))
        if len(resources) == 1:
            return f"{resources[0]}[…]"
        types = list(dict.fromkeys(resource.rpartition(".")[0].rpartition(".")[2] for resource in resources))
        return f"{types[0]}.…" if len(types) == 1 else "…"

    def what(self, step: Document) -> str:
        """What one step does, in words."""
        change = self.by_address.get(step["address"], {}).get("change", {})
        facts = {**(change.get("before") or {}), **(change.get("after") or {})}
        instance, vpc = step.get("instance_id"), step.get("vpc_id")
        match step["action"]:
            case Action.ENABLE:
                return f"enable ClassicLink on {vpc}{_aside(facts.get('cidr_block'))}"
            case Action.DISABLE:
                return f"disable ClassicLink on {vpc}{_aside(facts.get('cidr_block'))}"
            case Action.ATTACH:
                return f"attach {instance}{_aside(facts.get('private_ip'))} to {vpc}"
            case Action.DETACH:
                return f"detach {instance}{_aside(facts.get('private_ip'))} from {vpc}"
            case Action.ADD_GUEST_ROUTE:
                return f"add the route to {step.get('destination_cidr_block', 'the VPC')} inside {instance}"
            case _:
                return f"remove the route to {step.get('destination_cidr_block', 'the VPC')} inside {instance}"

    def quiet_lines(self, limit: int) -> list[QuietLine]:
        """The changes that no step is needed for, on at most about `limit` lines."""
        stepped = {step["address"] for step in self.steps}
        quiet = [change for change in self.changes if change["address"] not in stepped and _quiet_kind(change)]
        groups: list[list[Document]] = []
        keys: list[Callable[[Document], Hashable]] = [
            lambda change: change["address"],
            lambda change: (_quiet_kind(change), self.resource_of(change["address"])),
            _quiet_kind,
        ]
        for key in keys:
            groups = _grouped(quiet, key)
            if len(groups) <= limit:
                break
        return [self._quiet_line(group) for group in groups]

    def _quiet_line(self, group: Sequence[Document]) -> QuietLine:
        first = group[0]
        symbol = _quiet_kind(first)
        if len(group) == 1:
            return QuietLine(1, symbol, first["address"], _quiet_words(first, symbol))
        return QuietLine(
            len(group), symbol, self._label(change["address"] for change in group), _QUIET_MANY.get(symbol, "")
        )

    @property
    def destroyed(self) -> list[str]:
        """The addresses whose objects go for good, in order."""
        return [change["address"] for change in self.changes if change["change"]["actions"] == ["delete"]]

    def groups(self, addresses: Iterable[str]) -> list[tuple[str, list[str]]]:
        """Addresses by the resource they belong to."""
        found: dict[str, list[str]] = {}
        for address in addresses:
            found.setdefault(self.resource_of(address), []).append(address)
        return list(found.items())


def _quiet_kind(change: Document) -> str:
    """The symbol of a change that needs no step; empty for one that is not worth a line."""
    actions = change["change"]["actions"]
    if change["change"].get("importing"):
        return ADOPT
    if change.get("previous_address"):
        return READDRESS
    return {"forget": FORGET, "update": UPDATE, "read": READ, "create": CREATE, "delete": DELETE}.get(actions[0], "")


_QUIET_MANY = {
    ADOPT: "exist already, adopted into the state",
    READDRESS: "declared at another address, re-addressed in the state",
    FORGET: "forgotten; they stay in the cloud",
    UPDATE: "change arguments that only the state keeps",
    READ: "read from the cloud",
    CREATE: "recorded in the state",
    DELETE: "gone from the cloud, dropped from the state",
}


def _quiet_words(change: Document, symbol: str) -> str:
    if symbol == ADOPT:
        return f"exists already ({change['change']['importing']['id']}), adopted into the state"
    if symbol == READDRESS:
        return f"was {change['previous_address']}; re-addressed in the state, nothing is done to the cloud"
    if symbol == UPDATE:
        return "; ".join(diff_words(change))
    return {
        FORGET: "forgotten; it stays in the cloud",
        READ: "read from the cloud",
        CREATE: "recorded in the state",
        DELETE: "gone from the cloud, dropped from the state",
    }[symbol]


def diff_words(change: Document) -> list[str]:
    """The changed arguments only: `vswitch_ids: ["vsw-1"] → ["vsw-2"]`."""
    from planner.render.values import value_text

    return [
        f"{_path(one['path'])}: {value_text(one.get('before'))} → {value_text(one.get('after'))}"
        for one in change["change"].get("diff") or ()
    ]


def _path(path: Any) -> str:
    return path if isinstance(path, str) else ".".join(str(part) for part in path)


def _aside(fact: Any) -> str:
    return f" ({fact})" if fact else ""


def _what_many(group: Sequence[Document]) -> str:
    vpcs = list(dict.fromkeys(step.get("vpc_id") for step in group))
    instances = _first_to_last([step.get("instance_id") for step in group])
    vpc = vpcs[0] if len(vpcs) == 1 else f"{len(vpcs):,} VPCs"
    return {
        Action.ENABLE: f"enable ClassicLink on {vpc} ({_first_to_last(vpcs)})",
        Action.DISABLE: f"disable ClassicLink on {vpc} ({_first_to_last(vpcs)})",
        Action.ATTACH: f"attach {len(group):,} instances to {vpc} ({instances})",
        Action.DETACH: f"detach {len(group):,} instances from {vpc} ({instances})",
        Action.ADD_GUEST_ROUTE: f"add a route inside {len(group):,} instances ({instances})",
        Action.REMOVE_GUEST_ROUTE: f"remove a route inside {len(group):,} instances ({instances})",
    }[Action(group[0]["action"])]


def _first_to_last(names: Sequence[str | None]) -> str:
    return f"{names[0]} … {names[-1]}"


def _waits(group: Sequence[Document]) -> str:
    """What a line waits for, and where its slots come from."""
    slots = [step["slot"] for step in group if step.get("slot")]
    freeing = {slot["step"] for slot in slots if slot["from"] == "step"}
    needs = [set(step["needs"]) - freeing for step in group]
    parked = sum(bool(step.get("parked")) for step in group)
    common = set.intersection(*needs)
    own = set().union(*needs) - common
    parts = [f"after {id_ranges(common)}"] if common else []
    if own:
        parts.append(f"each after its own of {id_ranges(own)}")
    if parked:
        parts.append("parked until its slot is free" if len(group) == 1 else f"{parked:,} parked until a slot is free")
    return "; ".join([*parts, *_slot_words(len(group), slots, freeing)])


def _slot_words(count: int, slots: Sequence[Document], freeing: set[int]) -> list[str]:
    if not slots:
        return []
    if not freeing:
        return ["slot free" if count == 1 else "slots free"]
    if count == 1:
        return [f"takes the slot that {id_ranges(freeing)} frees"]
    free = len(slots) - len(freeing)
    return [*([f"{free:,} slots free"] if free else []), f"{len(freeing):,} slots freed by {id_ranges(freeing)}"]


def _grouped(items: Iterable[Document], key: Callable[[Document], Hashable]) -> list[list[Document]]:
    groups: dict[Hashable, list[Document]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())
