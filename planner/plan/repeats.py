"""One object declared more than once: an instance linked twice, an enablement or a guest route twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from planner.address import Address
from planner.config.desired import DesiredObject
from planner.network.identity import Identity, Link, Subject
from planner.plan.pairing import is_at_home
from planner.plan.refresh import PriorObject
from planner.rules.base import Declaration

_Once = tuple[str, str | Identity]
"""What may be declared once: an instance that is linked, or any other object, of a provider."""


class Repeats(Struct, frozen=True):
    """`kept` are the desired objects, each once.

    `declarations` are those of each instance that is declared more than once. `repeated` are further declarations of
    an enablement or a guest route, each with the one that counts.
    """

    kept: Sequence[DesiredObject]
    declarations: Mapping[Subject, tuple[Declaration, ...]]
    repeated: tuple[tuple[DesiredObject, DesiredObject], ...]

    def __bool__(self) -> bool:
        return bool(self.declarations or self.repeated)


def once_each(desired: Sequence[DesiredObject], prior: Mapping[Address, PriorObject]) -> Repeats:
    """Of several declarations, the one that counts is where the state has the object, or else the first."""
    first: dict[_Once, DesiredObject] = {}
    further: dict[_Once, list[DesiredObject]] = defaultdict(list)
    for each in desired:
        identity = each.identity
        subject: _Once = (each.provider, identity.instance_id if isinstance(identity, Link) else identity)
        if first.setdefault(subject, each) is not each:
            further[subject].append(each)
    if not further:
        return Repeats(list(first.values()), {}, ())
    declarations: dict[Subject, tuple[Declaration, ...]] = {}
    repeated: list[tuple[DesiredObject, DesiredObject]] = []
    for subject in [subject for subject in first if subject in further]:
        group = [first[subject], *further[subject]]
        counting, *others = sorted(group, key=lambda each: not is_at_home(each, prior))
        first[subject] = counting
        provider, what = subject
        if isinstance(what, str):
            declarations[provider, what] = tuple(
                Declaration(each.address, each.identity.vpc_id or "", each.place) for each in group
            )
        else:
            repeated.extend((each, counting) for each in others)
    return Repeats(list(first.values()), declarations, tuple(repeated))
