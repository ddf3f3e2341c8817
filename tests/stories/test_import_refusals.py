"""What cannot be imported is said for what it is."""

from __future__ import annotations

import pytest
from desk import Desk
from story_estates import PROVIDER, attach, enable, instances, link, vpc


@pytest.mark.parametrize(
    ("address", "object_id", "says"),
    [
        ("classiclink_vpc.off", "vpc-off", "vpc-off is there, but ClassicLink is not enabled on it."),
        ("classiclink_vpc.off", "vpc-lost", "vpc-lost was not found in the cloud."),
        ("classiclink_attachment.one", "i-0001/vpc-off", "i-0001 is not linked to vpc-off: it is linked to vpc-a."),
        ("classiclink_attachment.one", "i-0002/vpc-a", "i-0002 is not linked to vpc-a: it is linked to no VPC."),
        ("classiclink_attachment.one", "i-lost/vpc-a", "i-lost was not found in the cloud."),
        (
            "classiclink_guest_route.one",
            "i-0003/192.168.0.0/16",
            "i-0003 has no route entry to 192.168.0.0/16 by its private NIC.",
        ),
    ],
)
def test_an_import_of_what_is_not_so_says_what_is(desk: Desk, address: str, object_id: str, says: str) -> None:
    machines = instances(3)
    machines[2]["guest_routes"] = []
    desk.world(
        vpcs=[vpc("vpc-a", classic_link_enabled=True), vpc("vpc-off", "172.31.0.0/16")],
        instances=machines,
        links=[link("i-0001", "vpc-a")],
    )
    route = 'resource "classiclink_guest_route" "one" {\n  instance_id = "i-0003"\n}\n'
    desk.write(main__hcl=PROVIDER + enable("off", "vpc-off") + attach("one", "i-0001", "vpc-off") + route)
    assert says in " ".join(desk.cl("import", address, object_id, code=1).err.split())
