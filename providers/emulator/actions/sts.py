"""STS: temporary keys, and the identity of the caller."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from datetime import UTC, datetime

from providers.emulator.actions.action import STS, Answer, ApiAction, Request
from providers.emulator.cloud.accounts import Credential
from providers.emulator.cloud.errors import ApiError

SHORTEST, LONGEST, USUAL = 900, 43_200, 3_600
"""The range and the default of DurationSeconds."""

_ROLE = re.compile(r"acs:ram::([^:/]+):role/([^\s]+)")
_PROVIDER = re.compile(r"acs:ram::[^:/]+:oidc-provider/\S+")
_SESSION = re.compile(r"[\w.@-]{2,64}", re.ASCII)


def _who(request: Request) -> Answer:
    caller = request.caller
    identity = {
        "AccountId": caller.account_id,
        "Arn": caller.arn,
        "IdentityType": caller.kind,
        "PrincipalId": caller.principal_id,
    }
    return identity | ({"RoleId": caller.role_id} if caller.role_id else {"UserId": caller.user_id})


def _assume(request: Request) -> Answer:
    return _answer(request, _issued(request))


def _assume_with_oidc(request: Request) -> Answer:
    provider = request.parameters.text("OIDCProviderArn")
    if not _PROVIDER.fullmatch(provider):
        raise ApiError("InvalidParameter.OIDCProviderArn", "The parameter OIDCProviderArn is wrongly formed.")
    claims = _claims(request.parameters.text("OIDCToken"))
    info = {
        "Subject": str(claims.get("sub", "")),
        "Issuer": str(claims.get("iss", "")),
        "ClientIds": str(claims.get("aud", "")),
    }
    return {**_answer(request, _issued(request)), "OIDCTokenInfo": info}


def _issued(request: Request) -> Credential:
    arn, session = request.parameters.text("RoleArn"), request.parameters.text("RoleSessionName")
    match = _ROLE.fullmatch(arn)
    if match is None:
        raise ApiError("InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.")
    if not _SESSION.fullmatch(session):
        raise ApiError("InvalidParameter.RoleSessionName", "The parameter RoleSessionName is wrongly formed.")
    seconds = request.parameters.number("DurationSeconds", USUAL)
    if seconds is None or not SHORTEST <= seconds <= LONGEST:
        message = f"The Min/Max value of DurationSeconds is {SHORTEST // 60}min/{LONGEST // 3600}hrs."
        raise ApiError("InvalidParameter.DurationSeconds", message)
    limit = request.services.token_ttl
    return request.services.credentials.issue(arn, match[1], session, seconds if limit is None else min(seconds, limit))


def _answer(request: Request, issued: Credential) -> Answer:
    return {
        "Credentials": {
            "AccessKeyId": issued.id,
            "AccessKeySecret": issued.secret,
            "SecurityToken": issued.token,
            "Expiration": datetime.fromtimestamp(issued.expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "AssumedRoleUser": {"Arn": issued.caller.arn, "AssumedRoleId": issued.caller.principal_id},
    }


def _claims(token: str) -> dict[str, object]:
    """What a JSON Web Token says. Its signature is not checked: the emulator knows no issuer. Raises ApiError."""
    parts = token.split(".")
    try:
        body = base64.urlsafe_b64decode(f"{parts[1]}{'=' * (-len(parts[1]) % 4)}") if len(parts) == 3 else b""
        claims = json.loads(body)
        expires_at = float(claims.get("exp", "inf"))
    except (AttributeError, ValueError, TypeError, binascii.Error, RecursionError):
        raise ApiError("AuthenticationFail.OIDCToken.Invalid", "This JsonWebToken is invalid.") from None
    if expires_at <= time.time():
        raise ApiError("AuthenticationFail.OIDCToken.Expired", "This JsonWebToken is expired.")
    checked: dict[str, object] = claims
    return checked


_ROLE_PARAMETERS = ("DurationSeconds", "Policy", "ExternalId", "SourceIdentity")

ACTIONS = (
    ApiAction("GetCallerIdentity", STS, _who),
    ApiAction("AssumeRole", STS, _assume, ("RoleArn", "RoleSessionName"), _ROLE_PARAMETERS),
    ApiAction(
        "AssumeRoleWithOIDC",
        STS,
        _assume_with_oidc,
        ("OIDCProviderArn", "RoleArn", "OIDCToken", "RoleSessionName"),
        ("DurationSeconds", "Policy"),
        is_signed=False,
    ),
)
