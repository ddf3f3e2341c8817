"""The custom routes of VPCs: one listing for each route table."""

from __future__ import annotations

from planner.network.world import RouteEntry
from providers.alicloud import parsing
from providers.alicloud.asking import Asker
from providers.alicloud.fields import Fields, text, texts
from providers.alicloud.products import Product

VPC_IDS = 20
"""How many VPCs one call is asked about: the API's limit."""


def routes_of_table(asker: Asker, vpc_id: str, table: str) -> set[RouteEntry]:
    """The custom routes in this table of a VPC. Raises ReadFailed and Malformed."""
    asked = {"RouteTableId": table, "RouteEntryType": "Custom", "MaxResult": "100"}
    pages = asker.chained(Product.VPC, "DescribeRouteEntryList", asked, "RouteEntrys", "RouteEntry")
    return {parsing.route_entry(entry, vpc_id, table) for page in pages for entry in page}


def tables_of(listed: Fields) -> tuple[str, tuple[str, ...]]:
    """A listed VPC's id, and those of its route tables. Raises Malformed."""
    return text(listed, "VpcId"), tuple(texts(listed, "RouterTableIds", "RouterTableIds"))
