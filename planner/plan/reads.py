"""Data sources that are read after the last step: in the plan, and what cannot be planned before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from planner.config.desired import DeferredRead, LeftOut
from planner.config.schema import DATA_SOURCES
from planner.diagnostics import Diagnostic
from planner.documents.reasons import Reason
from planner.hcl.cty.values import is_wholly_known
from planner.plan.options import PlanOptions
from planner.plan.planned import Planned
from planner.plan.selector import Selector
from planner.remedy import Again, Remedy

if TYPE_CHECKING:
    from planner.documents.plan import ResourceChange


def deferred_reads(plan: Planned, options: PlanOptions) -> list[ResourceChange]:
    """The entries of `resource_changes` for data sources that are read after the last step of this plan."""
    if not options.changing:
        return []
    acting = {change.address.resource_key for change in plan.changes if change.removes or change.adds}
    return [
        _entry(read)
        for read in plan.desired.deferred
        if read.waits_for is None or read.waits_for.resource_key in acting
    ]


def _entry(read: DeferredRead) -> ResourceChange:
    address, waits_for = read.address, read.waits_for
    computed = DATA_SOURCES[address.type].computed
    lacking = [name for name, value in read.arguments.items() if not is_wholly_known(value)]
    unknown = [*computed, *lacking, *(["ids"] if "ids" in read.arguments else ())]
    entry: ResourceChange = {
        "address": str(address),
        "mode": "data",
        "type": address.type,
        "name": address.name,
        "provider": read.provider,
        "change": {
            "actions": ["read"],
            "before": None,
            "after": None,
            "after_unknown": dict.fromkeys(unknown, True),
            "before_sensitive": {},
            "after_sensitive": {},
            "diff": [],
        },
        "action_reason": (Reason.READ_ARGUMENTS_UNKNOWN if lacking else Reason.READ_DEPENDENCY_CHANGES).value,
        "dependencies": [str(waits_for)] if waits_for else [],
        "prevent_destroy": False,
        "range": read.span.to_json(),
    }
    if address.key is not None:
        entry["index"] = address.key
    if address.module:
        entry["module_address"] = address.module_address
    return entry


def unplannable(plan: Planned, options: PlanOptions) -> Iterator[Diagnostic]:
    """CFG333: what is declared by data that is read after the last step, where the plan is to have it."""
    if not options.changing:
        return
    targets, excludes = Selector(options.targets), Selector(options.excludes)
    needed = {str(at) for change in plan.changes for at in change.dependencies} if targets.patterns else set()
    for left_out in plan.desired.left_out:
        if not left_out.waits_for or excludes.overlaps(left_out.address):
            continue
        if not targets.patterns or left_out.address in needed or targets.overlaps(left_out.address):
            yield _unplannable(left_out)


def _unplannable(left_out: LeftOut) -> Diagnostic:
    data = ", ".join(dict.fromkeys(str(each.address) for each in left_out.waits_for))
    changing = [str(at) for at in dict.fromkeys(each.waits_for for each in left_out.waits_for) if at]
    when, remedy = "after the last step", Remedy.of("Use ids and keys that the configuration itself contains.")
    if changing:
        when = f"after this plan has changed {', '.join(changing)}"
        flags = tuple(flag for address in changing for flag in ("--target", address))
        remedy = Remedy.of("Plan and apply that first: ", Again(flags))
    return Diagnostic(
        "CFG333",
        "Known only after apply",
        f"What {left_out.address} stands for depends on {data}, which is read {when}.",
        remedy,
        address=left_out.address,
        span=left_out.span,
    )
