"""Clients that are not of today's official SDK work against the emulator as they come: its old core, and libcloud."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.emulating import KEY, REGION, SECRET, Emulate, Emulated


def old_core(emulator: Emulated) -> Any:
    client = pytest.importorskip("aliyunsdkcore.client", reason="the old core is not installed")
    return client.AcsClient(KEY, SECRET, REGION)


def asked(client: Any, emulator: Emulated, name: str, **parameters: str) -> Any:
    """The answer to a request of the old SDK of ECS."""
    module = pytest.importorskip(f"aliyunsdkecs.request.v20140526.{name}Request", reason="the old SDK is not installed")
    request = getattr(module, f"{name}Request")()
    request.set_accept_format("json")
    request.set_endpoint(emulator.authority)
    request.set_protocol_type("http")
    for key, value in parameters.items():
        request.add_query_param(key, value)
    return json.loads(client.do_action_with_exception(request))


def test_the_old_core_attaches_and_lists(emulate: Emulate) -> None:
    emulator = emulate()
    client = old_core(emulator)
    asked(client, emulator, "AttachClassicLinkVpc", InstanceId="i-3", VpcId="vpc-b")
    links = asked(client, emulator, "DescribeClassicLinkInstances", VpcId="vpc-b")
    assert links["Links"]["Link"] == [{"InstanceId": "i-3", "VpcId": "vpc-b"}]
    instances = asked(client, emulator, "DescribeInstances", InstanceIds='["i-1", "i-vpc"]')["Instances"]["Instance"]
    assert [one["InstanceNetworkType"] for one in instances] == ["classic", "vpc"]


def test_the_old_core_understands_a_refusal(emulate: Emulate) -> None:
    emulator = emulate()
    client = old_core(emulator)
    from aliyunsdkcore.acs_exception.exceptions import ServerException

    with pytest.raises(ServerException) as refused:
        asked(client, emulator, "DetachClassicLinkVpc", InstanceId="i-3", VpcId="vpc-b")
    assert refused.value.get_error_code() == "OperationDenied"
    assert refused.value.get_http_status() == 403
    assert refused.value.get_error_msg() == "The instances are not allowed to detach from the linked vpc."


def libcloud(emulator: Emulated, secret: str = SECRET) -> Any:
    driver = pytest.importorskip("libcloud.compute.drivers.ecs", reason="apache-libcloud is not installed")
    host, _, port = emulator.authority.partition(":")
    return driver.ECSDriver(KEY, secret, region=REGION, secure=False, host=host, port=int(port))


def test_libcloud_lists_nodes_regions_and_zones(emulate: Emulate) -> None:
    driver = libcloud(emulate())
    nodes = {node.id: node for node in driver.list_nodes()}
    assert nodes["i-1"].private_ips == ["10.1.0.1"]
    assert (nodes["i-1"].state, nodes["i-2"].state) == ("running", "stopped")
    assert REGION in {location.id for location in driver.list_locations()}
    assert f"{REGION}-a" in {zone.id for zone in driver.ex_list_zones()}


def test_libcloud_lists_more_nodes_than_a_page_has(emulate: Emulate, world: dict[str, Any]) -> None:
    pattern = world["instances"][2]
    world["instances"] += [{**pattern, "instance_id": f"i-more-{number}"} for number in range(120)]
    assert len(libcloud(emulate(world)).list_nodes()) == 125


def test_libcloud_understands_a_wrong_secret(emulate: Emulate) -> None:
    driver = libcloud(emulate(), secret="wrong")
    with pytest.raises(Exception, match="SignatureDoesNotMatch"):
        driver.list_nodes()
