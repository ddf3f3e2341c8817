"""Instances of ECS."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from planner.network.world import Instance
from providers.emulator.actions.action import ECS, Answer, ApiAction, Request
from providers.emulator.cloud.errors import ApiError
from providers.emulator.cloud.estate import View
from providers.emulator.cloud.paging import Chain, Page, list_key
from providers.emulator.cloud.parameters import Parameters

MOST_INSTANCES = 100
"""How many instances one request can name, and how many one answer lists."""

_MALFORMED = "InvalidInstanceIds.Malformed"

Matches = Callable[[Instance], bool]


def _describe_instances(request: Request) -> Answer:
    parameters = request.parameters
    is_chain = bool(parameters.text("NextToken") or parameters.text("MaxResults"))
    with request.view() as view:
        query = (view.account_id, list_key(parameters))
        matching = view.index.matching_instances(query, lambda: _matching(parameters, view))
        if is_chain:
            chain = Chain.requested(parameters, _chain_size(parameters), request.services.token_ttl)
            part, token = chain.of(matching, lambda instance: instance.instance_id)
            totals: dict[str, object] = {"TotalCount": len(matching), "PageNumber": 1, "PageSize": len(part)}
        else:
            page, token = Page.requested(parameters, MOST_INSTANCES), ""
            part, totals = page.of(matching), page.totals(len(matching))
        instances = [_instance(view, instance) for instance in part]
    return {"Instances": {"Instance": instances}, "NextToken": token, **totals}


def _matching(parameters: Parameters, view: View) -> list[Instance]:
    tests = _filters(parameters, view)
    return [instance for instance in view.instances if all(test(instance) for test in tests)]


def _chain_size(parameters: Parameters) -> int:
    """How many a step of a chain lists: the API cuts `MaxResults` to 10–100 without a word."""
    size = parameters.number("MaxResults", 10)
    if size is None:
        raise ApiError("InvalidParameter.MaxResults", "The specified MaxResults is not valid.")
    return min(max(size, 10), MOST_INSTANCES)


def _filters(parameters: Parameters, view: View) -> list[Matches]:
    tests: list[Matches] = []
    if parameters.text("InstanceIds"):
        ids = parameters.json_list("InstanceIds", _MALFORMED)
        if len(ids) > MOST_INSTANCES:
            raise ApiError(_MALFORMED, "The amount of specified instance Ids exceeds the limit.")
        tests.append(lambda instance: instance.instance_id in ids)
    if network := parameters.one_of("InstanceNetworkType", ("classic", "vpc")):
        tests.append(lambda instance: instance.network_type == network)
    for name, is_classic in (("InnerIpAddresses", True), ("PrivateIpAddresses", False)):
        if parameters.text(name):
            tests.append(_has_address(parameters.json_list(name, f"Invalid{name}.Malformed"), is_classic))
    fields: dict[str, Callable[[Instance], str | None]] = {
        "Status": lambda instance: instance.status,
        "VpcId": lambda instance: instance.vpc_id,
        "VSwitchId": lambda instance: instance.vswitch_id,
        "ZoneId": lambda instance: view.index.zone_id_of(instance),
    }
    tests += [_equals(field, value) for name, field in fields.items() if (value := parameters.text(name))]
    if pattern := parameters.text("InstanceName"):
        tests.append(lambda instance: fnmatchcase(instance.name, pattern))
    if group_id := parameters.text("SecurityGroupId"):
        tests.append(lambda instance: group_id in (instance.security_group_ids or ()))
    tests += [_has_tag(key, value) for key, value in parameters.pairs("Tag", "Key", "Value")]
    return tests


def _equals(field: Callable[[Instance], str | None], value: str) -> Matches:
    return lambda instance: field(instance) == value


def _has_tag(key: str, value: str) -> Matches:
    return lambda instance: key in instance.tags and (not value or instance.tags[key] == value)


def _has_address(addresses: list[str], is_classic: bool) -> Matches:
    return lambda instance: (instance.network_type == "classic") is is_classic and instance.private_ip in addresses


def _instance(view: View, instance: Instance) -> dict[str, object]:
    is_classic = instance.network_type == "classic"
    address = [instance.private_ip]
    return {
        "InstanceId": instance.instance_id,
        "InstanceName": instance.name,
        "HostName": instance.instance_id,
        "Description": "",
        "RegionId": instance.region_id,
        "ZoneId": view.index.zone_id_of(instance),
        "Status": instance.status,
        "InstanceNetworkType": instance.network_type,
        "InnerIpAddress": {"IpAddress": address if is_classic else []},
        "PublicIpAddress": {"IpAddress": []},
        "EipAddress": {"AllocationId": "", "IpAddress": "", "InternetChargeType": ""},
        "VpcAttributes": {
            "VpcId": instance.vpc_id or "",
            "VSwitchId": instance.vswitch_id or "",
            "PrivateIpAddress": {"IpAddress": [] if is_classic else address},
            "NatIpAddress": "",
        },
        "SecurityGroupIds": {"SecurityGroupId": list(instance.security_group_ids or ())},
        "OperationLocks": {"LockReason": [{"LockReason": reason} for reason in instance.operation_locks]},
        "Tags": {"Tag": [{"TagKey": key, "TagValue": value} for key, value in instance.tags.items()]},
        "OSType": "linux",
        "OSName": "",
        "ImageId": "",
        "InstanceType": "ecs.t1.small",
        "InstanceTypeFamily": "ecs.t1",
        "Cpu": 1,
        "Memory": 1024,
        "InstanceChargeType": "PostPaid",
        "InternetChargeType": "PayByTraffic",
        "InternetMaxBandwidthIn": 0,
        "InternetMaxBandwidthOut": 0,
        "IoOptimized": False,
        "DeviceAvailable": True,
        "CreationTime": "2014-06-01T00:00Z",
        "ExpiredTime": "2999-09-08T16:00Z",
        "SerialNumber": "",
        "VlanId": "",
        "ClusterId": "",
    }


ACTIONS = (
    ApiAction(
        "DescribeInstances",
        ECS,
        _describe_instances,
        ("RegionId",),
        (
            "InstanceIds",
            "InstanceNetworkType",
            "InnerIpAddresses",
            "PrivateIpAddresses",
            "InstanceName",
            "Status",
            "VpcId",
            "VSwitchId",
            "ZoneId",
            "SecurityGroupId",
            "Tag.N.Key",
            "Tag.N.Value",
            "NextToken",
            "MaxResults",
            "PageNumber",
            "PageSize",
        ),
    ),
)
