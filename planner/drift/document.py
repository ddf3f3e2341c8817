"""The drift document: everything that is out of step, and how much of what there is is managed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime

from msgspec import Struct

from planner.config.desired import Desired
from planner.diagnostics import Diagnostic
from planner.documents.drift import FORMAT_VERSION, Bucket, DriftDocument, DriftGroup, DriftRule, DriftVpc, Mover
from planner.drift import remedies
from planner.drift.differences import differing
from planner.drift.estate import estate
from planner.drift.groups import NAMED, groups_of
from planner.drift.ignore import Ignores, sort_out
from planner.drift.items import Item, Sentence
from planner.drift.owners import Owned, owners
from planner.drift.referrers import Referrers
from planner.drift.refusals import addresses_of, ending, judged, reported
from planner.drift.sides import Sides, all_sides, is_settled
from planner.drift.standing import verdict_of
from planner.drift.ways import AtOnce, Direction
from planner.network.identity import ATTACHMENT, SECURITY_RULE, VPC, GuestRoute
from planner.network.kinds import Kind
from planner.network.world import Unread, World
from planner.network.worlds import Worlds, default_provider
from planner.remedy import Remedy, cl, write_all
from planner.rules.labels import Labels
from planner.rules.offered_blocks import Blocks
from planner.state.guest_routes import with_guest_routes
from planner.state.model import State
from planner.values import replace

_MANY = 10
"""From more objects on than these, the command that restores them all is shown beside those for each."""
_LISTED = 5
"""So many obstacles to it are named."""


def find_drift(
    desired: Desired | None,
    prior: State,
    worlds: Worlds,
    *,
    ignores: Ignores | None = None,
    today: date | None = None,
    strict: bool = False,
    one_by_one: bool = False,
) -> DriftDocument:
    """The drift document. Without a configuration, what the state holds counts as declared.

    `today` (the day in UTC, where it is not given) decides which waivers count. `strict` counts as drift what is
    declared and not applied yet. `one_by_one` leaves every item in a group of its own. Linear in what there is.
    """
    today = today or datetime.now(UTC).date()
    worlds = with_guest_routes(worlds, prior)
    declared = desired.objects if desired else ()
    labels = Labels([*prior.objects, *(each.address for each in declared)])
    default = default_provider(worlds.by_provider)
    referrers = Referrers(desired, prior, worlds)
    parts = [
        _compare(objects, worlds, Blocks(labels, provider, provider == default), referrers, desired, prior, today)
        for provider, objects in owners(prior, declared, worlds).items()
    ]
    if worlds.are_several:
        parts = [part.of_several() for part in parts]
    items = [item for part in parts for item in part.items]
    kept, ignored, notes = sort_out(items, ignores or Ignores())
    kept = sorted(reported(kept), key=lambda item: item.sort_key)
    counts = Counter(item.bucket for item in kept)
    is_read = not any(world.unread for world in worlds.by_provider.values())
    own_notes = map(Remedy.of, (*notes, *(note for part in parts for note in part.notes)))
    groups = groups_of(kept, ignored, one_by_one=one_by_one)
    at_once = [*(_at_once(kept) if len(groups) > 1 else ()), *_import_at_once(kept)] if is_read else []
    note_texts, commands = write_all([*at_once, *_left_out(groups), *own_notes])
    document: DriftDocument = {
        "format_version": FORMAT_VERSION,
        "in_sync": len(kept) == (0 if strict else counts[Bucket.PENDING]),
        "strict": strict,
        "complete": is_read and not counts[Bucket.UNKNOWN],
        "summary": {
            "managed": len(prior.objects),
            "missing": counts[Bucket.MISSING],
            "changed": counts[Bucket.CHANGED],
            "unmanaged": counts[Bucket.UNMANAGED],
            "violated": counts[Bucket.VIOLATED],
            "unknown": counts[Bucket.UNKNOWN],
            "pending": counts[Bucket.PENDING],
            "ignored": len(ignored),
            "coverage": _coverage([found for part in parts for found in part.sides]),
        },
        "items": [item.to_json() for item in kept],
        "groups": groups,
        "vpcs": [vpc for part in parts for vpc in part.vpcs(kept)],
        "notes": note_texts,
    }
    if commands:
        document["note_commands"] = commands
    if rules := [rule for part in parts for rule in part.rules]:
        document["rules"] = rules
    return document


class _Part(Struct, frozen=True):
    """What there is to say of one provider's world; `named` where there are several, so that it has to be named."""

    provider: str
    world: World
    sides: Sequence[Sides]
    items: Sequence[Item]
    rules: Sequence[DriftRule]
    notes: Sequence[str]
    named: bool = False

    def of_several(self) -> _Part:
        """The same, where there are other providers."""
        return replace(
            self,
            items=[replace(item, provider=self.provider) for item in self.items],
            rules=[{**rule, "provider": self.provider} for rule in self.rules],
            named=True,
        )

    def vpcs(self, kept: Sequence[Item]) -> list[DriftVpc]:
        """Its VPCs, where these items of the report are left."""
        if not self.named:
            return estate(self.sides, kept, self.world)
        own = [item for item in kept if item.provider == self.provider]
        return [{**vpc, "provider": self.provider} for vpc in estate(self.sides, own, self.world)]


