"""Guest routes on a real cloud, which can neither set nor see them: a person adds them, and says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from providers.emulator.emulator import Settings
from support.desk import Desk
from support.emulating import KEY, REGION, SECRET, emulated
from support.story_estates import attach, enable, instance, vpc

ROUTE = 'resource "classiclink_guest_route" "web" {\n  instance_id = "i-1"\n}\n'
VPCS = [vpc("vpc-192", "192.168.0.0/16"), vpc("vpc-172", "172.16.0.0/12")]
INSTANCES = [instance("i-1", "10.1.2.3"), instance("i-2", "10.1.2.4")]
ENABLED = enable("new", "vpc-192")
LINKED = attach("web", "i-1", "vpc-192")


class Cloud(Desk):
    """A desk whose cloud is an emulator."""

    provider = ""

    def configure(self, *parts: str) -> None:
        self.write(main__hcl="".join((self.provider, *parts)))


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    desk = Cloud(tmp_path)
    desk.world(vpcs=VPCS, instances=INSTANCES)
    with emulated(Settings(tmp_path / "world.json")) as running:
        endpoints = "".join(f'    {name} = "{running.authority}"\n' for name in ("ecs", "vpc", "sts"))
        desk.provider = (
            f'provider "alicloud" {{\n  region = "{REGION}"\n  access_key = "{KEY}"\n  secret_key = "{SECRET}"\n'
            f'  protocol = "HTTP"\n  endpoints {{\n{endpoints}  }}\n}}\n'
        )
        yield desk


def steps(desk: Cloud, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.cl("plan", "--json", *options, code=0).json["steps"]
    return found


def test_a_route_in_the_state_is_there_for_every_command(cloud: Cloud) -> None:
    cloud.configure(ROUTE, ENABLED)
    cloud.cl("apply", "--auto-approve", code=0)
    cloud.configure(ROUTE, ENABLED, LINKED)
    assert [step["action"] for step in steps(cloud)] == ["attach"]
    cloud.cl("plan", "--out", "plan.json", code=0)
    cloud.cl("apply", "plan.json", code=0)
    assert steps(cloud) == []
    assert cloud.cl("drift", "--json", code=0).json["in_sync"]
    assert "routes 192.168.0.0/16 by its private NIC" in cloud.cl("reach", "i-1", "192.168.0.9", code=0).out


def test_a_route_that_nobody_declares_is_not_assumed(cloud: Cloud) -> None:
    cloud.configure(ENABLED, LINKED)
    refused = cloud.cl("plan", code=1)
    assert "CL107" in refused.err
    assert 'resource "classiclink_guest_route"' in refused.err


def test_a_route_is_imported_on_its_user_s_word(cloud: Cloud) -> None:
    cloud.configure(ROUTE, ENABLED, LINKED)
    cloud.cl("import", "classiclink_guest_route.web", "i-1/192.168.0.0/16", code=0)
    assert [step["action"] for step in steps(cloud)] == ["enable_classic_link", "attach"]
