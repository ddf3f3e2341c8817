"""An estate in a project directory, and a change of its configuration that takes some fifty steps of every kind.

Links are made, moved and ended, VPCs enabled and disabled, guest routes added and removed; two full VPCs swap an
instance, which parks one; one link is adopted and one has a new address.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

QUOTA = 1000
GUEST_CIDR = "192.168.0.0/16"
PLACE = {"account_id": "1", "region_id": "r"}
VPCS = {
    "vpc-stays": "172.16.0.0/12",
    "vpc-new": "172.16.0.0/12",
    "vpc-old": "172.16.0.0/12",
    "vpc-guest": GUEST_CIDR,
    "vpc-guest-old": GUEST_CIDR,
    "vpc-full-1": "172.16.0.0/12",
    "vpc-full-2": "172.16.0.0/12",
}
FULL = ("vpc-full-1", "vpc-full-2")


def named(kind: str, count: int, vpc_id: str) -> dict[str, str]:
    return {f"i-{kind}-{number}": vpc_id for number in range(count)}


STAY = named("stay", 20, "vpc-stays")
SWAP = {"i-swap-1": "vpc-full-1", "i-swap-2": "vpc-full-2"}
ADOPTED = {"i-adopted": "vpc-stays"}
UNMANAGED = {
    f"{vpc_id}-{number}": vpc_id
    for vpc_id in FULL
    for number in range(QUOTA - sum(linked == vpc_id for linked in SWAP.values()))
}

LINKS_BEFORE = {
    **STAY,
    **SWAP,
    **named("moves", 4, "vpc-old"),
    **named("guest-moves", 3, "vpc-old"),
    **named("leaves", 3, "vpc-old"),
    **named("guest-leaves", 3, "vpc-guest-old"),
    "i-back": "vpc-guest-old",
}
LINKS_AFTER = {
    **STAY,
    **ADOPTED,
    "i-swap-1": "vpc-full-2",
    "i-swap-2": "vpc-full-1",
    **named("moves", 4, "vpc-new"),
    **named("guest-moves", 3, "vpc-guest"),
    **named("comes", 7, "vpc-new"),
    **named("guest-comes", 3, "vpc-guest"),
    "i-back": "vpc-stays",
}
ENABLED_BEFORE = {"vpc-stays", "vpc-old", "vpc-guest-old", *FULL}
ENABLED_AFTER = {"vpc-stays", "vpc-new", "vpc-guest", *FULL}
ROUTES_BEFORE = {"i-guest-leaves-0", "i-guest-leaves-1", "i-guest-leaves-2", "i-back"}
ROUTES_AFTER = {instance_id for instance_id, vpc_id in LINKS_AFTER.items() if vpc_id == "vpc-guest"}
STEPS = 50


def write_estate(directory: Path) -> None:
    """The world before anything was applied, and the configuration of before the change."""
    (directory / "world.json").write_text(json.dumps(_world()))
    write_configuration(directory, changed=False)


def write_configuration(
    directory: Path, *, changed: bool = True, settings: str = "", cloud: str = "", backend: str = ""
) -> None:
    """The configuration before or after the change, with more settings of the provider.

    `cloud` is how the paths of the simulated cloud begin, `backend` the block that names the backend.
    """
    links, enabled, routes = (
        (LINKS_AFTER, ENABLED_AFTER, ROUTES_AFTER) if changed else (LINKS_BEFORE, ENABLED_BEFORE, ROUTES_BEFORE)
    )
    fleet = {instance_id: vpc_id for instance_id, vpc_id in links.items() if instance_id != "i-stay-0"}
    text = f"""{backend}
provider "mock" {{
  world    = "{cloud}world.json"
  call_log = "{cloud}calls.jsonl"
  {settings}
}}

resource "classiclink_vpc" "shop" {{
  for_each = toset({json.dumps(sorted(enabled))})
  vpc_id   = each.key
}}

resource "classiclink_attachment" "fleet" {{
  for_each    = {json.dumps(dict(sorted(fleet.items())))}
  instance_id = each.key
  vpc_id      = each.value
}}

resource "classiclink_attachment" "{"new_name" if changed else "old_name"}" {{
  instance_id = "i-stay-0"
  vpc_id      = "vpc-stays"
}}

resource "classiclink_guest_route" "to" {{
  for_each    = toset({json.dumps(sorted(routes))})
  instance_id = each.key
}}

output "linked" {{
  value = length(classiclink_attachment.fleet)
}}
"""
    (directory / "main.hcl").write_text(text)


def _world() -> dict[str, Any]:
    instances = {**LINKS_BEFORE, **LINKS_AFTER, **UNMANAGED}
    return {
        "format_version": "1.0",
        "account_id": "1",
        "vpcs": [
            {"vpc_id": vpc_id, **PLACE, "cidr_block": cidr, "classic_link_enabled": vpc_id in ("vpc-stays", *FULL)}
            for vpc_id, cidr in VPCS.items()
        ],
        "instances": [
            {"instance_id": one, **PLACE, "network_type": "classic", "private_ip": _ip(number), "guest_routes": []}
            for number, one in enumerate(instances)
        ],
        "links": [
            {"instance_id": instance_id, "vpc_id": vpc_id} for instance_id, vpc_id in {**UNMANAGED, **ADOPTED}.items()
        ],
    }


def _ip(number: int) -> str:
    return f"10.1.{number // 250}.{1 + number % 250}"


def identities_after() -> dict[str, str]:
    """What stands at each address after the change."""
    return dict(_identities(LINKS_AFTER))


def _identities(links: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for vpc_id in ENABLED_AFTER:
        yield f'classiclink_vpc.shop["{vpc_id}"]', vpc_id
    for instance_id, vpc_id in links.items():
        own = instance_id == "i-stay-0"
        address = "classiclink_attachment.new_name" if own else f'classiclink_attachment.fleet["{instance_id}"]'
        yield address, f"{instance_id}/{vpc_id}"
    for instance_id in ROUTES_AFTER:
        yield f'classiclink_guest_route.to["{instance_id}"]', f"{instance_id}/{GUEST_CIDR}"