def _compare(
    owned: Owned,
    worlds: Worlds,
    blocks: Blocks,
    referrers: Referrers,
    desired: Desired | None,
    prior: State,
    today: date,
) -> _Part:
    """The comparison of what belongs to one provider with the world that it sees."""
    world = worlds.of(blocks.provider)
    cut_short = {instance_id for owner, instance_id in prior.cut_short if owner in ("", blocks.provider)}
    sides = all_sides(owned.prior, None if desired is None else owned.desired, world, cut_short)
    found = [
        (each, item)
        for each in sides
        for item in differing(each, world, blocks, referrers, configured=is_settled(each, desired))
    ]
    managed, waivers = addresses_of(sides, blocks.provider), desired.limits.waivers if desired else ()
    items = judged(found, worlds, blocks, managed, waivers, today)
    verdict = verdict_of(sides, worlds, blocks, managed, waivers, today)
    items += ending(verdict.items, [(each, item) for (each, _), item in zip(found, items, strict=True)])
    if world.unread:
        items = [replace(item, ways=tuple(way.while_unread() for way in item.ways)) for item in items]
    items += _also_unread(items, world.unread)
    return _Part(blocks.provider, world, sides, items, verdict.rules, verdict.notes)


def nothing_compared(diagnostics: Iterable[Diagnostic]) -> DriftDocument:
    """The document of a comparison that could not be made: nothing but what is wrong."""
    nothing = find_drift(None, State(), Worlds())
    problems = [diagnostic.to_json() for diagnostic in diagnostics]
    return {**nothing, "in_sync": False, "complete": False, "diagnostics": problems}


def _coverage(sides: Sequence[Sides]) -> str:
    """How many links, enabled VPCs and security rules are managed: `18/20 (90 %)`, rounded down, or `0/0`."""
    there = [each for each in sides if each.cloud is not None and not isinstance(each.cloud, GuestRoute)]
    managed = sum(each.prior is not None for each in there)
    return f"{managed}/{len(there)} ({100 * managed // len(there)} %)" if there else "0/0"


