"""A plan document as people are shown it: the verdict, lines of steps, changes without a step.

Text, markdown and HTML all read this, so that they say the same in the same words.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from planner.documents.plan_facts import has_several_providers
from planner.network.identity import ATTACHMENT, IDENTITY_ARGUMENTS, SECURITY_RULE, Action
from planner.network.kinds import Kind
from planner.render.problems import ERROR, FAIL, Problem, plan_problems
from planner.render.terminal import id_ranges, name
from planner.render.words import (
    ADOPT,
    CREATE,
    DELETE,
    FORGET,
    MOVE,
    QUIET_MANY,
    READ,
    READDRESS,
    REASONS,
    UPDATE,
    calls_words,
    diff_words,
    quiet_words,
    step_words,
    wait_words,
)

if TYPE_CHECKING:
    from planner.documents.plan import ObjectAttributes, PlanDocument, ResourceChange, StepEntry

_Entry = TypeVar("_Entry")
_OF_A_RULE = tuple(f"{name}:" for name in (*IDENTITY_ARGUMENTS[SECURITY_RULE], "security_group_rule_id"))
_SHOWN_BY_STEPS = ("vpc_id:", "instance_id:", "region_id:", "account_id:", "private_ip:", "cidr_block:", *_OF_A_RULE)
_NAMED = 5
"""How many of what could not be read are named for one reason."""
EVERYTHING = 10**9
"""As many lines as there are: nothing is folded then."""
_DELETING = frozenset({Action.DISABLE, Action.DETACH, Action.REMOVE_GUEST_ROUTE, Action.REVOKE_SECURITY_RULE})


class StepLine(Struct, frozen=True):
    """One line of a plan: a step, or many equal ones."""

    ids: str
    count: int
    symbol: str
    label: str
    what: str
    waits: str
    repeated: bool = False
    """Whether the line before is about the same address: a move's second half."""
    arguments: tuple[str, ...] = ()
    """The changed arguments that the step's own words do not tell."""
    failing: str = ""
    """The rules that forbid it: `✗ CL103`, and of many steps how many: `✗ 12 × CL103`."""

    @property
    def times(self) -> str:
        """`1,000 × `, or nothing for a single step."""
        return f"{self.count:,} × " if self.count > 1 else ""


