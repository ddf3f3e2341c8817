"""An action of the API, and one request for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct

from providers.emulator.cloud.accounts import Caller, Credentials
from providers.emulator.cloud.client_tokens import ClientTokens
from providers.emulator.cloud.errors import ApiError
from providers.emulator.cloud.estate import Estate, View
from providers.emulator.cloud.parameters import Parameters

ECS, VPC, STS = "2014-05-26", "2016-04-28", "2015-04-01"
"""The versions by which a request names its product."""

_NO_REGION = {
    ECS: "The specified region does not exist.",
    VPC: 'Specified value of "regionId" is not supported.',
}

Answer = Mapping[str, object]
"""The fields of an answer. A list is the only field of a mapping, as in `{"Links": {"Link": [...]}}`."""


class Services(Struct, frozen=True):
    """What actions work with. `token_ttl` is how long temporary keys and NextTokens last at most, in seconds."""

    estate: Estate
    credentials: Credentials
    client_tokens: ClientTokens
    token_ttl: float | None = None


class Request(Struct, frozen=True):
    """One request, checked: who sends it, and with which parameters."""

    action: ApiAction
    parameters: Parameters
    caller: Caller
    services: Services

    @contextmanager
    def view(self) -> Iterator[View]:
        """What the caller sees of the region of the request. Raises ApiError where there is no such region.

        An action that can do without a region sees that of the VPC that is named.
        """
        region_id = self.parameters.text("RegionId")
        with self.services.estate.viewed(self.caller.account_id, region_id) as view:
            if not region_id:
                view = view.around(self.parameters.text("VpcId"))
            elif region_id not in view.index.regions:
                raise ApiError("InvalidRegionId.NotFound", _NO_REGION[self.action.version])
            yield view


class ApiAction(Struct, frozen=True):
    """An action, and the parameters that it needs and takes. One that is not signed has no caller."""

    name: str
    version: str
    run: Callable[[Request], Answer]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    is_signed: bool = True
