"""The APIs that are called, and where each is reached."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class Product(StrEnum):
    """An API of Alibaba Cloud. The value is its name in host names."""

    ECS = "ecs"
    VPC = "vpc"
    STS = "sts"


VERSIONS: Mapping[Product, str] = {
    Product.ECS: "2014-05-26",
    Product.VPC: "2016-04-28",
    Product.STS: "2015-04-01",
}
"""The version of each API that the requests are written for."""

_CENTRAL: Mapping[Product, str] = {
    Product.ECS: "ecs-cn-hangzhou.aliyuncs.com",
    Product.VPC: "vpc.aliyuncs.com",
    Product.STS: "sts.aliyuncs.com",
}
_CENTRALLY_SERVED: Mapping[Product, frozenset[str]] = {
    Product.ECS: frozenset({"cn-hangzhou", "cn-shanghai-finance-1", "cn-shenzhen-finance-1"}),
    Product.VPC: frozenset({"cn-hangzhou", "cn-shanghai-finance-1", "cn-shenzhen-finance-1", "cn-north-2-gov-1"}),
    Product.STS: frozenset({"ap-south-1", "ap-southeast-2"}),
}
_OF_THEIR_OWN: Mapping[tuple[Product, str], str] = {(Product.ECS, "cn-north-2-gov-1"): "ecs.aliyuncs.com"}


class Endpoint(Struct, frozen=True):
    """Where an API is reached: `host` or `host:port`."""

    product: Product
    authority: str


def endpoint(product: Product, region_id: str, given: Mapping[Product, str]) -> Endpoint:
    """Where the API is reached for this region: as `given`, else by the rule of the official SDKs and its exceptions.

    Regions are not checked against a list: a new one follows the rule.
    """
    if authority := given.get(product):
        return Endpoint(product, authority)
    if region_id in _CENTRALLY_SERVED[product]:
        return Endpoint(product, _CENTRAL[product])
    authority = _OF_THEIR_OWN.get((product, region_id), f"{product}.{region_id}.aliyuncs.com")
    return Endpoint(product, authority)
