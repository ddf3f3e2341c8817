"""From a request to its answer: who asks, what for, whether a fault strikes, and what the cloud says."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from providers.emulator.actions.action import Answer, ApiAction, Request, Services
from providers.emulator.actions.catalogue import NAMES, find
from providers.emulator.cloud.accounts import Caller
from providers.emulator.cloud.errors import ApiError, status_of
from providers.emulator.cloud.parameters import Parameters
from providers.emulator.faulty import REDIRECTED, ids_of, page_of
from providers.emulator.rate import RateLimit
from providers.emulator.stats import NO_REPLY, OK, Stats
from providers.emulator.wire.authentication import Authentication
from providers.emulator.wire.formats import Format, encode
from providers.emulator.wire.http import HttpRequest, HttpResponse
from providers.emulator.wire.rpc import Rpc, format_of, read_rpc
from providers.mock.calls import THROTTLED
from providers.mock.faults import WIRE_KINDS, Fault, FaultKind, Faults, FaultTime, crash

_NOBODY = Caller("", "", "", "")


class WireFault(Exception):
    """The answer goes wrong on the wire, in this way."""

    def __init__(self, kind: FaultKind) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer, and how the wire spoils it, if it does."""

    response: HttpResponse
    fault: FaultKind | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """How well the emulated cloud works. Times are in seconds; half of the latency passes before the effect."""

    faults: Faults
    rate: RateLimit | None = None
    latency: float = 0.0


class Service:
    """Answers requests. For one event loop."""

    def __init__(
        self,
        services: Services,
        conditions: Conditions,
        stats: Stats,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._services = services
        self._conditions = conditions
        self._stats = stats
        self._authentication = Authentication(services.credentials)
        self._sleep = sleep

    async def answer(self, request: HttpRequest) -> Reply:
        """The answer to this request. Never raises what a request can cause."""
        if request.path != "/":
            return Reply(self._page(request))
        form, request_id = format_of(request), str(uuid.uuid4()).upper()
        name, fault = "", None
        try:
            rpc = read_rpc(request)
            name = rpc.action
            answer = await self._call(rpc)
            ending, response = (
                OK,
                _response(HTTPStatus.OK, {"RequestId": request_id, **answer}, f"{name}Response", form),
            )
        except ApiError as error:
            ending, response = error.code, _error(error, name, request, request_id, form)
        except WireFault as broken:
            fault, ending = broken.kind, broken.kind
            response = page_of(broken.kind, request.host) or _response(
                HTTPStatus.OK, {"RequestId": request_id}, name, form
            )
        self._stats.count(name if name in NAMES else "unknown", NO_REPLY if fault is FaultKind.CLOSE else ending)
        return Reply(response, fault)

    def _page(self, request: HttpRequest) -> HttpResponse:
        """What is beside the API."""
        if request.path == "/stats" and request.method == "GET":
            return HttpResponse(HTTPStatus.OK, "application/json", json.dumps(self._stats.to_json()).encode())
        if request.path == REDIRECTED:
            self._stats.redirects_followed += 1
            return HttpResponse(HTTPStatus.OK, "application/json", b'{"RequestId":"REDIRECTED"}')
        return HttpResponse(HTTPStatus.NOT_FOUND, "text/plain", b"The API is at /, what was called at /stats.\n")

    async def _call(self, rpc: Rpc) -> Answer:
        """Raises ApiError and WireFault."""
        action = find(rpc.action, rpc.version)
        caller = self._authentication.caller_of(rpc.signed) if action.is_signed else _NOBODY
        self._take_place(caller, action)
        parameters = Parameters(rpc.parameters)
        fault = self._conditions.faults.on_request(action.name, ids_of(parameters))
        await self._travel()
        _strike_before(fault)
        try:
            return self._run(action, Request(action.name, parameters, caller, self._services))
        finally:
            await self._strike_after(fault)
            await self._travel()

    def _run(self, action: ApiAction, request: Request) -> Answer:
        request.parameters.check(action.required, action.optional)
        if request.parameters.flag("DryRun"):
            raise ApiError("DryRunOperation", "Request validation has been passed with DryRun flag set.")
        return action.run(request)

    def _take_place(self, caller: Caller, action: ApiAction) -> None:
        rate = self._conditions.rate
        if rate and (left := rate.take(caller.account_id, action.name)) > 0:
            raise ApiError(*THROTTLED, retry_after=left)

    async def _travel(self) -> None:
        if self._conditions.latency:
            await self._sleep(self._conditions.latency / 2)

    async def _strike_after(self, fault: Fault | None) -> None:
        """What a fault does to a call that has had its effect."""
        if fault is None:
            return
        if fault.kind is FaultKind.CRASH_AFTER:
            crash()
        if fault.kind is FaultKind.HANG:
            await self._sleep(fault.seconds)
        if fault.kind is FaultKind.LOST_REPLY:
            raise WireFault(FaultKind.CLOSE)
        if fault.when is FaultTime.AFTER:
            raise ApiError(fault.code, fault.message) if fault.kind is FaultKind.ERROR else WireFault(fault.kind)


def _strike_before(fault: Fault | None) -> None:
    """What a fault does to a call before it has an effect."""
    if fault is None:
        return
    match fault.kind:
        case FaultKind.CRASH_BEFORE:
            crash()
        case FaultKind.THROTTLE:
            raise ApiError(*THROTTLED)
        case FaultKind.NOT_DONE:
            raise WireFault(FaultKind.CLOSE)
        case FaultKind.ERROR if fault.when is FaultTime.BEFORE:
            raise ApiError(fault.code, fault.message)
        case kind if kind in WIRE_KINDS and fault.when is FaultTime.BEFORE:
            raise WireFault(kind)


def _response(
    status: int, answer: Answer, root: str, form: Format, headers: tuple[tuple[str, str], ...] = ()
) -> HttpResponse:
    request_id = ("x-acs-request-id", str(answer["RequestId"]))
    return HttpResponse(status, form, encode(answer, root, form), (request_id, *headers))


def _error(error: ApiError, action: str, request: HttpRequest, request_id: str, form: Format) -> HttpResponse:
    answer = {
        "RequestId": request_id,
        "HostId": request.host,
        "Code": error.code,
        "Message": error.message,
        "Recommend": "",
    }
    waits = () if error.retry_after is None else (("x-acs-retry-after", str(int(error.retry_after * 1000) + 1)),)
    return _response(status_of(action, error.code), answer, "Error", form, waits)
