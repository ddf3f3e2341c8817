"""Regions and zones, which ECS and VPC describe each in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from providers.emulator.actions.action import ECS, VPC, Answer, ApiAction, Request

_ECS_ZONE = {
    "ZoneType": "AvailabilityZone",
    "AvailableResourceCreation": {"ResourceTypes": []},
    "AvailableDiskCategories": {"DiskCategories": []},
    "AvailableInstanceTypes": {"InstanceTypes": []},
}


def _describe_regions(more: Mapping[str, object], request: Request) -> Answer:
    """`more` is what the product says of each region beside its id."""
    with request.services.estate.viewed(request.caller.account_id, "") as view:
        region_ids = view.index.regions
    regions = [{"RegionId": region_id, "LocalName": region_id, **more} for region_id in region_ids]
    return {"Regions": {"Region": regions}}


def _describe_zones(more: Mapping[str, object], request: Request) -> Answer:
    """`more` is what the product says of each zone beside its id."""
    with request.view() as view:
        zone_ids = view.index.zone_ids(view.region_id)
    return {"Zones": {"Zone": [{"ZoneId": zone_id, "LocalName": zone_id, **more} for zone_id in zone_ids]}}


_ecs_regions = partial(_describe_regions, {"RegionEndpoint": "", "Status": "available"})
_vpc_regions = partial(_describe_regions, {"RegionEndpoint": ""})
_ecs_zones = partial(_describe_zones, _ECS_ZONE)
_vpc_zones = partial(_describe_zones, {})

ACTIONS = (
    ApiAction("DescribeRegions", ECS, _ecs_regions, (), ("AcceptLanguage", "InstanceChargeType", "ResourceType")),
    ApiAction("DescribeRegions", VPC, _vpc_regions, (), ("AcceptLanguage",)),
    ApiAction("DescribeZones", ECS, _ecs_zones, ("RegionId",), ("AcceptLanguage", "InstanceChargeType", "Verbose")),
    ApiAction("DescribeZones", VPC, _vpc_zones, ("RegionId",), ("AcceptLanguage",)),
)
