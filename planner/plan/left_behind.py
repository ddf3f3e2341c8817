"""Objects that stay in one cloud while the state follows the object of the same ids in another one."""

from __future__ import annotations

from collections.abc import Iterator

from planner.diagnostics import Diagnostic, Severity
from planner.network.worlds import default_provider
from planner.plan.changes import key_of
from planner.plan.match import Pair
from planner.plan.planned import Planned
from planner.plan.refresh import PriorObject
from planner.plan.same_cloud import Clouds, cloud_names
from planner.remedy import Remedy, cl
from planner.rules.labels import Labels
from planner.rules.offered_blocks import Blocks
from planner.rules.plan_safety import LEFT_BEHIND

_Left = list[tuple[Pair, PriorObject]]
"""The pairs of a desired object and the prior one that stays."""


def left_behind(plan: Planned, clouds: Clouds) -> Iterator[Diagnostic]:
    """CL915: what stands on in the cloud of its old provider and is managed no more, once for each two providers."""
    if not plan.worlds.are_several:
        return
    names = cloud_names(clouds)
    planned = {change.address for change in plan.changes}
    removed = {change.removed_key for change in plan.changes}
    kept = {key_of(pair.desired) for pair in plan.matching.pairs}
    found: dict[tuple[str, str], _Left] = {}
    for pair in plan.matching.pairs:
        prior, new = pair.prior, pair.desired.provider
        if prior is None or prior.now.provider == new or not prior.there or pair.desired.address not in planned:
            continue
        old, key = prior.now.provider, key_of(prior.now)
        is_one_cloud = old in names and names[old] == names.get(new)
        if not is_one_cloud and key not in removed and key not in kept:
            found.setdefault((old, new), []).append((pair, prior))
    for (old, new), left in found.items():
        yield _diagnostic(old, new, left, plan)


def _diagnostic(old: str, new: str, left: _Left, plan: Planned) -> Diagnostic:
    (pair, prior), count = left[0], len(left)
    which, has, is_there = str(pair.desired.address), prior.now.identity.id, "it stays there, unmanaged"
    if count > 1:
        which, has = f"{count:,} objects, the first of which is {which},", "the same ids"
        is_there = "they stay there, unmanaged"
    labels = Labels([*plan.prior.objects, *(each.address for each in plan.desired.objects)])
    blocks = Blocks(labels, old, old == default_provider(plan.worlds.by_provider))
    declared = blocks.snippet(prior.now.identity)
    remedy = Remedy.of(
        "To keep managing it, declare it too. To remove it, declare it, apply, then remove it:\n", declared
    )
    if count > 1:
        remedy = Remedy.of(
            "After the apply, declare and import what is left there: ",
            cl("import", "--all", "--write", "FILE.hcl"),
            "\nTo remove them, remove the blocks in that file again.",
        )
    goes = "go" if count > 1 else "goes"
    return LEFT_BEHIND.diagnostic(
        detail=f"{which} {goes} from {_cloud(old, plan)} to {_cloud(new, plan)}, which has {has} as well. "
        f"Nothing is done to what {old} has: {is_there}.",
        remedy=remedy,
        severity=Severity.WARNING,
        address=str(pair.desired.address),
        span=pair.desired.place.block,
    )


def _cloud(provider: str, plan: Planned) -> str:
    account = plan.worlds.of(provider).account_id
    return f"{provider} (account {account})" if account else provider
