"""The drift document: everything that is out of step, and how much of what there is somebody answers for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime

from planner.config.desired import Desired
from planner.diagnostics import Diagnostic
from planner.documents.drift import FORMAT_VERSION, Bucket, DriftDocument, Mover
from planner.drift import remedies
from planner.drift.differences import differing
from planner.drift.estate import estate
from planner.drift.ignore import Ignores, sort_out
from planner.drift.items import Item
from planner.drift.labels import Labels
from planner.drift.sides import Sides, all_sides
from planner.drift.standing import judged
from planner.network.identity import ATTACHMENT, VPC, GuestRoute
from planner.network.merge import merge
from planner.network.world import Kind, Unread
from planner.network.worlds import Worlds
from planner.remedy import Remedy, cl, write_all
from planner.state.model import State

_MANY = 10
"""From more objects on than these, the command that restores them all is told beside those for each."""


def find_drift(
    desired: Desired | None,
    prior: State,
    worlds: Worlds,
    *,
    ignores: Ignores | None = None,
    today: date | None = None,
) -> DriftDocument:
    """The drift document. Without a configuration, what the state holds counts as declared.

    `today` (the day in UTC, where it is not given) decides which waivers count. Linear in what there is.
    """
    world = merge(worlds.by_provider.values())
    sides = all_sides(desired, prior, world)
    waivers = desired.limits.waivers if desired else ()
    labels = Labels([*prior.objects, *(wanted.address for wanted in (desired.objects if desired else ()))])
    items = [item for found in sides for item in differing(found, world, labels, configured=desired is not None)]
    verdict = judged(sides, world, waivers, today or datetime.now(UTC).date())
    items += verdict.items
    items += _also_unread(items, world.unread)
    kept, ignored, notes = sort_out(items, ignores or Ignores())
    kept.sort(key=lambda item: item.sort_key)
    counts = Counter(item.bucket for item in kept)
    told, commands = write_all([*_at_once(kept), *notes, *verdict.notes])
    document: DriftDocument = {
        "format_version": FORMAT_VERSION,
        "in_sync": not kept,
        "complete": not world.unread and not counts[Bucket.UNKNOWN],
        "summary": {
            "managed": len(prior.objects),
            "missing": counts[Bucket.MISSING],
            "changed": counts[Bucket.CHANGED],
            "unmanaged": counts[Bucket.UNMANAGED],
            "violated": counts[Bucket.VIOLATED],
            "unknown": counts[Bucket.UNKNOWN],
            "ignored": ignored,
            "coverage": _coverage(sides),
        },
        "items": [item.to_json() for item in kept],
        "vpcs": estate(sides, kept, world),
        "notes": told,
    }
    if commands:
        document["note_commands"] = commands
    return document


def failed(diagnostics: Iterable[Diagnostic]) -> DriftDocument:
    """The document of a comparison that could not be made: nothing but what is wrong."""
    nothing = find_drift(None, State(), Worlds())
    problems = [diagnostic.to_json() for diagnostic in diagnostics]
    return {**nothing, "in_sync": False, "complete": False, "diagnostics": problems}


def _coverage(sides: Sequence[Sides]) -> str:
    """How many of the links and enabled VPCs of the cloud are managed: `18/20 (90 %)`, rounded down, or `0/0`."""
    there = [found for found in sides if found.cloud is not None and not isinstance(found.cloud, GuestRoute)]
    managed = sum(found.state is not None for found in there)
    return f"{managed}/{len(there)} ({100 * managed // len(there)} %)" if there else "0/0"


def _at_once(items: Iterable[Item]) -> Iterator[Remedy]:
    """The one command for what would take many, with a target each."""
    restored = adopted = 0
    for item in items:
        restored += item.by_apply
        adopted += item.bucket is Bucket.UNMANAGED and item.what_moved is Mover.STATE
    if restored > _MANY:
        yield Remedy.of(
            f"{restored:,} objects can be restored all at once: ",
            cl("apply"),
            ". It does whatever else the configuration asks for, too; ",
            cl("plan"),
            " shows all of it.",
        )
    if adopted > 1:
        yield Remedy.of(
            f"{adopted:,} objects are declared and in the cloud, not in the state: ",
            cl("apply"),
            " adopts them all at once.",
        )


_TYPES = {
    Kind.VPCS: VPC,
    Kind.VSWITCHES: VPC,
    Kind.ROUTE_ENTRIES: VPC,
    Kind.INSTANCES: ATTACHMENT,
    Kind.LINKS: ATTACHMENT,
}


def _also_unread(items: Iterable[Item], unread: Sequence[Unread]) -> Iterator[Item]:
    """What could not be read and no item tells of yet: there may be drift that nobody sees."""
    told = {subject for item in items if item.bucket is Bucket.UNKNOWN for subject in (item.instance_id, item.vpc_id)}
    for gap in unread:
        if gap.subject is not None and gap.subject in told:
            continue
        what = gap.kind.value.replace("_", " ")
        yield Item(
            bucket=Bucket.UNKNOWN,
            type=_TYPES[gap.kind],
            id=gap.subject or "*",
            what_moved=Mover.CLOUD,
            detail=f"The {what} of {gap.subject or 'the whole account'} could not be read: {gap.reason}.",
            remedy=(remedies.READ_AGAIN,),
        )
