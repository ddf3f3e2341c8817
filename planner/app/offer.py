"""An offered link beside what the configuration declares and the state holds: nothing is declared or linked twice."""

from __future__ import annotations

from planner.address import import_command
from planner.config.desired import Desired, DesiredObject
from planner.drift.dropping import taken_out
from planner.drift.referrers import Drop
from planner.network.addressing import GUEST_ROUTE_DESTINATION
from planner.network.identity import Enablement, GuestRoute, Identity, Link
from planner.network.scenarios import Advice, LinkOffer, Note
from planner.network.world import World
from planner.remedy import AND, Command, File, Remedy, cl
from planner.rules.labels import Labels
from planner.state.model import State
from planner.values import replace


def beside(advice: Advice, offer: LinkOffer, provider: str, desired: Desired, prior: State, world: World) -> Advice:
    """The advice, its offer without what is declared already, and with what is to be done about the present link.

    `world` is what `provider` sees: only what is declared and managed there counts.
    """
    declared = [each for each in desired.objects if each.provider == provider]
    found = {each.identity: each for each in declared}
    labels = Labels([*prior.objects, *(each.address for each in desired.objects)])
    route = GuestRoute(offer.instance_id, GUEST_ROUTE_DESTINATION)
    enablement, link = Enablement(offer.vpc_id), Link(offer.instance_id, offer.vpc_id)
    rules = {rule: labels.address(provider, rule).name for rule in offer.rules if rule not in found}
    missing = replace(
        offer,
        rules=rules,
        enable=offer.enable and enablement not in found,
        guest_route=offer.guest_route and route not in found,
        names={identity.type: labels.address(provider, identity).name for identity in (enablement, route, link)},
    )
    written = [found[rule] for rule in offer.rules if rule in found]
    if written:
        text = Remedy.of(
            _place(written[0], "security_group_id"), " declares that rule already: ", cl("apply"), " adds it."
        )
        advice = advice.noting([Note(text, "the configuration")])
    if not offer.link:
        return replace(advice, offer=None if missing.is_empty else missing)
    if link in found:
        unlinked = replace(missing, link=False)
        rest = None if unlinked.is_empty else unlinked
        adopt = _adopt(offer, str(found[link].address), provider, prior, world)
        text = Remedy.of(
            _place(found[link]),
            " declares that link already: ",
            "" if advice.same_account else "once the instance belongs to the account of the VPC, ",
            Remedy.of(adopt, AND) if adopt else "",
            cl("apply"),
            " builds it.",
        )
        return replace(advice, offer=rest).noting([Note(text, "the configuration")])
    own = next((each for each in declared if _is_link_of(each.identity, offer.instance_id)), None)
    alone = str(labels.address(provider, link))
    if own is None:
        return replace(advice, offer=replace(missing, adopt=_adopt(offer, alone, provider, prior, world)))
    apart = str(next(taken_out([Drop(own.address, own.place)]))) if own.address.key is not None else None
    address = alone if apart else str(own.address)
    adopt = _adopt(offer, address, provider, prior, world)
    changed = replace(missing, declared_at=str(own.address), taken_out=apart, adopt=adopt)
    return replace(advice, offer=changed)


def _adopt(offer: LinkOffer, address: str, provider: str, prior: State, world: World) -> Command | None:
    """The command without which no plan moves the link that the instance has: the link is not managed.

    If the state has the address already, a link was moved by hand: a plan moves it back, and an import is refused.
    """
    linked = world.links.get(offer.instance_id)
    if linked is None or (provider, Link(offer.instance_id, linked)) in prior.keys:
        return None
    if any(str(taken) == address for taken in prior.objects):
        return None
    return import_command(address, f"{offer.instance_id}/{linked}")


def _is_link_of(identity: Identity, instance_id: str) -> bool:
    return isinstance(identity, Link) and identity.instance_id == instance_id


def _place(declared: DesiredObject, argument: str = "vpc_id") -> Remedy:
    span = declared.place.at(argument)
    return Remedy.of(f"{declared.address} (", File(span.filename), f" line {span.start.line})")
