"""The regions that the emulator knows, and their zones."""

from __future__ import annotations

import zlib

REGIONS = (
    *("cn-qingdao", "cn-beijing", "cn-zhangjiakou", "cn-huhehaote", "cn-wulanchabu", "cn-hangzhou", "cn-shanghai"),
    *("cn-nanjing", "cn-fuzhou", "cn-shenzhen", "cn-heyuan", "cn-guangzhou", "cn-chengdu", "cn-hongkong"),
    *("ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7"),
    *("ap-northeast-1", "ap-northeast-2", "ap-south-1", "us-east-1", "us-west-1", "eu-west-1", "eu-central-1"),
    *("me-east-1", "me-central-1"),
)
"""Regions of Alibaba Cloud. Those that a world names are known as well."""

_ZONES = "abcd"


def zones_of(region_id: str) -> list[str]:
    """The zones that a region has besides those of its vSwitches."""
    return [f"{region_id}-{letter}" for letter in _ZONES]


def zone_of(instance_id: str, region_id: str) -> str:
    """The zone of an instance that is in no vSwitch: a world file does not say it, so it follows from the id."""
    return f"{region_id}-{_ZONES[zlib.crc32(instance_id.encode(errors='replace')) % len(_ZONES)]}"
