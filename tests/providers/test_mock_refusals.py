"""The simulated cloud refuses what the real one refuses, with the API's codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from planner.network.identity import Action, Enablement, GuestRoute, Identity, Link
from providers.base import Refused
from support.mock_worlds import Calls, Opener, Record

ATTACH, DETACH = Action.ATTACH, Action.DETACH


def change(kind: str, key: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    """An edit of one record of a world."""
    id_key = {"vpcs": "vpc_id", "instances": "instance_id"}[kind]

    def edit(world: dict[str, Any]) -> None:
        next(record for record in world[kind] if record[id_key] == key).update(values)

    return edit


def add_route(vpc_id: str, destination: str, **more: Any) -> Callable[[dict[str, Any]], None]:
    def edit(world: dict[str, Any]) -> None:
        world["route_entries"].append({"vpc_id": vpc_id, "destination_cidr_block": destination, **more})

    return edit


def fill(vpc_id: str, links: int) -> Callable[[dict[str, Any]], None]:
    """Links as many other instances to the VPC."""

    def edit(world: dict[str, Any]) -> None:
        pattern = world["instances"][2]
        for number in range(links):
            name = f"i-full-{number}"
            world["instances"].append({**pattern, "instance_id": name})
            world["links"].append({"instance_id": name, "vpc_id": vpc_id})

    return edit


def nothing(world: dict[str, Any]) -> None:
    pass


REFUSED: list[tuple[str, Callable[[dict[str, Any]], None], Action, Identity, str, str]] = [
    ("attach to a VPC that is not enabled", nothing, ATTACH, Link("i-3", "vpc-off"), "OperationDenied", "disabled"),
    ("attach with another link", nothing, ATTACH, Link("i-1", "vpc-b"), "OperationDenied", "linked to other vpc"),
    ("attach again to the same VPC", nothing, ATTACH, Link("i-1", "vpc-a"), "OperationDenied", "not allow link"),
    ("attach the 1,001st", fill("vpc-b", 1000), ATTACH, Link("i-3", "vpc-b"), "QuotaExceeded", "quota exceeded"),
    (
        "attach from another region",
        change("instances", "i-3", region_id="cn-beijing"),
        ATTACH,
        Link("i-3", "vpc-a"),
        "InvalidInstanceId.LimitedRegion",
        "region",
    ),
    (
        "attach from another account",
        change("instances", "i-3", account_id="1002"),
        ATTACH,
        Link("i-3", "vpc-a"),
        "InvalidInstanceId.NotBelong",
        "not belong",
    ),
    (
        "attach while starting",
        change("instances", "i-3", status="Starting"),
        ATTACH,
        Link("i-3", "vpc-a"),
        "InvalidStatus.InstanceStatus",
        "status",
    ),
    (
        "attach while locked",
        change("instances", "i-3", operation_locks=["security"]),
        ATTACH,
        Link("i-3", "vpc-a"),
        "InvalidStatus.InstanceLocked",
        "locked",
    ),
    (
        "attach to a pending VPC",
        change("vpcs", "vpc-a", status="Pending"),
        ATTACH,
        Link("i-3", "vpc-a"),
        "IncorrectVpcStatus",
        "VPC status",
    ),
    (
        "attach an instance that is not classic",
        nothing,
        ATTACH,
        Link("i-vpc", "vpc-a"),
        "InvalidInstanceId.MalFormed",
        "not a classic",
    ),
    ("attach an unknown instance", nothing, ATTACH, Link("i-0", "vpc-a"), "InvalidInstanceId.NotFound", "exist"),
    ("attach to an unknown VPC", nothing, ATTACH, Link("i-3", "vpc-0"), "InvalidVpcId.NotFound", "exist"),
    ("detach what is not linked", nothing, DETACH, Link("i-3", "vpc-a"), "OperationDenied", "not allowed to detach"),
    ("detach from another VPC", nothing, DETACH, Link("i-1", "vpc-b"), "OperationDenied", "not allowed to detach"),
    (
        "detach while stopping",
        change("instances", "i-1", status="Stopping"),
        DETACH,
        Link("i-1", "vpc-a"),
        "InvalidStatus.InstanceStatus",
        "status",
    ),
    (
        "detach while locked",
        change("instances", "i-1", operation_locks=["recycling"]),
        DETACH,
        Link("i-1", "vpc-a"),
        "InvalidStatus.InstanceLocked",
        "locked",
    ),
    ("detach an unknown instance", nothing, DETACH, Link("i-0", "vpc-a"), "InvalidInstanceId.NotFound", "exist"),
    ("disable while linked", nothing, Action.DISABLE, Enablement("vpc-a"), "InvalidAction", "cancel the connection"),
    (
        "disable a pending VPC",
        change("vpcs", "vpc-b", status="Pending"),
        Action.DISABLE,
        Enablement("vpc-b"),
        "IncorrectVpcStatus",
        "VPC status",
    ),
    ("disable an unknown VPC", nothing, Action.DISABLE, Enablement("vpc-0"), "InvalidVpcId.NotFound", "exist"),
    (
        "enable with a custom route to 10.0.0.0/8",
        add_route("vpc-off", "10.0.0.0/8"),
        Action.ENABLE,
        Enablement("vpc-off"),
        "RouteConflict.AlreadyExist",
        "Route conflict",
    ),
    (
        "enable a pending VPC",
        change("vpcs", "vpc-off", status="Pending"),
        Action.ENABLE,
        Enablement("vpc-off"),
        "IncorrectVpcStatus",
        "VPC status",
    ),
    (
        "enable a VPC outside the three ranges",
        change("vpcs", "vpc-off", cidr_block="100.64.0.0/16"),
        Action.ENABLE,
        Enablement("vpc-off"),
        "Forbidden.EnableClassicLink",
        "not support",
    ),
    ("enable an unknown VPC", nothing, Action.ENABLE, Enablement("vpc-0"), "InvalidVpcId.NotFound", "exist"),
    (
        "a guest route in an unknown instance",
        nothing,
        Action.ADD_GUEST_ROUTE,
        GuestRoute("i-0", "192.168.0.0/16"),
        "InvalidInstanceId.NotFound",
        "exist",
    ),
]


@pytest.mark.parametrize(
    ("edit", "action", "target", "code", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_the_cloud_refuses(
    world: Record,
    open_cloud: Opener,
    calls: Calls,
    edit: Callable[[Record], object],
    action: Action,
    target: Identity,
    code: str,
    words: str,
) -> None:
    edit(world)
    cloud = open_cloud(world)
    before = cloud.read()
    with pytest.raises(Refused) as refused:
        cloud.perform(action, target)
    assert refused.value.code == code
    assert words in refused.value.message
    assert cloud.read() == before
    assert [call["outcome"] for call in calls()] == [code]


ACCEPTED: list[tuple[str, Callable[[dict[str, Any]], None], Action, Identity]] = [
    ("attach a running instance", nothing, ATTACH, Link("i-3", "vpc-a")),
    ("attach a stopped instance", nothing, ATTACH, Link("i-2", "vpc-a")),
    ("attach the 1,000th", fill("vpc-b", 999), ATTACH, Link("i-3", "vpc-b")),
    ("attach without a guest route, which the cloud cannot see", nothing, ATTACH, Link("i-3", "vpc-b")),
    ("detach", nothing, DETACH, Link("i-1", "vpc-a")),
    ("enable", nothing, Action.ENABLE, Enablement("vpc-off")),
    ("enable again", nothing, Action.ENABLE, Enablement("vpc-a")),
    ("enable with a narrower route", add_route("vpc-off", "10.1.0.0/16"), Action.ENABLE, Enablement("vpc-off")),
    (
        "enable with a system route to 10.0.0.0/8",
        add_route("vpc-off", "10.0.0.0/8", type="System"),
        Action.ENABLE,
        Enablement("vpc-off"),
    ),
    ("disable", nothing, Action.DISABLE, Enablement("vpc-b")),
    ("disable again", nothing, Action.DISABLE, Enablement("vpc-off")),
    ("add a guest route", nothing, Action.ADD_GUEST_ROUTE, GuestRoute("i-1", "192.168.0.0/16")),
    ("remove a guest route that is not there", nothing, Action.REMOVE_GUEST_ROUTE, GuestRoute("i-1", "192.168.0.0/16")),
]


@pytest.mark.parametrize(
    ("edit", "action", "target"), [case[1:] for case in ACCEPTED], ids=[case[0] for case in ACCEPTED]
)
def test_the_cloud_accepts(
    world: Record, open_cloud: Opener, calls: Calls, edit: Callable[[Record], object], action: Action, target: Identity
) -> None:
    edit(world)
    cloud = open_cloud(world)
    cloud.perform(action, target)
    after = cloud.read()
    match target:
        case Enablement(vpc_id):
            assert after.vpcs[vpc_id].classic_link_enabled is (action is Action.ENABLE)
        case Link(instance_id, vpc_id):
            assert after.links.get(instance_id) == (vpc_id if action is ATTACH else None)
        case GuestRoute(instance_id, destination):
            routes = after.instances[instance_id].guest_routes
            assert [route.destination_cidr_block for route in routes or ()] == (
                [destination] if action is Action.ADD_GUEST_ROUTE else []
            )
    assert [call["outcome"] for call in calls()] == ["ok"]


def test_a_read_only_provider_changes_nothing(world: Record, open_cloud: Opener, calls: Calls) -> None:
    cloud = open_cloud(world, read_only=True)
    with pytest.raises(Refused, match="read_only"):
        cloud.perform(ATTACH, Link("i-3", "vpc-a"))
    assert calls() == []
    assert "i-3" not in cloud.read().links


def test_what_was_read_does_not_change_with_later_calls(world: Record, open_cloud: Opener) -> None:
    cloud = open_cloud(world)
    before = cloud.read()
    cloud.perform(ATTACH, Link("i-3", "vpc-a"))
    cloud.perform(Action.ENABLE, Enablement("vpc-off"))
    assert "i-3" not in before.links
    assert not before.vpcs["vpc-off"].classic_link_enabled


def test_after_a_detach_there_is_a_free_place(world: Record, open_cloud: Opener) -> None:
    fill("vpc-a", 999)(world)
    cloud = open_cloud(world)
    cloud.perform(DETACH, Link("i-1", "vpc-a"))
    cloud.perform(ATTACH, Link("i-3", "vpc-a"))
    with pytest.raises(Refused, match="QuotaExceeded"):
        cloud.perform(ATTACH, Link("i-4", "vpc-a"))


@pytest.mark.parametrize(
    ("action", "target", "code"),
    [
        (Action.ENABLE, Enablement("vpc-off"), "InvalidVpcId.NotFound"),
        (Action.DISABLE, Enablement("vpc-off"), "InvalidVpcId.NotFound"),
        (ATTACH, Link("i-3", "vpc-b"), "InvalidInstanceId.NotBelong"),
        (DETACH, Link("i-1", "vpc-a"), "InvalidInstanceId.NotBelong"),
    ],
)
def test_what_belongs_to_another_account_than_the_world_acts_for_is_not_changed(
    world: Record, open_cloud: Opener, action: Action, target: Identity, code: str
) -> None:
    cloud = open_cloud({"account_id": "2002", **world})
    with pytest.raises(Refused) as refused:
        cloud.perform(action, target)
    assert refused.value.code == code
