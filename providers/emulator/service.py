"""From a request to its answer: who asks, what for, whether a fault strikes, and what the cloud says."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from msgspec import Struct

from providers.emulator.actions.action import Answer, ApiAction, Request, Services
from providers.emulator.actions.catalogue import NAMES, find
from providers.emulator.cloud.accounts import Caller
from providers.emulator.cloud.errors import ApiError, status_of
from providers.emulator.cloud.parameters import Parameters
from providers.emulator.faults import REDIRECTED, WireFault, ids_of, page_of, strike_after, strike_before
from providers.emulator.rate import RateLimit
from providers.emulator.stats import NO_REPLY, OK, Stats
from providers.emulator.wire.authentication import Authentication
from providers.emulator.wire.formats import Format, encode
from providers.emulator.wire.http import HttpRequest, HttpResponse
from providers.emulator.wire.rpc import Rpc, format_of, read_rpc
from providers.mock.calls import THROTTLED
from providers.mock.faults import Fault, FaultKind, Faults

_logger = logging.getLogger("cl.emulator")
_ANONYMOUS = Caller("", "", "", "")


class Reply(Struct, frozen=True):
    """The answer, and how the wire spoils it, if it does."""

    response: HttpResponse
    fault: FaultKind | None = None


class Conditions(Struct, frozen=True):
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
            answer = {"RequestId": request_id, **await self._call(rpc)}
            response, ending = _response(HTTPStatus.OK, answer, f"{name}Response", form), OK
        except ApiError as error:
            response, ending = _error(error, name, request, request_id, form), error.code
        except WireFault as broken:
            fault = broken.kind
            spoiled = _response(HTTPStatus.OK, {"RequestId": request_id}, f"{name}Response", form)
            response = page_of(fault, request.host) or spoiled
            ending = NO_REPLY if fault is FaultKind.CLOSE else fault
        known_name = name if name in NAMES else "unknown"
        self._stats.count(known_name, ending)
        _logger.debug("%s: %s, request %s", known_name, ending, request_id)
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
        caller = self._authentication.caller_of(rpc.signed) if action.is_signed else _ANONYMOUS
        self._take_place(caller, action)
        parameters = Parameters(rpc.parameters)
        fault = self._conditions.faults.on_request(action.name, ids_of(parameters))
        await self._travel()
        try:
            return await self._happen(Request(action, parameters, caller, self._services), fault)
        finally:
            await self._travel()

    async def _happen(self, request: Request, fault: Fault | None) -> Answer:
        """Raises ApiError and WireFault."""
        strike_before(fault)
        outcome = _outcome(request)
        if fault is not None and fault.kind is FaultKind.HANG:
            for pause in fault.pauses():
                await self._sleep(pause)
        strike_after(fault)
        if isinstance(outcome, ApiError):
            raise outcome
        return outcome

    def _take_place(self, caller: Caller, action: ApiAction) -> None:
        rate = self._conditions.rate
        if rate and (left := rate.take(caller.account_id, action.name)) > 0:
            raise ApiError(*THROTTLED, retry_after=left)

    async def _travel(self) -> None:
        if self._conditions.latency:
            await self._sleep(self._conditions.latency / 2)


def _outcome(request: Request) -> Answer | ApiError:
    """What the cloud says, where no fault gets in between."""
    try:
        request.parameters.check(request.action.required, request.action.optional)
        if request.parameters.flag("DryRun"):
            raise ApiError("DryRunOperation", "Request validation has been passed with DryRun flag set.")
        return request.action.run(request)
    except ApiError as error:
        return error


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
