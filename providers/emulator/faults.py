"""Faults on demand, of calls and of the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from providers.emulator.actions.catalogue import NAMES
from providers.emulator.cloud.errors import ApiError
from providers.emulator.cloud.index import vpc_ids_of_table
from providers.emulator.cloud.parameters import Parameters
from providers.emulator.wire.http import HttpResponse
from providers.mock.calls import THROTTLED
from providers.mock.fault_file import FaultRules, load_faults
from providers.mock.faults import MATCHES, WIRE_KINDS, Fault, FaultKind, Faults, FaultTime, crash

_RULES = FaultRules(
    kinds=list(FaultKind),
    matches={name: MATCHES.get(name, frozenset()) for name in sorted(NAMES)},
    timed=[FaultKind.ERROR, *sorted(WIRE_KINDS)],
)

GARBAGE = bytes(range(0x80, 0x100))
"""What the kind `garbage` sends: nothing that could be HTTP."""

REDIRECTED = "/redirected"
"""Where the kind `redirect` leads: a page that looks like success, and counts who came."""


class WireFault(Exception):
    """The answer goes wrong on the wire, in this way."""

    def __init__(self, kind: FaultKind) -> None:
        super().__init__(kind)
        self.kind = kind


def load(path: Path) -> Faults:
    """The faults of a file. Raises ProviderError."""
    return load_faults(path, path.name, _RULES)


def ids_of(parameters: Parameters) -> Mapping[str, list[str]]:
    """The instances, VPCs and security groups that a request names, for faults to match."""
    instances = parameters.listed("InstanceId") + parameters.numbered("InstanceId")
    if text := parameters.text("InstanceIds"):
        instances += _strings(text)
    vpcs = parameters.listed("VpcId") + vpc_ids_of_table(parameters.text("RouteTableId"))
    groups = [parameters.text("SecurityGroupId"), *_strings(parameters.text("SecurityGroupIds", "[]"))]
    return {"instance_id": instances, "vpc_id": vpcs, "security_group_id": groups}


def strike_before(fault: Fault | None) -> None:
    """What a fault does to a call before it has an effect, which it then never has. Raises ApiError and WireFault."""
    if fault is None:
        return
    match fault.kind:
        case FaultKind.CRASH_BEFORE:
            crash()
        case FaultKind.THROTTLE:
            raise ApiError(*THROTTLED)
        case FaultKind.NOT_DONE:
            raise WireFault(FaultKind.CLOSE)
    if fault.when is FaultTime.BEFORE:
        _strike(fault)


def strike_after(fault: Fault | None) -> None:
    """What a fault does to a call that has had its effect. Raises ApiError and WireFault."""
    if fault is None:
        return
    match fault.kind:
        case FaultKind.CRASH_AFTER:
            crash()
        case FaultKind.LOST_REPLY:
            raise WireFault(FaultKind.CLOSE)
    if fault.when is FaultTime.AFTER:
        _strike(fault)


def _strike(fault: Fault) -> None:
    if fault.kind is FaultKind.ERROR:
        raise ApiError(fault.code, fault.message)
    if fault.kind in WIRE_KINDS:
        raise WireFault(fault.kind)


def page_of(kind: FaultKind, host: str) -> HttpResponse | None:
    """What these kinds of fault answer instead of the API; None for those that break the connection."""
    html = "text/html"
    match kind:
        case FaultKind.HTML_502:
            return HttpResponse(HTTPStatus.BAD_GATEWAY, html, b"<html><body><h1>502 Bad Gateway</h1></body></html>")
        case FaultKind.HTML_200:
            return HttpResponse(HTTPStatus.OK, html, b"<html><body><h1>Please sign in</h1></body></html>")
        case FaultKind.EMPTY:
            return HttpResponse(HTTPStatus.OK, "application/json", b"")
        case FaultKind.REDIRECT:
            return HttpResponse(HTTPStatus.FOUND, html, b"", (("Location", f"http://{host}{REDIRECTED}"),))
        case _:
            return None


def _strings(text: str) -> list[str]:
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [item for item in items if isinstance(item, str)] if isinstance(items, list) else []
