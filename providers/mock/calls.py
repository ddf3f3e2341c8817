"""What the cloud itself says to a call, in its API's codes and messages, whatever a planner thinks.

Repeats, where the API's pages are silent, are decided so:

* enable of an enabled VPC, disable of a disabled one: done, nothing changes. Both calls carry a ClientToken, which
  the API has so that they can be sent twice.
* attach of a linked instance, even to the same VPC: refused, as "The instance does not allow link to vpc.", which the
  API's page explains as "linked". The call has no token, so a repeat is a second call.
* detach of what is not linked: refused, as "The instances are not allowed to detach from the linked vpc."
* authorize of what exists, revoke of what is gone: done, nothing changes. rule_calls.py has what is refused of rules.
* guest routes: added or removed inside the guest, where the last word holds and a repeat changes nothing.

10.111.0.0/16 and the guest route are the user's duty: the cloud makes such a link and it does not carry traffic.
"""

from __future__ import annotations

from collections.abc import Container

from planner.network.addressing import CLASSIC_SUPERNET, network, vpc_class
from planner.network.identity import Action, Enablement, GuestRoute, Link, RuleBatch, Target
from planner.network.world import Instance, Vpc
from planner.values import replace
from providers.base import Busy, CallFailed, Refused, Throttled
from providers.mock.cloud import Cloud
from providers.mock.rule_calls import raise_if_rules_refused

LINK_QUOTA = 1000
"""How many classic instances one VPC can have (overview, Limits)."""

API_NAMES = {
    Action.ENABLE: "EnableVpcClassicLink",
    Action.DISABLE: "DisableVpcClassicLink",
    Action.ATTACH: "AttachClassicLinkVpc",
    Action.DETACH: "DetachClassicLinkVpc",
    Action.ADD_GUEST_ROUTE: "AddGuestRoute",
    Action.REMOVE_GUEST_ROUTE: "RemoveGuestRoute",
    Action.AUTHORIZE_SECURITY_RULE: "AuthorizeSecurityGroup",
    Action.REVOKE_SECURITY_RULE: "RevokeSecurityGroup",
    Action.MODIFY_SECURITY_RULE: "ModifySecurityGroupRule",
}
"""What a call is called in the call log and in faults. The API has no calls for guest routes: a person sets them."""

THROTTLED = ("Throttling.User", "Request was denied due to user flow control.")
"""Code and message of a call that is one too many."""

_TRY_AGAIN = {"SystemBusy", "ServiceUnavailable"}
_VPC_AT_WORK = {"TaskConflict", "LastTokenProcessing", "OperationConflict"}


def failure(code: str, message: str) -> CallFailed:
    """The failure that this code of the API stands for: refused for good, or to be asked again later."""
    if code in _VPC_AT_WORK:
        return Busy(code, message)
    if "Throttling" in code or code in _TRY_AGAIN:
        return Throttled(code, message)
    return Refused(code, message)


def raise_if_refused(
    cloud: Cloud, action: Action, target: Target, caller: str = "", pending: Container[str] = ()
) -> None:
    """Raises Refused where the cloud would not let this call change it.

    `caller` is the account that makes the call; an empty one may do what the owner may. `pending` is the VPCs that an
    earlier call still changes.
    """
    match action, target:
        case ((Action.ENABLE | Action.DISABLE), Enablement()):
            vpc = _vpc(cloud, target.vpc_id, pending)
            if vpc.account_id != (caller or vpc.account_id):
                raise vpc_not_found()
            (_may_enable if action is Action.ENABLE else _may_disable)(cloud, vpc)
        case ((Action.ATTACH | Action.DETACH), Link()):
            instance, vpc = _classic(cloud, target.instance_id), _vpc(cloud, target.vpc_id, pending)
            if instance.account_id != (caller or instance.account_id):
                raise instance_not_owned()
            (_may_attach if action is Action.ATTACH else _may_detach)(cloud, instance, vpc)
        case ((Action.ADD_GUEST_ROUTE | Action.REMOVE_GUEST_ROUTE), GuestRoute()):
            _instance(cloud, target.instance_id)
        case _, RuleBatch():
            raise_if_rules_refused(cloud, action, target, caller)
        case _:
            raise Refused("InvalidAction.NotFound", f"{action} cannot be done to {target}.")


