"""One object declared more than once: an instance linked twice, an enablement or a guest route twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner.address import Address
from planner.config.desired import DesiredObject
from planner.network.identity import Identity, Link
from planner.plan.pairing import is_at_home
from planner.plan.refresh import PriorObject
from planner.rules.base import Declaration


@dataclass(frozen=True, slots=True)
class Repeats:
    """`kept` are the desired objects, each once.

    `declarations` are those of each instance that is declared more than once. `repeated` are further declarations of
    an enablement or a guest route, each with the one that counts.
    """

    kept: Sequence[DesiredObject]
    declarations: Mapping[str, tuple[Declaration, ...]]
    repeated: tuple[tuple[DesiredObject, DesiredObject], ...]

    def __bool__(self) -> bool:
        return bool(self.declarations or self.repeated)


def once_each(desired: Sequence[DesiredObject], prior: Mapping[Address, PriorObject]) -> Repeats:
    """Of several declarations, the one that counts is where the state has the object, or else the first."""
    first: dict[str | Identity, DesiredObject] = {}
    further: dict[str | Identity, list[DesiredObject]] = defaultdict(list)
    for each in desired:
        subject: str | Identity = each.identity.instance_id if isinstance(each.identity, Link) else each.identity
        if first.setdefault(subject, each) is not each:
            further[subject].append(each)
    if not further:
        return Repeats(list(first.values()), {}, ())
    declarations: dict[str, tuple[Declaration, ...]] = {}
    repeated: list[tuple[DesiredObject, DesiredObject]] = []
    for subject in [subject for subject in first if subject in further]:
        group = [first[subject], *further[subject]]
        counting, *others = sorted(group, key=lambda each: not is_at_home(each, prior))
        first[subject] = counting
        if isinstance(subject, str):
            declarations[subject] = tuple(
                Declaration(each.address, each.identity.vpc_id or "", each.place) for each in group
            )
        else:
            repeated.extend((each, counting) for each in others)
    return Repeats(list(first.values()), declarations, tuple(repeated))
