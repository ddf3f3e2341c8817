"""What cannot be imported is said for what it is."""

from __future__ import annotations

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, link, vpc


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
            "i-0003 has no route entry to 192.168.0.0/16 through its private NIC.",
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


@pytest.mark.parametrize(
    ("address", "object_id", "says", "to_fix"),
    [
        (
            "classiclink_attachment.w",
            "i-0002/vpc-a",
            'needs a key. There are: classiclink_attachment.w["a"], classiclink_attachment.w["b"].',
            "Import it there: cl import 'classiclink_attachment.w[\"b\"]' i-0002/vpc-a",
        ),
        (
            'classiclink_attachment.w["c"]',
            "i-0003/vpc-a",
            'these are: classiclink_attachment.w["a"], classiclink_attachment.w["b"].',
            "Use the address that it belongs to, or declare a new one first.",
        ),
        (
            "classiclink_vpc.a[0]",
            "vpc-a",
            "classiclink_vpc.a has no count or for_each, so its address has no key.",
            "Import it there: cl import classiclink_vpc.a vpc-a",
        ),
        (
            "classiclink_vpc.b",
            "vpc-a",
            "declares nothing at classiclink_vpc.b.",
            'resource "classiclink_vpc" "b" { … }',
        ),
    ],
)
def test_a_key_that_is_missing_or_wrong_is_reported_with_those_that_there_are(
    desk: Desk, address: str, object_id: str, says: str, to_fix: str
) -> None:
    desk.world(
        vpcs=[vpc("vpc-a", classic_link_enabled=True)],
        instances=instances(3),
        links=[link(f"i-000{n}", "vpc-a") for n in (1, 2, 3)],
    )
    web = attach("w", "X", "vpc-a", '  for_each = { a = "i-0001", b = "i-0002" }\n').replace('"X"', "each.value")
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + web)
    messages = " ".join(desk.cl("import", address, object_id, code=1).err.split())
    assert says in messages
    assert to_fix in messages
