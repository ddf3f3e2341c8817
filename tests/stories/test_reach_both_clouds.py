"""Questions about one instance of a VPC are answered on each cloud, though a reading of Alibaba Cloud lists none."""

from __future__ import annotations

import pytest

from support.clouds import BOTH_CLOUDS
from support.desk import Desk
from support.story_estates import PROVIDER, instance, link, vpc

pytestmark = BOTH_CLOUDS

HOME = {"account_id": "1001", "region_id": "cn-hangzhou"}
MYSQL = ("--protocol", "tcp", "--port", "3306")


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A classic web server that is linked to the VPC of a database, whose group lets MySQL in."""
    rule = {"rule_id": "sgr-1", "source_security_group_id": "sg-web", "ip_protocol": "tcp", "port_range": "3306/3306"}
    desk.world(
        vpcs=[vpc("vpc-a", "172.16.0.0/12", classic_link_enabled=True)],
        instances=[
            instance("i-web", "10.1.1.1", security_group_ids=["sg-web"]),
            instance("i-db", "172.16.1.9", network_type="vpc", vpc_id="vpc-a", security_group_ids=["sg-db"]),
        ],
        security_groups=[
            {"security_group_id": "sg-web", **HOME, "rules": []},
            {"security_group_id": "sg-db", **HOME, "vpc_id": "vpc-a", "rules": [rule]},
        ],
        links=[link("i-web", "vpc-a")],
    )
    desk.write(main__hcl=PROVIDER)
    return desk


def test_the_rule_that_decides_is_named(shop: Desk) -> None:
    found = shop.cl("reach", "i-web", "i-db", *MYSQL, "--json", code=0).json
    assert found["reachable"] is True
    assert any("sgr-1" in str(hop) for hop in found["hops"])
    assert shop.cl("reach", "i-web", "i-db", "--protocol", "udp", "--json", code=0).json["reachable"] is False


def test_advice_about_it_is_given(shop: Desk) -> None:
    assert (
        'port_range               = "22/22"'
        in shop.cl("advise", "i-web", "i-db", "--protocol=tcp", "--port=22", code=0).out
    )


def test_an_instance_that_is_nowhere_is_still_not_found(shop: Desk) -> None:
    assert "CFG601" in shop.cl("reach", "i-web", "i-nowhere", code=1).err
