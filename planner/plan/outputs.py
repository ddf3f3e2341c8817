"""What becomes of the outputs. A sensitive value never gets into a plan, changed or not."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import isinf
from typing import TYPE_CHECKING

from planner.config.desired import Output
from planner.documents.plan_head import Mode
from planner.hcl.cty.unknowns import UNKNOWN
from planner.hcl.cty.values import SENSITIVE, Value
from planner.plan.selection import WHOLE, Part
from planner.state.model import StateOutput

if TYPE_CHECKING:
    from planner.documents.plan import OutputChange


def output_changes(
    desired: Mapping[str, Output],
    prior: Mapping[str, StateOutput],
    mode: Mode = Mode.NORMAL,
    part: Part = WHOLE,
    *,
    is_incomplete: bool = False,
) -> dict[str, OutputChange]:
    """The outputs that change, by name; one that stays as it is, is not listed.

    In a plan of a part, outputs that depend on what is left out stay. A destroy of a part removes an output where all
    that it depends on is destroyed. Where the cloud was not read in whole (`is_incomplete`), an output whose value is
    unknown stays, too.
    """
    is_destroyed = mode is Mode.DESTROY
    changes: dict[str, OutputChange] = {}
    for name in sorted({*desired, *prior}):
        if _stays(desired.get(name), part, is_destroyed=is_destroyed):
            continue
        if is_incomplete and not is_destroyed and name in prior and _is_unknown(desired.get(name)):
            continue
        change = _change(None if is_destroyed else desired.get(name), prior.get(name))
        if change is not None:
            changes[name] = change
    return changes


def as_json(value: object) -> object:
    """Plain JSON: numbers exact where JSON has them, UNKNOWN as null."""
    if isinstance(value, (str, int)) or value is None or value is UNKNOWN:
        return None if value is UNKNOWN else value
    if isinstance(value, Value):
        return as_json(value.to_python())
    if isinstance(value, Decimal):
        number = float(value)  # 0 for 1e-400: what is whole as a float is written as a whole number
        return round(value) if number.is_integer() or isinf(number) else number
    if isinstance(value, Mapping):
        return {str(key): as_json(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(inner) for inner in value]
    return value


def _is_unknown(desired: Output | None) -> bool:
    return desired is not None and _has_unknown(desired.value)


def _stays(desired: Output | None, part: Part, *, is_destroyed: bool) -> bool:
    """Whether an output stays as it is because only a part is planned."""
    behind = () if desired is None else desired.depends_on
    return part.leaves_out(behind) or (is_destroyed and part is not WHOLE and not part.does(behind))


def _change(desired: Output | None, prior: StateOutput | None) -> OutputChange | None:
    if desired is None and prior is None:
        return None
    after = None if desired is None else as_json(desired.value)
    unknown = _is_unknown(desired)
    was_hidden = prior is not None and prior.sensitive
    hidden = desired is not None and (desired.sensitive or _is_marked(desired.value))
    before = None if prior is None else prior.value
    if prior is None:
        actions = ["create"]
    elif desired is None:
        actions = ["delete"]
    elif unknown or before != after or was_hidden != hidden:
        actions = ["update"]
    else:
        return None
    hide = was_hidden or hidden
    return {
        "actions": actions,
        "before": None if hide else before,
        "after": None if hide or unknown else after,
        "after_unknown": unknown,
        "before_sensitive": was_hidden,
        "after_sensitive": hidden,
        "type": None if desired is None else desired.value.type_json(),
    }


def _inner(value: Value) -> tuple[Value, ...]:
    if isinstance(value.raw, dict):
        return tuple(value.raw.values())
    return value.raw if isinstance(value.raw, tuple) else ()


def _has_unknown(value: Value) -> bool:
    return not value.is_known or any(map(_has_unknown, _inner(value)))


def _is_marked(value: Value) -> bool:
    return SENSITIVE in value.marks or any(map(_is_marked, _inner(value)))