class QuietLine(Struct, frozen=True):
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

    def __init__(self, document: PlanDocument) -> None:
        self.document = document
        self.summary = document["summary"]
        self.steps: Sequence[StepEntry] = document["steps"]
        self.changes: Sequence[ResourceChange] = document["resource_changes"]

    @cached_property
    def problems(self) -> list[Problem]:
        return plan_problems(self.document)

    @cached_property
    def by_address(self) -> Mapping[str, ResourceChange]:
        return {change["address"]: change for change in self.changes}

    @cached_property
    def by_id(self) -> Mapping[int, StepEntry]:
        return {step["id"]: step for step in self.steps}

    @cached_property
    def failing(self) -> Mapping[int, Sequence[str]]:
        """The rules that fail, as errors, for each step."""
        found: dict[int, dict[str, None]] = {}
        for rule in self.document.get("rules") or ():
            if rule["status"] == FAIL and rule["severity"] == ERROR:
                for step in rule.get("steps") or filter(None, (rule.get("step"),)):
                    found.setdefault(step, {})[rule["rule"]] = None
        return {step: sorted(codes) for step, codes in found.items()}

    def unread_lines(self, limit: int) -> list[str]:
        """What could not be read and why, equal reasons together, on at most about `limit` lines; ready to be shown."""
        groups: dict[tuple[str, str], dict[str, list[str]]] = {}
        several = has_several_providers(self.document["proof"])
        for unread in self.document.get("unread") or ():
            by = f" of {unread['provider']}" if several and "provider" in unread else ""
            kinds = groups.setdefault((by, unread["reason"]), {})
            kinds.setdefault(Kind(unread["kind"]).words, []).append(unread["subject"] or "")
        lines = [
            f"Unread  {name(', '.join(kind + _of(subjects) for kind, subjects in kinds.items()) + by, 400)}: "
            f"{name(reason, 400)}"
            for (by, reason), kinds in groups.items()
        ]
        return [*lines[:limit], f"        … and {len(lines) - limit:,} more"] if len(lines) > limit else lines

    @property
    def errors(self) -> int:
        return sum(problem.counts_as_error for problem in self.problems)

    def step_lines(self, limit: int) -> list[StepLine]:
        """The steps in order, on at most about `limit` lines: the finest grouping that fits."""
        keys: list[Callable[[StepEntry], Hashable]] = [
            lambda step: step["id"],
            lambda step: (*_kind(step), self._symbol(step), step.get("vpc_id"), self.resource_of(step["address"])),
            lambda step: (*_kind(step), self._symbol(step), step.get("vpc_id")),
            lambda step: (*_kind(step), self._symbol(step)),
        ]
        lines: list[StepLine] = []
        before: str | None = None
        for group in _finest(self.steps, keys, limit):
            lines.append(self._step_line(group, before))
            before = group[0]["address"] if len(group) == 1 else None
        return lines

    def _step_line(self, group: Sequence[StepEntry], address_before: str | None) -> StepLine:
        first = group[0]
        alone = len(group) == 1
        repeated = alone and first["address"] is not None and first["address"] == address_before
        changes = [self.by_address.get(step["address"] or "") for step in group]
        why = "" if repeated else _why(changes)
        return StepLine(
            ids=id_ranges(step["id"] for step in group),
            count=len(group),
            symbol=self._symbol(first),
            label=(first["address"] or "(not declared)") if alone else _label(_resources_of(group, changes)),
            what=(self.what(first) if alone else calls_words(group)) + self._where(first) + _by_hand(group),
            waits="; ".join(filter(None, (why, wait_words(group, self.by_id)))),
            repeated=repeated,
            failing=self._failing(group),
            arguments=self._arguments(first) if alone and not repeated else (),
        )

    def _where(self, step: StepEntry) -> str:
        """Whose cloud a step changes, where the plan is one of several providers."""
        if not has_several_providers(self.document["proof"]):
            return ""
        account = f"account {step['account_id']}" if step.get("account_id") else ""
        place = ", ".join(filter(None, (account, step.get("region_id"))))
        return f", by {step['provider']}" + (f" ({place})" if place else "")

    def _failing(self, group: Sequence[StepEntry]) -> str:
        codes = Counter(code for step in group for code in self.failing.get(step["id"], ()))
        counts = (code if len(group) == 1 else f"{count:,} × {code}" for code, count in sorted(codes.items()))
        return f"✗ {', '.join(counts)}" if codes else ""

    def _arguments(self, step: StepEntry) -> tuple[str, ...]:
        change = self.by_address.get(step["address"] or "")
        lines = diff_words(change) if change else []
        return tuple(words for words in lines if not words.startswith(_SHOWN_BY_STEPS))

    @cached_property
    def _replaced(self) -> frozenset[str]:
        """The addresses of what is moved or replaced."""
        return frozenset([at for at, change in self.by_address.items() if len(change["change"]["actions"]) == 2])

    def _symbol(self, step: StepEntry) -> str:
        if step["address"] in self._replaced:
            return MOVE
        if step["action"] == Action.MODIFY_SECURITY_RULE:
            return UPDATE
        return DELETE if step["action"] in _DELETING else CREATE

    def resource_of(self, address: str | None) -> str:
        """The address without its last key."""
        change = self.by_address.get(address or "")
        return (address or "") if change is None else _named(*_resource(change))

    def what(self, step: StepEntry) -> str:
        """What one step does, in words."""
        change = self.by_address.get(step["address"] or "")
        facts: ObjectAttributes = {}
        if change is not None:
            facts = (change["change"]["before"] if step["action"] in _DELETING else change["change"]["after"]) or {}
        fact = facts.get("private_ip") if step.get("vpc_id") and step.get("instance_id") else facts.get("cidr_block")
        instance = step.get("instance_id")
        if instance and step.get("by_hand") and step.get("private_ip"):
            instance = f"{instance} ({step['private_ip']})"
        return step_words(step, instance, fact)

    def quiet_lines(self, limit: int) -> list[QuietLine]:
        """The changes that no step is needed for, on at most about `limit` lines."""
        stepped = {step["address"] for step in self.steps}
        quiet = [change for change in self.changes if change["address"] not in stepped and _quiet_kind(change)]
        keys: list[Callable[[ResourceChange], Hashable]] = [
            lambda change: self._renaming(change) or change["address"],
            lambda change: (*_quiet_way(change), self.resource_of(change["address"]), self._renaming(change)),
            lambda change: (*_quiet_way(change), self.resource_of(change["address"])),
            _quiet_way,
        ]
        if limit >= EVERYTHING:
            keys.insert(0, lambda change: change["address"])
        return [self._quiet_line(group) for group in _finest(quiet, keys, limit)]

    def _quiet_line(self, group: Sequence[ResourceChange]) -> QuietLine:
        first = group[0]
        symbol = _quiet_kind(first)
        if len(group) == 1:
            return QuietLine(1, symbol, first["address"], quiet_words(first, symbol) + self._owner(group))
        label = _label(map(_resource, group))
        renamed = self._renaming(first)
        same = renamed is not None and all(self._renaming(change) == renamed for change in group)
        words = f"were {renamed[0]}[…], each with its key; re-addressed in the state" if same and renamed else ""
        ways = {(change.get("previous_provider"), change["provider"]) for change in group}
        was, now = ways.pop()
        if was is not None and not ways:
            words = f"go from {was} to {now}; re-addressed in the state, nothing is done to the cloud"
        return QuietLine(len(group), symbol, label, (words or QUIET_MANY[symbol]) + self._owner(group))

    def _owner(self, group: Sequence[ResourceChange]) -> str:
        """Whose objects these are, where there are several providers and the words do not say it already."""
        owners = dict.fromkeys(change["provider"] for change in group)
        if not has_several_providers(self.document["proof"]) or any("previous_provider" in each for each in group):
            return ""
        return f", of {' and '.join(owners)}"

    def _renaming(self, change: ResourceChange) -> tuple[str, str] | None:
        """The resource that an object was in and the one that it is in, where it is re-addressed and keeps its key."""
        was, address = change.get("previous_address"), change["address"]
        resource = self.resource_of(address)
        key = address.removeprefix(resource)
        if not key or not was or not was.endswith(key) or _quiet_kind(change) != READDRESS:
            return None
        return was.removesuffix(key), resource

    @property
    def destroyed(self) -> list[str]:
        """The addresses of the objects that go, those that are replaced included, in order."""
        return [change["address"] for change in self.changes if _destroys(change)]

    def groups(self, addresses: Iterable[str]) -> list[tuple[str, list[str]]]:
        """Addresses by the resource they belong to."""
        found: dict[str, list[str]] = {}
        for address in addresses:
            found.setdefault(self.resource_of(address), []).append(address)
        return list(found.items())


