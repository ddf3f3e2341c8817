"""The blocks of configuration that advice offers."""

from __future__ import annotations

from msgspec import Struct

from planner.hcl.writing.literals import block_label, string_literal
from planner.network.addressing import GUEST_ROUTE_DESTINATION
from planner.network.scenarios import AuthorizationEntry, OfferedRuleEntry, OfferEntry


class OfferedPart(Struct, frozen=True):
    """One piece of what is offered: what it does, as a sentence without its mark, and its source text."""

    what: str
    hcl: str
    is_block: bool = True
    """Whether it is a block, which is pasted as it stands, and no arguments of one."""


def offer_hcl(offer: OfferEntry) -> str:
    """The blocks that declare the link, or the arguments to change where the instance has a block already."""
    return "\n".join(part.hcl for part in offered_parts(offer))


def offered_parts(offer: OfferEntry) -> list[OfferedPart]:
    """The pieces of the offered configuration, all of which are written."""
    instance_id, vpc_id = string_literal(offer["instance_id"]), string_literal(offer["vpc_id"])
    names = offer.get("names") or {}
    instance_label = names.get("classiclink_attachment") or block_label(offer["instance_id"])
    route_label = names.get("classiclink_guest_route") or block_label(offer["instance_id"])
    vpc_label = names.get("classiclink_vpc") or block_label(offer["vpc_id"])
    arguments = [("vpc_id", f"classiclink_vpc.{vpc_label}.vpc_id" if offer["enable"] else vpc_id)]
    if offer["vswitch_ids"]:
        arguments.append(("vswitch_ids", "[" + ", ".join(map(string_literal, offer["vswitch_ids"])) + "]"))
    provider = [("provider", offer["provider"])] if "provider" in offer else []
    parts: list[OfferedPart] = []
    if offer["enable"]:
        block = _block("classiclink_vpc", vpc_label, [*provider, ("vpc_id", vpc_id)])
        parts.append(OfferedPart(f"Enable ClassicLink on {offer['vpc_id']}", block))
    if offer["guest_route"]:
        block = _block("classiclink_guest_route", route_label, [*provider, ("instance_id", instance_id)])
        parts.append(OfferedPart(f"Add the route to {GUEST_ROUTE_DESTINATION} inside {offer['instance_id']}", block))
    for rule in offer.get("security_rules", ()):
        what = f"Add the rule to {rule['security_group_id']} that lets {rule['source_security_group_id']} in"
        parts.append(OfferedPart(what, _rule_block(rule, provider)))
    link, declared_at = f"{offer['instance_id']} to {offer['vpc_id']}", offer["declared_at"]
    if offer["link"] and declared_at and not offer.get("taken_out"):
        change = "".join(f"{line}\n" for line in _assigned(arguments))
        parts.append(
            OfferedPart(f"Link {link}: change {declared_at}, which declares its link, to", change, is_block=False)
        )
    elif offer["link"]:
        block = _block("classiclink_attachment", instance_label, [*provider, ("instance_id", instance_id), *arguments])
        first = f": {offer['taken_out']}, and add" if offer.get("taken_out") else ""
        parts.append(OfferedPart(f"Link {link}{first}", block))
    return parts


def _rule_block(rule: OfferedRuleEntry, provider: list[tuple[str, str]]) -> str:
    label = rule.get("name") or block_label(rule["security_group_id"])
    return _block("classiclink_security_rule", label, [*provider, *_rule_arguments(rule)])


def _rule_arguments(rule: OfferedRuleEntry) -> list[tuple[str, str]]:
    """The arguments that `cl` and Terraform have in common."""
    return [
        ("security_group_id", string_literal(rule["security_group_id"])),
        ("source_security_group_id", string_literal(rule["source_security_group_id"])),
        ("ip_protocol", string_literal(rule["ip_protocol"])),
        ("port_range", string_literal(rule["port_range"])),
    ]


def authorization_hcl(authorization: AuthorizationEntry) -> str:
    """The blocks that declare rules between two classic groups, for Terraform."""
    owner = authorization.get("source_account_id")
    more = [("source_group_owner_account", string_literal(owner))] if owner else []
    return "\n".join(
        _block(
            "alicloud_security_group_rule",
            block_label(rule["security_group_id"]) + (f"-{number}" if number > 1 else ""),
            [("type", '"ingress"'), ("nic_type", '"intranet"'), *_rule_arguments(rule), *more],
        )
        for number, rule in enumerate(authorization["rules"], 1)
    )


def _block(type_: str, label: str, arguments: list[tuple[str, str]]) -> str:
    body = "".join(f"  {line}\n" for line in _assigned(arguments))
    return f'resource "{type_}" "{label}" {{\n{body}}}\n'


def _assigned(arguments: list[tuple[str, str]]) -> list[str]:
    width = max(len(argument) for argument, _ in arguments)
    return [f"{argument:<{width}} = {value}" for argument, value in arguments]
