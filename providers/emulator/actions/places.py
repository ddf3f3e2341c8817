"""Regions and zones, which ECS and VPC describe each in its own way."""

from __future__ import annotations

from providers.emulator.actions.action import ECS, VPC, Answer, ApiAction, Request


def _region_ids(request: Request) -> tuple[str, ...]:
    with request.services.estate.viewed(request.caller.account_id, "") as view:
        return view.index.regions


def _zone_ids(request: Request) -> list[str]:
    with request.view() as view:
        return view.index.zone_ids(view.region_id)


def _ecs_regions(request: Request) -> Answer:
    words = {"RegionEndpoint": "", "Status": "available"}
    return {"Regions": {"Region": [{"RegionId": one, "LocalName": one, **words} for one in _region_ids(request)]}}


def _vpc_regions(request: Request) -> Answer:
    words = {"RegionEndpoint": ""}
    return {"Regions": {"Region": [{"RegionId": one, "LocalName": one, **words} for one in _region_ids(request)]}}


def _ecs_zones(request: Request) -> Answer:
    words = {
        "ZoneType": "AvailabilityZone",
        "AvailableResourceCreation": {"ResourceTypes": []},
        "AvailableDiskCategories": {"DiskCategories": []},
        "AvailableInstanceTypes": {"InstanceTypes": []},
    }
    return {"Zones": {"Zone": [{"ZoneId": one, "LocalName": one, **words} for one in _zone_ids(request)]}}


def _vpc_zones(request: Request) -> Answer:
    return {"Zones": {"Zone": [{"ZoneId": one, "LocalName": one} for one in _zone_ids(request)]}}


ACTIONS = (
    ApiAction("DescribeRegions", ECS, _ecs_regions, (), ("AcceptLanguage", "InstanceChargeType", "ResourceType")),
    ApiAction("DescribeRegions", VPC, _vpc_regions, (), ("AcceptLanguage",)),
    ApiAction("DescribeZones", ECS, _ecs_zones, ("RegionId",), ("AcceptLanguage", "InstanceChargeType", "Verbose")),
    ApiAction("DescribeZones", VPC, _vpc_zones, ("RegionId",), ("AcceptLanguage",)),
)
