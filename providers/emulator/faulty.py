"""Faults on demand, of calls and of the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from providers.emulator.actions.catalogue import NAMES
from providers.emulator.cloud.index import vpc_ids_of_table
from providers.emulator.cloud.parameters import Parameters
from providers.emulator.wire.http import HttpResponse
from providers.mock.fault_file import FaultRules, load_faults
from providers.mock.faults import MATCHES, WIRE_KINDS, FaultKind, Faults

_RULES = FaultRules(
    kinds=list(FaultKind),
    matches={name: MATCHES.get(name, frozenset()) for name in sorted(NAMES)},
    timed=[FaultKind.ERROR, *sorted(WIRE_KINDS)],
)

GARBAGE = bytes(range(0x80, 0x100))
"""What the kind `garbage` sends: nothing that could be HTTP."""

REDIRECTED = "/redirected"
"""Where the kind `redirect` leads: a page that looks like success, and counts who came."""


def load(path: Path) -> Faults:
    """The faults of a file. Raises ProviderError."""
    return load_faults(path, path.name, _RULES)


def ids_of(parameters: Parameters) -> Mapping[str, list[str]]:
    """The instances and VPCs that a request names, for faults to match."""
    instances = parameters.listed("InstanceId") + parameters.numbered("InstanceId")
    if text := parameters.text("InstanceIds"):
        instances += _strings(text)
    vpcs = parameters.listed("VpcId") + vpc_ids_of_table(parameters.text("RouteTableId"))
    return {"instance_id": instances, "vpc_id": vpcs}


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
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []
