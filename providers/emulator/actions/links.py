"""ClassicLink: of VPCs, and of instances."""

from __future__ import annotations

from functools import partial

from planner.network.identity import Action, Enablement, Link
from providers.emulator.actions.action import ECS, VPC, Answer, ApiAction, Request
from providers.emulator.cloud.errors import ApiError, from_refusal
from providers.emulator.cloud.estate import View
from providers.emulator.cloud.paging import Page
from providers.mock.calls import instance_not_found, instance_not_owned, vpc_not_found

MOST_INSTANCES = 100
"""How many instances one request can name."""


def _switch(action: Action, request: Request) -> Answer:
    """Enable or disable ClassicLink of a VPC."""
    vpc_id = request.parameters.text("VpcId")
    with request.view() as view:
        if view.vpc(vpc_id) is None:
            raise from_refusal(vpc_not_found())

    def call() -> None:
        request.services.estate.perform(action, Enablement(vpc_id), request.caller.account_id)

    parameters = request.parameters.all()
    request.services.client_tokens.once(request.caller.account_id, request.action.name, parameters, call)
    return {}


def _link(action: Action, request: Request) -> Answer:
    """Attach an instance to a VPC, or detach it."""
    instance_id, vpc_id = request.parameters.text("InstanceId"), request.parameters.text("VpcId")
    with request.view() as view:
        if view.instance(instance_id) is None:
            raise from_refusal(instance_not_found())
    request.services.estate.perform(action, Link(instance_id, vpc_id), request.caller.account_id)
    return {}


def _describe_links(request: Request) -> Answer:
    instance_ids, vpc_id = request.parameters.listed("InstanceId"), request.parameters.text("VpcId")
    if not instance_ids and not vpc_id:
        message = "The parameter InstanceId and VpcId are not allowed to be empty at the same time."
        raise ApiError("InvalidParameter.InvalidInstanceIdAndVpcId", message)
    if len(instance_ids) > MOST_INSTANCES:
        raise ApiError("InvalidParameter.ToManyInstanceIds", "No more than 100 InstanceIds can be specified.")
    page = Page.requested(request.parameters, 100, _invalid_page)
    with request.view() as view:
        if vpc_id and view.vpc(vpc_id) is None:
            raise ApiError("InvalidVpc.NotBelong", "The specified vpc is not belong to you.")
        _check_instances(view, instance_ids)
        candidates = sorted(instance_ids) if instance_ids else view.linked_to(vpc_id)
        links = [(instance_id, linked) for instance_id in candidates if (linked := view.linked_vpc(instance_id))]
    matching = [link for link in links if link[1] == (vpc_id or link[1])]
    listed = [{"InstanceId": instance_id, "VpcId": linked} for instance_id, linked in page.of(matching)]
    return {"Links": {"Link": listed}, **page.totals(len(matching))}


def _check_instances(view: View, instance_ids: list[str]) -> None:
    for instance_id in instance_ids:
        instance = view.instance(instance_id)
        if instance is None:
            raise from_refusal(instance_not_found())
        if instance.account_id != view.account_id:
            raise from_refusal(instance_not_owned())


def _invalid_page(name: str) -> ApiError:
    return ApiError(f"InvalidParameter.{name}", f"The parameter {name[0].lower()}{name[1:]} is invalid.")


_LINK = ("RegionId", "InstanceId", "VpcId")

ACTIONS = (
    ApiAction("EnableVpcClassicLink", VPC, partial(_switch, Action.ENABLE), ("RegionId", "VpcId"), ("ClientToken",)),
    ApiAction("DisableVpcClassicLink", VPC, partial(_switch, Action.DISABLE), ("RegionId", "VpcId"), ("ClientToken",)),
    ApiAction("AttachClassicLinkVpc", ECS, partial(_link, Action.ATTACH), _LINK),
    ApiAction("DetachClassicLinkVpc", ECS, partial(_link, Action.DETACH), _LINK),
    ApiAction(
        "DescribeClassicLinkInstances",
        ECS,
        _describe_links,
        ("RegionId",),
        ("VpcId", "InstanceId", "PageNumber", "PageSize"),
    ),
)
