"""Two accounts with the same ids: production, which the default provider reads, and its copy, `mock.lab`."""

from __future__ import annotations

import json
from collections.abc import Mapping

from support.desk import Desk

PROVIDERS = """\
provider "mock" {
  world = "one.json"
}

provider "mock" {
  alias = "lab"
  world = "two.json"
}
"""

LINK = '  instance_id = "i-1"\n  vpc_id      = "vpc-a"\n'
OF_LAB = "  provider    = mock.lab\n"


def account(
    account_id: str,
    links: Mapping[str, str],
    vpcs: tuple[str, ...] = ("vpc-a",),
    instances: tuple[str, ...] = ("i-1", "i-2", "i-3"),
) -> str:
    """The world of an account, as text, with these links of classic instances."""
    return json.dumps(
        {
            "format_version": "1.0",
            "account_id": account_id,
            "vpcs": [
                {
                    "vpc_id": vpc_id,
                    "account_id": account_id,
                    "region_id": "cn-hangzhou",
                    "cidr_block": f"172.{16 + number}.0.0/16",
                    "classic_link_enabled": vpc_id in links.values(),
                }
                for number, vpc_id in enumerate(vpcs)
            ],
            "instances": [
                {
                    "instance_id": instance_id,
                    "account_id": account_id,
                    "region_id": "cn-hangzhou",
                    "network_type": "classic",
                    "private_ip": f"10.{1 + number // 250}.{account_id[-1]}.{number % 250}",
                }
                for number, instance_id in enumerate(instances, 1)
            ],
            "cloud_resources": [
                {
                    "resource_id": f"rm-{vpc_id}",
                    "kind": "rds",
                    "vpc_id": vpc_id,
                    "private_ip": f"172.{16 + number}.1.20",
                }
                for number, vpc_id in enumerate(vpcs)
            ],
            "links": [{"instance_id": one, "vpc_id": vpc_id} for one, vpc_id in links.items()],
        }
    )


def two_accounts(desk: Desk, *, one: Mapping[str, str], lab: Mapping[str, str], main: str = "") -> Desk:
    """A desk with both, and `main` behind the provider blocks."""
    desk.write(one__json=account("1001", one), two__json=account("1002", lab), main__hcl=f"{PROVIDERS}\n{main}")
    return desk


def block(kind: str, name: str, body: str) -> str:
    """A resource block."""
    return f'resource "classiclink_{kind}" "{name}" {{\n{body}}}\n'