def _may_enable(cloud: Cloud, vpc: Vpc) -> None:
    _check_vpc_status(vpc)
    if vpc.classic_link_enabled:
        return
    if vpc_class(vpc.cidr_block) is None:
        raise Refused("Forbidden.EnableClassicLink", "the specified resource does not support this operation.")
    if any(network(destination) == CLASSIC_SUPERNET for destination in cloud.custom_destinations(vpc.vpc_id)):
        raise Refused("RouteConflict.AlreadyExist", "Route conflict exists in routing table.")


def _may_disable(cloud: Cloud, vpc: Vpc) -> None:
    _check_vpc_status(vpc)
    if cloud.linked_counts[vpc.vpc_id] > 0:
        raise Refused(
            "InvalidAction",
            "The VPC has been connected to the classic network ECS. Please cancel the connection before proceeding.",
        )


def _may_attach(cloud: Cloud, instance: Instance, vpc: Vpc) -> None:
    if instance.account_id != vpc.account_id:
        raise instance_not_owned()
    if instance.region_id != vpc.region_id:
        raise Refused(
            "InvalidInstanceId.LimitedRegion",
            "The specified instance does not support this operation due to the limitation of its region.",
        )
    _check_instance_status(instance)
    _check_vpc_status(vpc)
    if not vpc.classic_link_enabled:
        raise Refused("OperationDenied", "The specified vpc is disabled attach classic link.")
    linked = cloud.links.get(instance.instance_id)
    if linked == vpc.vpc_id:
        raise Refused("OperationDenied", "The instance does not allow link to vpc.")
    if linked is not None:
        raise Refused("OperationDenied", "The instance has been linked to other vpc.")
    if cloud.linked_counts[vpc.vpc_id] >= LINK_QUOTA:
        raise Refused("QuotaExceeded", "The link quota exceeded in this vpc.")


def _may_detach(cloud: Cloud, instance: Instance, vpc: Vpc) -> None:
    _check_instance_status(instance)
    _check_vpc_status(vpc)
    if cloud.links.get(instance.instance_id) != vpc.vpc_id:
        raise Refused("OperationDenied", "The instances are not allowed to detach from the linked vpc.")


def _vpc(cloud: Cloud, vpc_id: str, pending: Container[str]) -> Vpc:
    vpc = cloud.vpcs.get(vpc_id)
    if vpc is None:
        raise vpc_not_found()
    return replace(vpc, status="Pending") if vpc_id in pending else vpc


def _instance(cloud: Cloud, instance_id: str) -> Instance:
    instance = cloud.instances.get(instance_id)
    if instance is None:
        raise instance_not_found()
    return instance


def _classic(cloud: Cloud, instance_id: str) -> Instance:
    instance = _instance(cloud, instance_id)
    if instance.network_type != "classic":
        raise Refused("InvalidInstanceId.MalFormed", "The specified instance is not a classic network instance.")
    return instance


def _check_vpc_status(vpc: Vpc) -> None:
    if vpc.status != "Available":
        raise Refused("IncorrectVpcStatus", "Current VPC status does not support this operation.")


def vpc_not_found() -> Refused:
    """The refusal where there is no such VPC, or none that the caller owns."""
    return Refused("InvalidVpcId.NotFound", "Specified VPC does not exist.")


def instance_not_found() -> Refused:
    """The refusal where there is no such instance."""
    return Refused("InvalidInstanceId.NotFound", "The specified instance does not exist.")


def instance_not_owned() -> Refused:
    """The refusal where an instance is another account's than the caller's, or than the VPC's."""
    return Refused("InvalidInstanceId.NotBelong", "The specified instance is not belong to you.")


def _check_instance_status(instance: Instance) -> None:
    if instance.operation_locks:
        raise Refused("InvalidStatus.InstanceLocked", "The specified instance is locked,please wait more.")
    if instance.status not in ("Running", "Stopped"):
        raise Refused(
            "InvalidStatus.InstanceStatus",
            "The specified instance status is not support this operation, expect status is running or shutted.",
        )
