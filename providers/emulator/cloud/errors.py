"""Errors as the API words them: a code, a message and an HTTP status."""

from __future__ import annotations

from providers.base import CallFailed

_STATUSES = {
    "AuthorizationLimitExceed": 403,
    "Forbidden.EnableClassicLink": 400,
    "InternalError": 500,
    "InvalidAccessKeyId.NotFound": 404,
    "InvalidAction.NotFound": 404,
    "InvalidInstance.NotFound": 404,
    "InvalidOperation.ResourceManagedByCloudProduct": 403,
    "InvalidRegionId.NotFound": 404,
    "InvalidSecurityGroupId.NotFound": 404,
    "InvalidSecurityGroupRuleId.NotFound": 404,
    "InvalidSourceGroupId.NotFound": 404,
    "InvalidVpcId.NotFound": 404,
    "ServiceUnavailable": 503,
}
"""Codes that have one status whatever the action."""

_LINK_ACTIONS = ("AttachClassicLinkVpc", "DetachClassicLinkVpc", "DescribeClassicLinkInstances")
_LINK_CODES = ("Invalid", "OperationDenied", "QuotaExceeded")
"""The pages of these three actions give 403 for every code of theirs; those of the gateway before them are 400."""


class ApiError(Exception):
    """The API refuses a request. `retry_after` is how many seconds a throttled client should wait."""

    def __init__(self, code: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retry_after = retry_after


def from_refusal(refusal: CallFailed) -> ApiError:
    """The refusal of the simulated cloud as an error of the API."""
    return ApiError(refusal.code, refusal.message)


def status_of(action: str, code: str) -> int:
    """The HTTP status of this error of this action."""
    if code in _STATUSES:
        return _STATUSES[code]
    if code.startswith(("Forbidden", "Forbbiden", "NoPermission")):
        return 403
    return 403 if action in _LINK_ACTIONS and code.startswith(_LINK_CODES) and not _is_gateways(code) else 400


def _is_gateways(code: str) -> bool:
    return code.startswith(("InvalidTimeStamp", "InvalidSecurityToken", "InvalidVersion"))


def missing(name: str) -> ApiError:
    """A required parameter is absent or empty."""
    return ApiError(f"Missing{name.replace('.', '')}", f"{name} is mandatory for this action.")


def invalid(name: str, reason: str = "") -> ApiError:
    """A parameter has a value that the API does not take."""
    return ApiError("InvalidParameter", f'The specified parameter "{name}" is not valid.{reason and " " + reason}')
