"""Route tables of VPCs: one for each, the system's, with the entries of the world file."""

from __future__ import annotations

from collections.abc import Callable

from planner.network.world import RouteEntry, Vpc
from providers.emulator.actions.action import VPC, Answer, ApiAction, Request
from providers.emulator.actions.vpcs import owner_id
from providers.emulator.cloud.errors import ApiError, invalid
from providers.emulator.cloud.estate import View
from providers.emulator.cloud.index import router_id, table_id
from providers.emulator.cloud.paging import Chain, Page

MOST_TABLES = 50
MOST_ENTRIES = 100
MOST_DESTINATIONS = 20


def _describe_tables(request: Request) -> Answer:
    parameters = request.parameters
    page = Page.requested(parameters, MOST_TABLES)
    is_system = parameters.one_of("RouteTableType", ("System", "Custom")) != "Custom"
    is_vrouter = parameters.one_of("RouterType", ("VRouter", "VBR")) != "VBR"
    with request.view() as view:
        tables = [_table(view, vpc) for vpc in view.vpcs] if is_system and is_vrouter else []
    for name in ("VpcId", "RouteTableId", "RouteTableName", "RouterId"):
        if value := parameters.text(name):
            tables = [table for table in tables if table[name] == value]
    return {"RouterTableList": {"RouterTableListType": page.of(tables)}, **page.totals(len(tables))}


def _describe_entries(request: Request) -> Answer:
    parameters = request.parameters
    requested_table = parameters.text("RouteTableId")
    size = parameters.number("MaxResult", 10)
    if size is None or not 1 <= size <= MOST_ENTRIES:
        raise invalid("MaxResult")
    destinations = parameters.numbered("DestCidrBlockList")
    if len(destinations) > MOST_DESTINATIONS:
        raise invalid("DestCidrBlockList", f"At most {MOST_DESTINATIONS} can be specified.")
    with request.view() as view:
        vpc = next((vpc for vpc in view.vpcs if table_id(vpc.vpc_id) == requested_table), None)
        if vpc is None:
            raise ApiError("InvalidRouteTable.NotFound", "Specified route table does not exist.")
        entries = list(enumerate(view.index.routes_of(vpc.vpc_id)))
    if destinations:
        entries = [(at, entry) for at, entry in entries if entry.destination_cidr_block in destinations]
    fields: dict[str, Callable[[RouteEntry], str]] = {
        "DestinationCidrBlock": lambda entry: entry.destination_cidr_block,
        "RouteEntryType": lambda entry: entry.type,
        "NextHopType": lambda entry: entry.next_hop_type,
        "NextHopId": lambda entry: entry.next_hop_id,
    }
    for name, field in fields.items():
        if value := parameters.text(name):
            entries = [(at, entry) for at, entry in entries if field(entry) == value]
    if parameters.one_of("IpVersion", ("ipv4", "ipv6", "IPv4", "IPv6")).lower() == "ipv6":
        entries = []
    chain = Chain.requested(parameters, size, request.services.token_ttl, "IllegalParam.NextToken")
    part, token = chain.of(entries, lambda numbered: f"{numbered[0]:09d}")
    listed = [_entry(requested_table, at, entry) for at, entry in part]
    return {"RouteEntrys": {"RouteEntry": listed}, "NextToken": token, "TotalCount": len(entries)}


def _table(view: View, vpc: Vpc) -> dict[str, object]:
    return {
        "RouteTableId": table_id(vpc.vpc_id),
        "RouteTableName": "",
        "RouteTableType": "System",
        "VpcId": vpc.vpc_id,
        "RouterId": router_id(vpc.vpc_id),
        "RouterType": "VRouter",
        "VSwitchIds": {"VSwitchId": [vswitch.vswitch_id for vswitch in view.index.vswitches_of(vpc.vpc_id)]},
        "Status": "Available",
        "OwnerId": owner_id(vpc),
    }


def _entry(table: str, number: int, entry: RouteEntry) -> dict[str, object]:
    hop = {"NextHopType": entry.next_hop_type, "NextHopId": entry.next_hop_id, "Enabled": 1, "Weight": 0}
    return {
        "RouteTableId": table,
        "RouteEntryId": f"rte-{table.removeprefix('vtb-')}-{number}",
        "RouteEntryName": "",
        "DestinationCidrBlock": entry.destination_cidr_block,
        "Type": entry.type,
        "Origin": "RouteTable",
        "IpVersion": "ipv4",
        "Status": "Available",
        "NextHops": {"NextHop": [hop]},
    }


ACTIONS = (
    ApiAction(
        "DescribeRouteTableList",
        VPC,
        _describe_tables,
        ("RegionId",),
        (
            "VpcId",
            "RouteTableId",
            "RouteTableName",
            "RouteTableType",
            "RouterId",
            "RouterType",
            "PageNumber",
            "PageSize",
        ),
    ),
    ApiAction(
        "DescribeRouteEntryList",
        VPC,
        _describe_entries,
        ("RegionId", "RouteTableId"),
        (
            "DestinationCidrBlock",
            "DestCidrBlockList.N",
            "RouteEntryType",
            "IpVersion",
            "NextHopType",
            "NextHopId",
            "NextToken",
            "MaxResult",
        ),
    ),
)
