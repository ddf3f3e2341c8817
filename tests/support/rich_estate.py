"""An estate of which plans have a bit of everything: for tests that look at every part of a plan.

With two slots a VPC, the plan of the change swaps two instances of full VPCs, so that one is parked; it makes and ends
links, guest routes and enablements, adopts one link, gives one a new address and one of a module another VPC; something
was changed outside; rules warn, one is waived; outputs come, change and go.
"""

from __future__ import annotations

from support.story_estates import PROVIDER, attach, enable, instance, link, vpc

SLOTS = 2
GUEST = "192.168.0.0/16"
WORLD = {
    "vpcs": [
        vpc("vpc-a", secondary_cidr_blocks=["172.30.0.0/16"]),
        *(vpc(f"vpc-{name}") for name in "bcd"),
        vpc("vpc-g", GUEST),
        vpc("vpc-h", GUEST),
    ],
    "vswitches": [{"vswitch_id": "vsw-1", "vpc_id": "vpc-a", "cidr_block": "172.16.1.0/24"}],
    "route_entries": [{"vpc_id": "vpc-b", "destination_cidr_block": "10.9.0.0/16", "type": "Custom"}],
    "cloud_resources": [{"resource_id": "rm-1", "kind": "rds", "vpc_id": "vpc-a", "private_ip": "172.16.1.20"}],
    "instances": [instance(f"i-{number}", f"10.1.2.{number}", guest_routes=[]) for number in range(1, 10)],
}

SETTINGS = """
cl {
  limits {
    max_unavailable = 2
    waive "CL403" {
      reason = "the secondary block is empty"
      until  = "2999-12-31"
    }
  }
}
variable "floor" {
  default = 3
}
check "floor" {
  assert {
    condition     = var.floor > 5
    error_message = "The floor is low."
  }
}
module "shop" {
  source = "./shop"
  vpc_id = "VPC"
}
"""


def vpcs(*names: str) -> str:
    return "".join(enable(name, f"vpc-{name}") for name in names)


def route(instance_id: str) -> str:
    return f'resource "classiclink_guest_route" "{instance_id}" {{\n  instance_id = "{instance_id}"\n}}\n'


MODULE = """
variable "vpc_id" {}
resource "classiclink_attachment" "counted" {
  count       = 1
  instance_id = "i-9"
  vpc_id      = var.vpc_id
}
"""

BEFORE = (
    PROVIDER
    + SETTINGS.replace("VPC", "vpc-c")
    + vpcs(*"abcdh")
    + attach("one", "i-1", "vpc-a")
    + attach("stays", "i-2", "vpc-a")
    + attach("three", "i-3", "vpc-b")
    + attach("four", "i-4", "vpc-b")
    + attach("lost", "i-5", "vpc-c")
    + attach("leaves", "i-6", "vpc-h")
    + route("i-6")
    + 'output "gone" {\n  value = "x"\n}\noutput "kept" {\n  value = [1]\n}\n'
)
AFTER = (
    PROVIDER
    + SETTINGS.replace("VPC", "vpc-d")
    + vpcs(*"abcdg")
    + attach("one", "i-1", "vpc-b", "  vswitch_ids = null\n  depends_on = [classiclink_vpc.b]\n")
    + attach("still", "i-2", "vpc-a", '  vswitch_ids = ["vsw-1"]\n')
    + attach("three", "i-3", "vpc-a", '  vswitch_ids = ["vsw-1"]\n')
    + attach("four", "i-4", "vpc-b")
    + attach("lost", "i-5", "vpc-c")
    + attach("found", "i-7", "vpc-d")
    + attach("comes", "i-8", "vpc-g")
    + route("i-8")
    + 'output "kept" {\n  value = [1, 2]\n}\noutput "new" {\n  value = { a = var.floor }\n}\n'
    + 'output "hidden" {\n  value     = "s"\n  sensitive = true\n}\n'
)
WRONG = AFTER + attach("again", "i-1", "vpc-c") + attach("nowhere", "i-99", "vpc-z")
OUTSIDE = [link("i-7", "vpc-d")]