def _at_once(items: Iterable[Item]) -> Iterator[Remedy]:
    """The one command for what would take many, with a target each."""
    items = list(items)
    restored = adopted = carried = 0
    for item in items:
        restored += any(way.direction is Direction.RESTORE and way.at_once is AtOnce.APPLY for way in item.ways)
        carried += any(way.direction is Direction.CARRY_OUT and way.at_once is AtOnce.APPLY for way in item.ways)
        adopted += item.bucket is Bucket.UNMANAGED and item.what_moved is Mover.STATE
    first = _in_the_way(items)
    but = f", once this is fixed: {first}. Then" if first else ""
    if restored > _MANY:
        yield Remedy.of(
            f"{restored:,} objects can be restored all at once{but}: ",
            cl("apply"),
            ". This applies the whole configuration; ",
            cl("plan"),
            " shows what that does.",
        )
    if carried > 1:
        yield Remedy.of(
            f"{carried:,} changes of the configuration can be carried out all at once{but}: ",
            cl("apply"),
            ". It restores what else differs from the configuration, too." if restored else ".",
        )
    if adopted > 1:
        yield Remedy.of(
            f"{adopted:,} objects are declared and in the cloud, not in the state{but}: ",
            cl("apply"),
            " adopts them all at once.",
            " It applies the rest of the configuration, too." if restored or carried else "",
        )


def _in_the_way(items: Iterable[Item]) -> str:
    """What the plan of everything would be refused for; empty where nothing is known."""
    found: dict[str, None] = {}
    for item in items:
        restores = any(way.direction is Direction.RESTORE for way in item.ways)
        found |= dict.fromkeys(refusal.broken for refusal in item.refusals)
        if item.bucket is Bucket.MISSING and item.what_moved is Mover.CLOUD and item.span and not restores:
            found[f"{item.subject}, which cannot come back, is declared"] = None
    listed = [*found][:_LISTED]
    return "; ".join([*listed, *([f"{len(found) - _LISTED:,} more"] if len(found) > _LISTED else [])])


def _import_at_once(items: Iterable[Item]) -> Iterator[Remedy]:
    """The one command that accepts what nothing declares, where that is more than one object."""
    unmanaged = [item for item in items if item.bucket is Bucket.UNMANAGED and item.what_moved is Mover.CLOUD]
    importable = sum(item.type in (ATTACHMENT, VPC, SECURITY_RULE) for item in unmanaged)
    if importable > 1:
        yield Remedy.of(
            f"{importable:,} objects that are not declared can be accepted all at once: ",
            cl("import", "--all", "--write", "FILE.hcl"),
            ". It imports every link, enabled VPC and security rule that is not managed yet, ignored ones included, "
            "and writes their blocks. To remove some of them from the cloud instead, delete their blocks from that "
            "file, then: ",
            cl("apply"),
        )


def _left_out(groups: Iterable[DriftGroup]) -> Iterator[Remedy]:
    """What shows the objects that a group stands for and does not name."""
    if any(len(group["items"]) > (1 if group["bucket"] == Bucket.UNMANAGED else NAMED) for group in groups):
        yield Remedy.of("To list each object with its own remedy: ", cl("drift", "--all"), ".")


_TYPES = {
    Kind.VPCS: VPC,
    Kind.VSWITCHES: VPC,
    Kind.ROUTE_ENTRIES: VPC,
    Kind.INSTANCES: ATTACHMENT,
    Kind.LINKS: ATTACHMENT,
    Kind.SECURITY_GROUPS: SECURITY_RULE,
}


def _also_unread(items: Iterable[Item], unread: Sequence[Unread]) -> Iterator[Item]:
    """What could not be read and no item reports yet: there may be drift that is not seen."""
    unknown = (item for item in items if item.bucket is Bucket.UNKNOWN)
    reported = {subject for item in unknown for subject in (item.instance_id, item.vpc_id)}
    for gap in unread:
        if gap.subject is not None and gap.subject in reported:
            continue
        what = gap.kind.words
        yield Item(
            bucket=Bucket.UNKNOWN,
            type=_TYPES[gap.kind],
            id=gap.subject or "*",
            what_moved=Mover.CLOUD,
            sentence=Sentence(
                f"The {what} of {gap.subject or 'the whole account'}",
                f"could not be read: {gap.why}.",
                *(() if gap.subject else ("kinds of objects", what)),
            ),
            ways=(remedies.read_again(gap.remedy),),
        )
