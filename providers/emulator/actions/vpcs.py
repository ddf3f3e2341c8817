"""VPCs and their vSwitches."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from planner.network.world import Vpc, VSwitch
from providers.emulator.actions.action import VPC, Answer, ApiAction, Request
from providers.emulator.cloud.errors import from_refusal, invalid, missing
from providers.emulator.cloud.estate import View
from providers.emulator.cloud.index import router_id, table_id
from providers.emulator.cloud.paging import Page
from providers.mock.calls import vpc_not_found

MOST_A_PAGE = 50
MOST_VPCS = 20
"""How many VPCs one request can name."""


def _describe_vpcs(request: Request) -> Answer:
    ids, name = request.parameters.listed("VpcId"), request.parameters.text("VpcName")
    if len(ids) > MOST_VPCS:
        raise invalid("VpcId", f"At most {MOST_VPCS} can be specified.")
    page = Page.requested(request.parameters, MOST_A_PAGE)
    is_default = request.parameters.flag("IsDefault")
    with request.view() as view:
        matching = [vpc for vpc in view.vpcs if (not ids or vpc.vpc_id in ids) and fnmatchcase(vpc.name, name or "*")]
        listed = [] if is_default else matching  # a world file has no default VPC
        vpcs = [_listed_vpc(view, vpc) for vpc in page.of(listed)]
    return {"Vpcs": {"Vpc": vpcs}, **page.totals(len(listed))}


def _describe_vpc(request: Request) -> Answer:
    with request.view() as view:
        vpc = view.vpc(request.parameters.text("VpcId"))
        if vpc is None:
            raise from_refusal(vpc_not_found())
        resources = {"ResourceType": "VSwitch", "ResourceCount": len(view.index.vswitches_of(vpc.vpc_id))}
        return {
            **_vpc(view, vpc),
            "ClassicLinkEnabled": vpc.classic_link_enabled,
            "CloudResources": {"CloudResourceSetType": [resources]},
        }


def _describe_vswitches(request: Request) -> Answer:
    parameters = request.parameters
    page = Page.requested(parameters, MOST_A_PAGE)
    vpc_id = parameters.text("VpcId")
    if not vpc_id and not parameters.text("RegionId"):
        raise missing("RegionId")
    with request.view() as view:
        vpcs = [vpc for vpc in view.vpcs if vpc.vpc_id == (vpc_id or vpc.vpc_id)]
        matching = [(vpc, vswitch) for vpc in vpcs for vswitch in view.index.vswitches_of(vpc.vpc_id)]
    fields: dict[str, Callable[[VSwitch], str]] = {
        "VSwitchId": lambda vswitch: vswitch.vswitch_id,
        "ZoneId": lambda vswitch: vswitch.zone_id,
        "RouteTableId": lambda vswitch: table_id(vswitch.vpc_id),
    }
    for name, field in fields.items():
        if value := parameters.text(name):
            matching = [(vpc, vswitch) for vpc, vswitch in matching if field(vswitch) == value]
    vswitches = [_vswitch(vpc, vswitch) for vpc, vswitch in page.of(matching)]
    return {"VSwitches": {"VSwitch": vswitches}, **page.totals(len(matching))}


def _listed_vpc(view: View, vpc: Vpc) -> dict[str, object]:
    return {
        **_vpc(view, vpc),
        "RouterTableIds": {"RouterTableIds": [table_id(vpc.vpc_id)]},
        "UserCidrs": {"UserCidr": []},
    }


def _vpc(view: View, vpc: Vpc) -> dict[str, object]:
    return {
        "VpcId": vpc.vpc_id,
        "VpcName": vpc.name,
        "RegionId": vpc.region_id,
        "OwnerId": owner_id(vpc),
        "Status": vpc.status,
        "CidrBlock": vpc.cidr_block,
        "SecondaryCidrBlocks": {"SecondaryCidrBlock": list(vpc.secondary_cidr_blocks)},
        "VSwitchIds": {"VSwitchId": [vswitch.vswitch_id for vswitch in view.index.vswitches_of(vpc.vpc_id)]},
        "VRouterId": router_id(vpc.vpc_id),
        "IsDefault": False,
        "Description": "",
    }


def _vswitch(vpc: Vpc, vswitch: VSwitch) -> dict[str, object]:
    return {
        "VSwitchId": vswitch.vswitch_id,
        "VpcId": vswitch.vpc_id,
        "ZoneId": vswitch.zone_id,
        "CidrBlock": vswitch.cidr_block,
        "Status": "Available",
        "IsDefault": False,
        "OwnerId": owner_id(vpc),
        "RouteTable": {"RouteTableId": table_id(vswitch.vpc_id), "RouteTableType": "System"},
    }


def owner_id(vpc: Vpc) -> int | str:
    """The owner as the API gives it: as a number, where it is one."""
    return int(vpc.account_id) if vpc.account_id.isdecimal() else vpc.account_id


_PAGE = ("PageNumber", "PageSize")

ACTIONS = (
    ApiAction("DescribeVpcs", VPC, _describe_vpcs, ("RegionId",), ("VpcId", "VpcName", "IsDefault", *_PAGE)),
    ApiAction("DescribeVpcAttribute", VPC, _describe_vpc, ("RegionId", "VpcId"), ("IsDefault",)),
    ApiAction(
        "DescribeVSwitches",
        VPC,
        _describe_vswitches,
        (),
        ("VpcId", "VSwitchId", "ZoneId", "RouteTableId", *_PAGE),
    ),
)