def _by_hand(group: Sequence[StepEntry]) -> str:
    """Whether a person does these steps, as it goes on after what they do."""
    count = sum(bool(step.get("by_hand")) for step in group)
    return "" if not count else ", by hand" if count == len(group) else f", {count:,} by hand"


def _of(subjects: Sequence[str]) -> str:
    """` of i-1, i-2, i-3 and 40 more`; nothing where all of a kind is meant."""
    named = [subject for subject in subjects if subject]
    if not named or len(named) < len(subjects):
        return ""
    more = f" and {len(named) - _NAMED:,} more" if len(named) > _NAMED else ""
    return f" of {', '.join(named[:_NAMED])}{more}"


def _resource(change: ResourceChange) -> tuple[str | None, str, str]:
    """What changes of one resource have in common: its module, type and name."""
    return change.get("module_address"), change["type"], change["name"]


def _resources_of(
    steps: Iterable[StepEntry], changes: Iterable[ResourceChange | None]
) -> Iterator[tuple[str | None, str, str]]:
    """The resource of each step, or its address alone where it is about no change."""
    for step, change in zip(steps, changes, strict=True):
        yield _resource(change) if change else (None, step["address"] or "", "")


def _label(resources: Iterable[tuple[str | None, str, str]]) -> str:
    """One name for many objects: `classiclink_attachment.fleet[…]`."""
    names = list(dict.fromkeys(itertools.starmap(_named, dict.fromkeys(resources))))
    if len(names) == 1:
        return f"{names[0]}[…]"
    types = list(dict.fromkeys(one.rpartition(".")[0].rpartition(".")[2] for one in names))
    return f"{types[0]}.…" if len(types) == 1 else "…"


