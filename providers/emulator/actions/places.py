"""Regions and zones."""

from __future__ import annotations

from providers.emulator.actions.action import ECS, VPC, Answer, ApiAction, Request


def _describe_regions(request: Request) -> Answer:
    with request.services.estate.viewed(request.caller.account_id, "") as view:
        regions = [
            {"RegionId": region_id, "LocalName": region_id, "RegionEndpoint": "", "Status": "available"}
            for region_id in view.index.regions
        ]
    return {"Regions": {"Region": regions}}


def _describe_zones(request: Request) -> Answer:
    with request.view() as view:
        zone_ids = view.index.zone_ids(view.region_id)
    zones = [
        {
            "ZoneId": zone_id,
            "LocalName": zone_id,
            "ZoneType": "AvailabilityZone",
            "AvailableResourceCreation": {"ResourceTypes": []},
            "AvailableDiskCategories": {"DiskCategories": []},
            "AvailableInstanceTypes": {"InstanceTypes": []},
        }
        for zone_id in zone_ids
    ]
    return {"Zones": {"Zone": zones}}


_WORDS = ("AcceptLanguage", "InstanceChargeType", "ResourceType", "Verbose")
"""Parameters that choose what a real answer says beside the ids."""

ACTIONS = (
    ApiAction("DescribeRegions", ECS, _describe_regions, (), _WORDS),
    ApiAction("DescribeRegions", VPC, _describe_regions, (), _WORDS),
    ApiAction("DescribeZones", ECS, _describe_zones, ("RegionId",), _WORDS),
    ApiAction("DescribeZones", VPC, _describe_zones, ("RegionId",), _WORDS),
)
