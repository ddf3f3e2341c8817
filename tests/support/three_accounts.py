"""Three accounts with the same ids, each a provider; and a module that is called once for each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from support.desk import Desk
from support.two_accounts import account

KEYS = {"mock": ("one", "1001"), "mock.lab": ("two", "1002"), "mock.old": ("three", "1003")}
PROVIDERS = "\n".join(
    'provider "mock" {\n'
    + (f'  alias    = "{key.partition(".")[2]}"\n' if "." in key else "")
    + f'  world    = "{name}.json"\n  call_log = "{name}.jsonl"\n}}\n'
    for key, (name, _) in KEYS.items()
)
"""The first one is the default one."""

NET = """\
variable "instance_id" {
  type = string
}

data "classiclink_instances" "all" {}

resource "classiclink_vpc" "shop" {
  vpc_id = "vpc-a"
}

resource "classiclink_attachment" "web" {
  instance_id = var.instance_id
  vpc_id      = classiclink_vpc.shop.vpc_id
}

output "account" {
  value = classiclink_vpc.shop.account_id
}

output "seen" {
  value = data.classiclink_instances.all.instances[*].account_id
}
"""


def call(name: str, provider: str, instance_id: str = "i-1") -> str:
    """A call of the module `net` that gives it this provider."""
    return (
        f'module "{name}" {{\n  source      = "./net"\n  providers   = {{ mock = {provider} }}\n'
        f'  instance_id = "{instance_id}"\n}}\n'
    )


CALLS = "\n".join(call(name, key) for name, key in (("prod", "mock"), ("lab", "mock.lab"), ("old", "mock.old")))


def three_accounts(desk: Desk, main: str, links: Mapping[str, Mapping[str, str]] | None = None) -> Desk:
    """A desk with the three, these links of each by the provider's key, and `main` behind the provider blocks."""
    for key, (name, number) in KEYS.items():
        desk.write(**{f"{name}__json": account(number, (links or {}).get(key, {}))})
    (desk.directory / "net").mkdir(exist_ok=True)
    (desk.directory / "net" / "main.hcl").write_text(NET, encoding="utf-8")
    desk.write(main__hcl=f"{PROVIDERS}\n{main}")
    return desk


def links_of(desk: Desk) -> dict[str, dict[str, str]]:
    """The links that each account has, by the provider's key."""
    found = {}
    for key, (name, _) in KEYS.items():
        world = json.loads((desk.directory / f"{name}.json").read_text(encoding="utf-8"))
        found[key] = {link["instance_id"]: link["vpc_id"] for link in world.get("links", [])}
    return found


def providers_of(desk: Desk) -> dict[str, str]:
    """The provider of each object of the state, by address."""
    state = json.loads((desk.directory / "cl.state.json").read_text(encoding="utf-8"))
    found = {}
    for one in state["resources"]:
        module = f"{one['module']}." if one.get("module") else ""
        found[f"{module}{one['type']}.{one['name']}"] = one["provider"]
    return found
