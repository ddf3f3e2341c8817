"""What a request of the RPC style holds: action, version, parameters, and the format of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from msgspec import Struct

from providers.emulator.cloud.errors import ApiError, missing
from providers.emulator.wire.authentication import Signed
from providers.emulator.wire.formats import Format
from providers.emulator.wire.http import HttpRequest
from providers.emulator.wire.signatures import Pairs

MOST_PARAMETERS = 2_000
_FORM = "application/x-www-form-urlencoded"
_PROTOCOL = frozenset(
    {
        "AccessKeyId",
        "Action",
        "Format",
        "SecurityToken",
        "Signature",
        "SignatureMethod",
        "SignatureNonce",
        "SignatureType",
        "SignatureVersion",
        "Timestamp",
        "Version",
    }
)
"""Parameters that are about the request, not of the action."""


class Rpc(Struct, frozen=True):
    """A request as an action sees it; `signed` is the same as the signature covers it."""

    action: str
    version: str
    parameters: Mapping[str, str]
    signed: Signed


def read_rpc(request: HttpRequest) -> Rpc:
    """The action and its parameters. Headers go before parameters. Raises ApiError."""
    query, form = _pairs(request.query), _pairs(_form_of(request))
    parameters = [*query, *form]
    given = dict(parameters)
    if len(given) != len(parameters):
        raise ApiError("InvalidParameter.Repeated", "A parameter is repeated.")
    action = request.headers.get("x-acs-action") or given.get("Action")
    version = request.headers.get("x-acs-version") or given.get("Version")
    if not action:
        raise missing("Action")
    if not version:
        raise missing("Version")
    own = {name: value for name, value in given.items() if name not in _PROTOCOL}
    return Rpc(action, version, own, Signed(request.method, request.headers, query, parameters, request.body))


def format_of(request: HttpRequest) -> Format:
    """The format that the answer should have, whatever else is wrong with the request."""
    try:
        name = dict([*_pairs(request.query), *_pairs(_form_of(request))]).get("Format", "")
    except ApiError:
        name = ""
    if name:
        return Format.XML if name.upper() == "XML" else Format.JSON
    if "authorization" in request.headers or "x-acs-action" in request.headers:
        return Format.XML if "xml" in request.headers.get("accept", "") else Format.JSON
    return Format.XML


def _form_of(request: HttpRequest) -> str:
    if not request.body:
        return ""
    if not request.headers.get("content-type", _FORM).startswith(_FORM):
        raise ApiError("UnsupportedContentType", f"A body must be {_FORM}.")
    return request.body.decode("latin-1")


def _pairs(text: str) -> Pairs:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise ApiError("InvalidParameter.TooMany", f"At most {MOST_PARAMETERS} parameters are accepted.") from None
