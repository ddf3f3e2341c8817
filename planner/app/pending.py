"""What a bulk import leaves alone: what stands for one thing now, and is declared to stand for another.

The next apply moves or replaces it. A block that declares it as it is now would be a second declaration.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct

from planner.address import import_command
from planner.config.desired import Desired, DesiredObject
from planner.diagnostics import Diagnostic, Severity
from planner.network.identity import Identity, Link
from planner.network.worlds import Worlds
from planner.remedy import Remedy, cl
from planner.state.model import State

_MOST_NAMED = 20


class Pending(Struct, frozen=True):
    """An object as it stands `now` and as it is `desired`; a plan changes it where it is managed."""

    now: Identity
    desired: DesiredObject
    is_managed: bool


def find_pending(desired: Desired, state: State, worlds: Worlds, vpc_ids: Collection[str]) -> list[Pending]:
    """What is pending, of these VPCs or, without any, of all."""
    return [one for one in _moves(desired, state, worlds) if not vpc_ids or one.now.vpc_id in vpc_ids]


def _moves(desired: Desired, state: State, worlds: Worlds) -> Iterator[Pending]:
    for declared in desired.objects:
        prior = state.objects.get(declared.address)
        if prior is not None and prior.identity != declared.identity:
            yield Pending(prior.identity, declared, is_managed=True)
        elif isinstance(declared.identity, Link):
            linked = worlds.of(declared.provider).links.get(declared.identity.instance_id)
            if linked is not None and linked != declared.identity.vpc_id:
                yield Pending(Link(declared.identity.instance_id, linked), declared, is_managed=prior is not None)


def not_imported(pending: Sequence[Pending]) -> Diagnostic:
    """That they were left out, and what carries out what is pending."""
    moves = [f"{one.desired.address} will change from {one.now.id} to {one.desired.identity.id}" for one in pending]
    named = pending[:_MOST_NAMED]
    more = f"; and {len(pending) - len(named):,} more" if len(pending) > len(named) else ""
    targets = [word for one in named for word in ("--target", str(one.desired.address))]
    adopted = [import_command(one.desired.address, one.now.id) for one in named if not one.is_managed]
    commands = Remedy.join("\n  ", (*adopted, cl("apply", *targets)))
    return Diagnostic(
        "STA128",
        "Objects have a pending move",
        f"{'; '.join(moves[:_MOST_NAMED])}{more}. An import would declare these objects a second time, "
        "so none was imported.",
        Remedy.of("Apply it first:\n  ", commands),
        Severity.WARNING,
    )