def _why(changes: Sequence[ResourceChange | None]) -> str:
    """Why steps are in the plan, where they do not say it by themselves; these are the changes that they are about."""
    reasons = {change["action_reason"] if change else None for change in changes}
    moved = [change["previous_address"] for change in changes if change and change.get("previous_address")]
    was = f"was {moved[0]}" if len(changes) == 1 and moved else f"{len(moved):,} re-addressed" if moved else ""
    why = REASONS.get(reasons.pop() or "", "") if len(reasons) == 1 else ""
    return "; ".join(filter(None, (was, why)))


def _named(module: str | None, type_: str, name_: str) -> str:
    """A resource by its address. What is of no resource has an address alone, in the place of the type."""
    return ".".join(filter(None, (module, type_, name_)))


def _destroys(change: ResourceChange) -> bool:
    """Whether the object goes: a link that is moved does not, but what is replaced does."""
    actions, before, after = change["change"]["actions"], change["change"]["before"], change["change"]["after"]
    if before and after and actions == ["delete", "create"] and change["type"] == ATTACHMENT:
        return bool(
            before.get("instance_id") != after.get("instance_id") or before.get("vpc_id") == after.get("vpc_id")
        )
    return actions in (["delete"], ["delete", "create"])


def _quiet_kind(change: ResourceChange) -> str:
    """The symbol of a change that needs no step; empty for one that is not worth a line."""
    actions = change["change"]["actions"]
    if change["change"].get("importing"):
        return ADOPT
    if change.get("previous_address") or change.get("previous_provider"):
        return READDRESS
    return {"forget": FORGET, "update": UPDATE, "read": READ, "create": CREATE, "delete": DELETE}.get(actions[0], "")


def _quiet_way(change: ResourceChange) -> tuple[str | None, ...]:
    """What changes that share a line have in common: their symbol, and the provider that they leave."""
    return _quiet_kind(change), change.get("previous_provider")


def _kind(step: StepEntry) -> tuple[str, ...]:
    """What steps that share a line have in common: what they do, and by which provider."""
    return step["action"], step["provider"]


def _finest(
    items: Sequence[_Entry], keys: Sequence[Callable[[_Entry], Hashable]], limit: int
) -> Iterable[list[_Entry]]:
    """The items grouped by the first of the keys that makes at most `limit` groups, or else by the last one."""
    *finer, coarsest = keys
    for key in finer:
        groups = _grouped(items, key, limit)
        if groups is not None:
            return groups
    return _grouped(items, coarsest, len(items)) or ()


def _grouped(items: Iterable[_Entry], key: Callable[[_Entry], Hashable], most: int) -> Iterable[list[_Entry]] | None:
    """The items by their keys; None where there are more keys than that."""
    groups: dict[Hashable, list[_Entry]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
        if len(groups) > most:
            return None
    return groups.values()
