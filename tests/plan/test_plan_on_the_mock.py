"""The simulated cloud, which knows nothing of the planner, accepts every order that a plan allows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from planner.config.desired import Desired
from planner.documents.plan_steps import read_steps
from planner.network.identity import Action, Enablement, Link
from planner.network.world import LINKS_PER_VPC
from planner.network.worlds import Worlds
from planner.proof import verify
from planner.state.model import State
from providers.base import Refused
from providers.mock.provider import open_mock
from support.small_cloud import sampled_order
from support.small_estates import Estate, enablement, estates, plan, world


@settings(max_examples=40)
@given(estates(), st.randoms(use_true_random=False))
def test_the_mock_accepts_every_order_that_it_is_given(estate: Estate, random: Random) -> None:
    with TemporaryDirectory() as directory:
        path = Path(directory, "world.json")
        path.write_text(json.dumps(world_file(estate)), encoding="utf-8")
        mock = open_mock({"world": path.name}, path.parent)
        before = mock.read()
        document = plan(estate.desired, estate.prior, before)
        assert not document["errored"], (document["rules"], document["diagnostics"])
        event(f"full VPCs: {sum(len(links) >= LINKS_PER_VPC for links in before.linked_by_vpc.values())}")
        steps = {step.id: step for step in read_steps(document)}
        for step in sampled_order(document["steps"], random):
            mock.perform(steps[step["id"]].action, steps[step["id"]].target)
        after = mock.read()
        assert verify(document, Worlds({"mock": before})) == ()
        assert plan(estate.desired, estate.prior, after)["steps"] == []


def test_the_mock_refuses_what_no_plan_asks_for(tmp_path: Path) -> None:
    desired = Desired((enablement("a"), enablement("b")))
    estate = Estate(world("a b", {"i1": "a", "i2": "b"}), State(), desired, quota=1)
    (tmp_path / "world.json").write_text(json.dumps(world_file(estate)), encoding="utf-8")
    mock = open_mock({"world": "world.json"}, tmp_path)
    mock.perform(Action.DETACH, Link("i1", "a"))
    with pytest.raises(Refused, match="Quota"):
        mock.perform(Action.ATTACH, Link("i1", "b"))


def world_file(estate: Estate) -> dict[str, Any]:
    """The estate as a world file. Strangers fill the VPCs that are enabled and stay so up to the estate's quota."""
    cloud = estate.cloud
    wanted = {found.identity.vpc_id for found in estate.desired.objects if isinstance(found.identity, Enablement)}
    strangers = {
        f"x-{vpc_id}-{number}": vpc_id
        for vpc_id, vpc in cloud.vpcs.items()
        if vpc.classic_link_enabled and vpc_id in wanted
        for number in range(LINKS_PER_VPC - estate.quota)
    }
    return {
        "format_version": "1.0",
        "account_id": "1001",
        "vpcs": [
            {
                "vpc_id": vpc.vpc_id,
                "account_id": vpc.account_id,
                "region_id": vpc.region_id,
                "cidr_block": vpc.cidr_block,
                "classic_link_enabled": vpc.classic_link_enabled,
            }
            for vpc in cloud.vpcs.values()
        ],
        "instances": [*instances(estate), *(classic(name, "10.1.2.3", []) for name in strangers)],
        "links": [{"instance_id": name, "vpc_id": vpc_id} for name, vpc_id in {**cloud.links, **strangers}.items()],
    }


def instances(estate: Estate) -> Iterator[dict[str, Any]]:
    for name, found in estate.cloud.instances.items():
        routes = [route.destination_cidr_block for route in found.guest_routes or ()]
        yield classic(name, found.private_ip, routes)


def classic(name: str, private_ip: str, routes: list[str]) -> dict[str, Any]:
    return {
        "instance_id": name,
        "account_id": "1001",
        "region_id": "cn-hangzhou",
        "network_type": "classic",
        "private_ip": private_ip,
        "guest_routes": [{"destination_cidr_block": route, "next_hop": "private_nic"} for route in routes],
    }
