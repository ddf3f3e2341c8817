"""The format of the plan document as a table: the shape of every part that a reader relies on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from planner.address import Address, parse_address
from planner.diagnostics import Severity
from planner.hcl.cty.types import type_from_json
from planner.network.identity import CREATES, DELETES, IDENTITY_ARGUMENTS, Action
from planner.network.world import Kind as Unreadable
from planner.plan.changes import Kind, Reason
from planner.plan.options import Mode
from planner.plan.shape import (
    MOST_TOLD,
    Shape,
    Wrong,
    a,
    a_count,
    a_list,
    a_map,
    also,
    an_object,
    anything,
    by,
    one_of,
    or_null,
    such,
)
from planner.steps import StepReason


def misshapen(document: Mapping[str, Any]) -> list[str]:
    """Where a plan document is not what its format says, as sentences that begin with a path; the first 20 of them.

    Linear in the size of the document. What is no part of the format is not looked at, and neither is whether the
    steps are legal: that is for the proof.
    """
    return [str(wrong) for wrong in _PLAN(document)[:MOST_TOLD]]


def misshapen_parts(document: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """The same of a document that holds these parts of a plan and no more."""
    return [str(wrong) for wrong in an_object({name: _PARTS[name] for name in names})(document)[:MOST_TOLD]]


@lru_cache(maxsize=1024)
def _is_address(text: str) -> bool:
    return _parsed(text) is not None


def _parsed(text: str) -> Address | None:
    try:
        return parse_address(text)
    except ValueError:
        return None


def _is_type(notation: Any) -> bool:
    try:
        type_from_json(notation)
    except (ValueError, TypeError):
        return False
    return True


_TEXT = a("a string", str)
_TEXTS = a_list(_TEXT, "a list of strings")
_BOOL = a("true or false", bool)
_COUNT = a_count("a whole number of at least 0")
_STEP_ID = a_count("the id of a step", 1)
_STEP_IDS = a_list(_STEP_ID, "a list of step ids")
_ADDRESS = such("an address", lambda value: type(value) is str and _is_address(value))

_POSITION = an_object(dict.fromkeys(("line", "column"), a_count("a whole number of at least 1", 1)))


def _forward(span: Mapping[str, Any]) -> Iterator[Wrong]:
    start, end = span["start"], span["end"]
    if (end["line"], end["column"]) < (start["line"], start["column"]):
        yield Wrong(".end", "a place behind the start", end)


_RANGE = or_null(also(an_object({"filename": _TEXT, "start": _POSITION, "end": _POSITION}), _forward))
_RELATED = a_list(an_object({"message": _TEXT, "range": _RANGE}))


_FACTS = dict.fromkeys(("region_id?", "account_id?", "cidr_block?", "private_ip?", "next_hop?"), or_null(_TEXT))
"""Attributes that the cloud tells, of whatever type; sensitive ones are left out."""


def _attributes(type_: str, mark: str) -> Shape:
    """The attributes of one side; `mark` is a question mark where the ids that it stands for may be missing."""
    ids = {f"{name}{mark}": _TEXT for name in IDENTITY_ARGUMENTS[type_]}
    return or_null(an_object({**ids, **_FACTS, "vswitch_ids?": or_null(_TEXTS)}))


def _sides(change: Mapping[str, Any]) -> Iterator[Wrong]:
    """What is made or adopted has an `after`, what goes has a `before`."""
    actions = change["actions"]
    if change["before"] is None and "delete" in actions:
        yield Wrong(".before", "an object", None)
    if change["after"] is None and ({"create", "update"} & {*actions} or "importing" in change):
        yield Wrong(".after", "an object", None)


def _change(type_: str) -> Shape:
    fields = {
        "actions": one_of([*(kind.actions for kind in Kind), ["read"]]),
        "before": _attributes(type_, "?"),
        "after": _attributes(type_, ""),
        **dict.fromkeys(("after_unknown", "before_sensitive", "after_sensitive"), a_map(_BOOL)),
        "importing?": an_object({"id": _TEXT}),
        "diff": a_list(an_object({"path": _TEXT, "before": anything, "after": anything})),
    }
    return also(an_object(fields), _sides)


def _addressed(entry: Mapping[str, Any]) -> Iterator[Wrong]:
    """The address says the same as its parts; where the object was before, one of its type was."""
    address = _parsed(entry["address"])
    if address is None:
        yield Wrong(".address", "an address", entry["address"])
        return
    told = (entry["type"], entry["name"], entry.get("index"), entry.get("module_address", ""))
    if told != (address.type, address.name, address.key, address.module_address):
        yield Wrong(".address", "what type, name, index and module_address say", entry["address"])
    if "previous_address" in entry:
        previous = _parsed(entry["previous_address"])
        if previous is None or previous.type != entry["type"]:
            yield Wrong(".previous_address", f"an address of a {entry['type']}", entry["previous_address"])


def _resource_change(type_: str) -> Shape:
    fields = {
        "address": _TEXT,
        "previous_address?": _TEXT,
        "mode": one_of(("managed", "unmanaged")),
        "name": _TEXT,
        "index?": a("a string or a whole number", str, int),
        "module_address?": _TEXT,
        "provider": _TEXT,
        "change": _change(type_),
        "action_reason": one_of(Reason),
        "dependencies": a_list(_ADDRESS, "a list of addresses"),
        "prevent_destroy": _BOOL,
        "range": _RANGE,
    }
    return also(an_object(fields), _addressed)


_RESOURCE_CHANGES = a_list(by("type", {type_: _resource_change(type_) for type_ in IDENTITY_ARGUMENTS}))

_OUTPUT_CHANGE = an_object(
    {
        "actions": one_of([kind.actions for kind in (Kind.NO_OP, Kind.CREATE, Kind.UPDATE, Kind.DELETE)]),
        **dict.fromkeys(("before", "after"), anything),
        **dict.fromkeys(("after_unknown", "before_sensitive", "after_sensitive"), _BOOL),
        "type": or_null(such("a type", _is_type)),
    }
)

_SLOT = by("from", {"free": an_object({}), "step": an_object({"step": _STEP_ID})})


def _step(action: Action, type_: str) -> Shape:
    fields = {
        "id": _STEP_ID,
        "address": or_null(_ADDRESS),
        "provider": _TEXT,
        **dict.fromkeys(IDENTITY_ARGUMENTS[type_], _TEXT),
        "needs": _STEP_IDS,
        **({"slot": or_null(_SLOT)} if action is Action.ATTACH else {}),
        "parked?": _BOOL,
        "reason": one_of(StepReason),
    }
    return an_object(fields)


def _numbered(steps: list[Mapping[str, Any]]) -> Iterator[Wrong]:
    """Steps are numbered from 1 as they are listed, and need steps that there are."""
    for place, step in enumerate(steps):
        if step["id"] != place + 1:
            yield Wrong(f"[{place}].id", f"{place + 1}, its place in the list,", step["id"])
        for number, need in enumerate(step["needs"]):
            if need > len(steps):
                yield Wrong(f"[{place}].needs[{number}]", "the id of a step of this plan", need)


_STEPS = also(
    a_list(
        by("action", {action: _step(action, type_) for made in (CREATES, DELETES) for type_, action in made.items()})
    ),
    _numbered,
)

_RULE = an_object(
    {
        **dict.fromkeys(("rule", "name", "message", "source", "remedy"), _TEXT),
        "status": one_of(("fail", "unknown", "waived")),
        "severity": one_of(Severity),
        "address": or_null(_TEXT),
        "subject": a_map(_TEXT),
        "waiver?": an_object({"reason": _TEXT, "until": or_null(_TEXT)}),
        "step": or_null(_STEP_ID),
        "steps": _STEP_IDS,
        "range": _RANGE,
        "related": _RELATED,
    }
)

_OPENINGS = a_list(
    an_object(
        {
            "vpc_id": _TEXT,
            "cidr_block": or_null(_TEXT),
            "ranges": _TEXTS,
            "resources": a_map(_COUNT),
            "resource_count": _COUNT,
            "instances": an_object(
                {"count": _COUNT, "ids": _TEXTS, **dict.fromkeys(("first_ip", "last_ip"), or_null(_TEXT))}
            ),
        }
    )
)
_OPENED = an_object(dict.fromkeys(("vpcs", "instances", "pairs"), _COUNT))

_PROOF = an_object(
    {
        "vpcs": a_map(an_object({"linked": _COUNT, "quota": _COUNT, "enabled": _BOOL})),
        "instances": a_map(or_null(_TEXT)),
        "max_unavailable": or_null(_COUNT),
        "lanes": a_list(_STEP_IDS),
    }
)

_DIAGNOSTIC = an_object(
    {
        "severity": one_of(Severity),
        **dict.fromkeys(("code", "summary", "detail", "remedy"), _TEXT),
        "address": or_null(_TEXT),
        "range": _RANGE,
        "related": _RELATED,
    }
)

_KINDS_COUNTED = ("add", "change", "move", "destroy", "forget", "readdress", "import", "unchanged", "steps")

_PARTS = {
    **dict.fromkeys(("cl_version", "plan_id", "created_at"), _TEXT),
    "mode": one_of(Mode),
    "drain": or_null(_TEXT),
    "lineage": _TEXT,
    "serial": _COUNT,
    "state_sha256?": _TEXT,
    **dict.fromkeys(("errored", "applicable", "complete"), _BOOL),
    "unread": a_list(an_object({"kind": one_of(Unreadable), "subject": or_null(_TEXT), "reason": _TEXT})),
    "variables": a_map(an_object({"value": anything})),
    "resource_drift": _RESOURCE_CHANGES,
    "resource_changes": _RESOURCE_CHANGES,
    "output_changes": a_map(_OUTPUT_CHANGE),
    "checks_blocks": a_list(an_object({**dict.fromkeys(("address", "kind", "status"), _TEXT), "messages": _TEXTS})),
    "steps": _STEPS,
    "rules": a_list(_RULE),
    "rules_passed": a_map(_COUNT),
    "reachability": an_object(
        {
            **dict.fromkeys(("opened", "closed"), _OPENINGS),
            "counts": an_object(dict.fromkeys(("opened", "closed"), _OPENED)),
        }
    ),
    "summary": an_object(dict.fromkeys(_KINDS_COUNTED, _COUNT)),
    "diagnostics": a_list(_DIAGNOSTIC),
    "proof": _PROOF,
}
_PLAN = an_object(_PARTS)
