"""Cloud Assistant. Its commands run in instances of VPCs only; the emulator has no guests to run them in."""

from __future__ import annotations

from providers.emulator.actions.action import ECS, Answer, ApiAction, Request
from providers.emulator.cloud.errors import ApiError

MOST_INSTANCES = 100


def _run(request: Request) -> Answer:
    ids = request.parameters.numbered("InstanceId")
    if len(ids) > MOST_INSTANCES:
        raise ApiError("InstanceIds.ExceedLimit", "The number of instance IDs exceeds the upper limit.")
    with request.view() as view:
        instances = [view.instance(instance_id) for instance_id in ids]
    if not all(instance and instance.account_id == request.caller.account_id for instance in instances):
        raise ApiError("InvalidInstance.NotFound", "The specified instances do not exist.")
    if any(instance and instance.network_type == "classic" for instance in instances):
        raise ApiError("InvalidInstance.NotMatch", "The specified instances are not in VPC network.")
    raise ApiError("RegionId.ApiNotSupported", "The api is not supported in this region.")


ACTIONS = (
    ApiAction(
        "RunCommand",
        ECS,
        _run,
        ("RegionId", "Type", "CommandContent", "InstanceId.1"),
        (
            "InstanceId.N",
            "Name",
            "Description",
            "ContentEncoding",
            "Timeout",
            "Username",
            "WorkingDir",
            "KeepCommand",
            "ClientToken",
        ),
    ),
)
