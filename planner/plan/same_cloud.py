"""Provider blocks that are one cloud: two roles in one account, say. Each counts slots and orders steps for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from planner.address import Address
from planner.diagnostics import Diagnostic, Related, counted, listed
from planner.plan.options import PlanOptions
from planner.plan.planned import Planned
from planner.remedy import Remedy
from planner.rules.plan_safety import ONE_CLOUD
from planner.steps import Place

Clouds = Mapping[str, Mapping[str, str]]
"""For each provider the settings that say which cloud it is."""


class _Touch(Struct, frozen=True):
    """What a provider has to do with something: the object that it is done for, and where that is declared."""

    address: Address | None
    place: Place | None


_Touched = dict[tuple[str, str, str], dict[str, _Touch]]
"""By cloud, kind and id of something: each provider that has to do with it."""


def shared(plan: Planned, clouds: Clouds, options: PlanOptions) -> Iterator[Diagnostic]:
    """CL914: VPCs, instances and objects that two providers of one cloud both change or declare, once for each pair."""
    cloud_of = cloud_names(clouds)
    if len(set(cloud_of.values())) == len(cloud_of):
        return
    found: dict[tuple[str, ...], list[tuple[str, dict[str, _Touch]]]] = {}
    for (_, _, what), touches in _touched(plan, cloud_of, options).items():
        if len(touches) > 1:
            found.setdefault(tuple(touches), []).append((what, touches))
    for providers, subjects in found.items():
        what, touches = subjects[0]
        yield _diagnostic(providers, what, touches, len(subjects) - 1)


def cloud_names(clouds: Clouds) -> dict[str, str]:
    """For each provider whose cloud is known, a name of that cloud: the first provider that has it."""
    first: dict[tuple[str, frozenset[tuple[str, str]]], str] = {}
    return {
        key: first.setdefault((key.partition(".")[0], frozenset(settings.items())), key)
        for key, settings in clouds.items()
        if settings
    }


def _touched(plan: Planned, cloud_of: Mapping[str, str], options: PlanOptions) -> _Touched:
    found: _Touched = {}
    for step in plan.ordered.steps:
        if (cloud := cloud_of.get(step.provider)) is not None:
            for kind, what in (("VPC", step.vpc_id), ("instance", step.instance_id)):
                if what is not None:
                    found.setdefault((cloud, kind, what), {}).setdefault(
                        step.provider, _Touch(step.address, step.place)
                    )
    for each in plan.desired.objects if options.changing else ():
        if (cloud := cloud_of.get(each.provider)) is not None:
            touch = _Touch(each.address, each.place)
            found.setdefault((cloud, each.identity.type, each.identity.id), {}).setdefault(each.provider, touch)
    return found


def _diagnostic(providers: tuple[str, ...], what: str, touches: Mapping[str, _Touch], more: int) -> Diagnostic:
    names = listed(providers)
    (kept, _), (_, other) = list(touches.items())[:2]
    rest = f" The same is true of {counted(more, 'other id')}." if more else ""
    related = tuple(
        Related(f"{touch.address} belongs to {provider}", touch.place.block)
        for provider, touch in touches.items()
        if touch.place is not None
    )
    return ONE_CLOUD.diagnostic(
        detail=f"{names} are the same cloud, and both concern {what}.{rest} Each counts slots and orders steps on its "
        "own, so together they could do what the cloud refuses.",
        remedy=Remedy.of(f"Declare everything about {what} with one of them: provider = {kept} in {other.address}"),
        address=str(other.address) if other.address else None,
        span=other.place.block if other.place else None,
        related=related[:1],
    )
